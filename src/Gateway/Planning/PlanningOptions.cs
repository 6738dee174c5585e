namespace Arda.Gateway.Planning;

/// <summary>What the operator may set of prices and holds.</summary>
public sealed record PlanningOptions
{
    /// <summary>What the operator adds to the provider's price, in hundredths of a percent.</summary>
    public int GatewayMarkupBps
    {
        get;
        init =>
            field = value is >= 0 and <= 10_000
                ? value
                : throw new ArgumentOutOfRangeException(nameof(value), value, "0 to 10000 bps");
    }

    /// <summary>Output tokens that a rolling hold sets aside at a time.</summary>
    public int RollingHoldTokens { get; init; } = 2_048;

    /// <summary>A request without a limit of its own runs when at least this much output fits.</summary>
    public int OutputTokensMin { get; init; } = 16;
}
