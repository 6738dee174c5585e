using Arda.Gateway.Pages.Consent;

namespace Arda.Gateway.Pages.Connect;

public sealed record ConnectModel
{
    public string? Code { get; init; }

    /// <summary>By the link that the device showed.</summary>
    public bool Prefilled { get; init; }

    public string? Error { get; init; }

    public string? Notice { get; init; }

    public string NoticeTone { get; init; } = "stop";
}

public sealed record ReviewModel
{
    public required string UserCode { get; init; }

    public required string Email { get; init; }

    public required string Address { get; init; }

    public string? Country { get; init; }

    /// <summary>How long ago the device asked.</summary>
    public required string Age { get; init; }

    public required bool IsOwnersTest { get; init; }

    public required GrantTermsModel Terms { get; init; }
}

public sealed record DoneModel(bool Allowed);
