namespace Arda.Gateway.Accounts;

public enum SignInMethod
{
    EmailCode,
    Passkey,
    External,
}

/// <summary>A signed-in browser.</summary>
public sealed record Session
{
    /// <summary>A sign-in or a re-authentication this recent is enough for what moves money or
    /// reveals secrets (ruling 23).</summary>
    public static readonly TimeSpan FreshFor = TimeSpan.FromMinutes(10);

    /// <summary>Names it on the account page. It opens nothing; the cookie's secret does.</summary>
    public required string Id { get; init; }

    public required Person Person { get; init; }

    public required SignInMethod Method { get; init; }

    public string? Address { get; init; }

    public string? Agent { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the person last proved who they are.</summary>
    public required DateTimeOffset AuthenticatedAt { get; init; }

    public required DateTimeOffset SeenAt { get; init; }

    /// <summary>Whether it counts as re-authentication now.</summary>
    public required bool IsFresh { get; init; }
}
