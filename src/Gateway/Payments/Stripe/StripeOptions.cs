namespace Arda.Gateway.Payments.Stripe;

/// <summary>Where and how the API is reached.</summary>
internal sealed record StripeOptions
{
    /// <summary>Sent with every call, so that no account's default ever decides.</summary>
    public const string Version = "2026-10-28.endive";

    public Uri BaseUrl { get; init; } = new("https://api.stripe.com");

    public required string SecretKey { get; init; }

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(20);

    public int TriesMax { get; init; } = 3;

    public TimeSpan RetryFirst { get; init; } = TimeSpan.FromMilliseconds(500);

    public TimeSpan RetryMax { get; init; } = TimeSpan.FromSeconds(5);

    public bool IsLive => SecretKey.Contains("_live_", StringComparison.Ordinal);
}
