namespace Arda.Gateway.Load.Clients;

/// <summary>A load on one target, first unmeasured, then measured.</summary>
internal interface ILoad
{
    /// <summary>Starts; returns when the target is warm and the measuring may begin.</summary>
    void Warm();

    /// <summary>Goes on for the measured time.</summary>
    LoadResult Measure();

    /// <summary>Lets what is still running come to its end.</summary>
    void Finish();
}

/// <summary>What the clients saw; times in nanoseconds.</summary>
internal sealed record LoadResult
{
    public required long Answered { get; init; }

    public required long Errors { get; init; }

    public long[] Total { get; init; } = [];

    public long[] First { get; init; } = [];

    public long[] Gaps { get; init; } = [];

    /// <summary>In milliseconds; nearest rank, so it is always a latency that really happened.</summary>
    public static double Percentile(long[] values, double share)
    {
        if (values.Length == 0)
        {
            return double.NaN;
        }

        var sorted = values.Order().ToArray();
        var rank = (int)Math.Ceiling(sorted.Length * share) - 1;
        return sorted[Math.Clamp(rank, 0, sorted.Length - 1)] / 1e6;
    }
}
