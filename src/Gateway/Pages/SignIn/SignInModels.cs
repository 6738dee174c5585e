namespace Arda.Gateway.Pages.SignIn;

/// <summary>Another way in that the operator has set up.</summary>
public sealed record ProviderChoice(string Name, string Action);

public sealed record SignInModel
{
    /// <summary>A fresh sign-in of somebody who is signed in already.</summary>
    public bool Again { get; init; }

    /// <summary>The app that waits, where one does.</summary>
    public string? App { get; init; }

    /// <summary>The request of that app, as the server knows it.</summary>
    public string? Flow { get; init; }

    public string? Email { get; init; }

    public string? EmailError { get; init; }

    public string? Notice { get; init; }

    public string NoticeTone { get; init; } = "stop";

    public bool OffersPasskey { get; init; }

    public IReadOnlyList<ProviderChoice> Providers { get; init; } = [];
}

public sealed record CodeModel
{
    public required string Challenge { get; init; }

    public required string Email { get; init; }

    public string? Flow { get; init; }

    public string? Error { get; init; }

    public string? Notice { get; init; }

    public string NoticeTone { get; init; } = "stop";

    public bool HasDevMailbox { get; init; }

    public required string BackUrl { get; init; }
}
