namespace Arda.Gateway.Sdk;

/// <summary>How one paid call is made.</summary>
public sealed record GatewayCallOptions
{
    /// <summary>Up to 255 characters that name this very request. A repetition with the same key and
    /// body gets the stored answer and is not charged again.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Lets the call wait for its user when it is refused for a reason that they can end.
    /// Such a call always has an idempotency key; one is made where you give none.</summary>
    public GatewayPauseOptions? Pause { get; init; }
}
