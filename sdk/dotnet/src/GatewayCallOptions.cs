namespace Arda.Gateway.Sdk;

/// <summary>How one paid call is made.</summary>
public sealed record GatewayCallOptions
{
    /// <summary>Up to 255 characters that name this very request, for retries of your own: the same
    /// key and request are answered and paid once. One is made by itself for calls that wait for
    /// the user.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>How often a refusal that passes by itself (429, 503) is waited for, as long as
    /// <c>Retry-After</c> says; 0 for never. A request that may have been answered is never sent
    /// again.</summary>
    public int RetriesMax { get; init; } = 2;

    /// <summary>Instead of throwing what only the user can end, opens the billing portal, waits,
    /// and sends the same request again.</summary>
    public GatewayUserWaitOptions? WaitForUser { get; init; }
}
