using Arda.Gateway.Accounts;

namespace Arda.Gateway.Pages.Account;

public sealed record SessionLine(
    string Id,
    string Device,
    string Address,
    DateTimeOffset SignedInAt,
    DateTimeOffset LastSeenAt,
    bool IsThis
);

public sealed record AccountModel
{
    public required Person Person { get; init; }

    public string? Name { get; init; }

    public string? NameError { get; init; }

    public required IReadOnlyList<Passkey> Passkeys { get; init; }

    /// <summary>Passkeys belong to a host name; an address of numbers has none.</summary>
    public required bool OffersPasskeys { get; init; }

    public required IReadOnlyList<SessionLine> Sessions { get; init; }

    public string? Done { get; init; }

    public string? Failed { get; init; }
}

public sealed record EmailModel
{
    public required string Current { get; init; }

    public string? Email { get; init; }

    public string? Error { get; init; }

    /// <summary>The address that has mail now.</summary>
    public string? SentTo { get; init; }
}

public sealed record PasskeyNewModel(string? Error);

/// <summary>A link from a mail: opening it changes nothing, the button on its page does.</summary>
public sealed record LinkModel
{
    public required string Title { get; init; }

    public required string Text { get; init; }

    public required string Action { get; init; }

    public required string Verb { get; init; }

    public string? Warning { get; init; }
}
