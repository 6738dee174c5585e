namespace Arda.Gateway.Sdk;

/// <summary>The balance as an answer tells it; only to keys with <c>balance:read</c>.</summary>
/// <param name="BalanceCents">US cents, rounded down. On streams what is left after the hold for
/// this very request, otherwise after its charge.</param>
/// <param name="Warning"><c>low</c> when the project is near its top-up, else null.</param>
public sealed record GatewayBalance(long BalanceCents, string? Warning = null)
{
    /// <summary>Whether the project is near its top-up.</summary>
    public bool IsLow => Warning == "low";
}
