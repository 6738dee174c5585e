namespace Arda.Gateway.Sdk;

/// <summary>What an app can do about a refusal, and the figures that go with it: the
/// <c>gateway</c> member of an error in any dialect. Amounts are US cents.</summary>
public sealed record GatewayDenial
{
    /// <summary>Stable word, such as <c>insufficient_balance</c> or <c>key_revoked</c>.</summary>
    public required string Code { get; init; }

    /// <summary>The way out: <c>none</c>, <c>open_portal</c>, <c>reconnect</c>, <c>wait</c> or
    /// <c>contact_app</c>.</summary>
    public required string Action { get; init; }

    /// <summary>What the billing portal is to be opened for, such as <c>topup</c> or
    /// <c>limits</c>.</summary>
    public string? Purpose { get; init; }

    /// <summary>What is left; only for keys that may read the balance.</summary>
    public long? BalanceCents { get; init; }

    /// <summary>The most that the request can cost.</summary>
    public long? RequiredCents { get; init; }

    /// <summary>What is missing.</summary>
    public long? ShortfallCents { get; init; }

    /// <summary>The smallest amount on sale that covers what is missing.</summary>
    public long? SuggestedTopupCents { get; init; }

    /// <summary>The amounts that can be bought.</summary>
    public IReadOnlyList<long>? TopupAmountsCents { get; init; }

    /// <summary>The largest <c>max_tokens</c> that the balance affords.</summary>
    public long? AffordableMaxTokens { get; init; }

    /// <summary>What to ask for when the user reconnects (RFC 6750 §3.1).</summary>
    public IReadOnlyList<string>? MissingScopes { get; init; }

    /// <summary>Seconds after which asking again makes sense.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>A page about this refusal.</summary>
    public string? DocsUrl { get; init; }
}
