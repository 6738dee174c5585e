using Arda.Gateway.Planning;

namespace Arda.Gateway.Inference;

/// <summary>Limits of one paid request; every one of them can be set by the operator.</summary>
public sealed record InferenceOptions
{
    /// <summary>Prices and holds.</summary>
    public PlanningOptions Planning { get; init; } = new();

    public int RequestBytesMax
    {
        get;
        init =>
            field = value is > 0 and <= 256 << 20
                ? value
                : throw new ArgumentOutOfRangeException(nameof(value), value, "1 byte to 256 MiB");
    } = 32 << 20;

    /// <summary>A finished answer larger than this is treated as garbage of the provider.</summary>
    public int AnswerBytesMax { get; init; } = 64 << 20;

    /// <summary>At this age a request is cut and settled for what was delivered.</summary>
    public TimeSpan RequestDurationMax { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Load balancers cut a silent connection after 60 s at the latest.</summary>
    public TimeSpan KeepAliveAfter { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A long stream books what it has used so far this often (ledger.md §0.10).</summary>
    public TimeSpan ProgressEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>… or whenever this much more has been used, in nano-USD.</summary>
    public long ProgressNanoUsd { get; init; } = 250_000_000;

    /// <summary>How long the rest of a stream is read after its client left, for a provider that
    /// bills it anyway.</summary>
    public TimeSpan DrainAfterDisconnectMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long an Idempotency-Key is remembered.</summary>
    public TimeSpan ReplayAge { get; init; } = TimeSpan.FromHours(24);

    /// <summary>A larger answer is not kept for replay; its key then answers 409.</summary>
    public int ReplayBytesMax { get; init; } = 4 << 20;
}
