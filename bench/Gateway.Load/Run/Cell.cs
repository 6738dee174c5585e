using Arda.Gateway.Load.Clients;
using Arda.Gateway.Load.Machine;
using Arda.Gateway.Load.Mock;
using Arda.Gateway.Load.Targets;

namespace Arda.Gateway.Load.Run;

/// <summary>One load on one target once: what the clients saw and what it cost.</summary>
internal sealed record Cell(string Target, string Measure, int Round, LoadResult Load)
{
    public required Spending Spent { get; init; }

    public bool IsDisturbed => Spent.OthersShare > Spending.OthersShareMax;

    public double PerSecond => Load.Answered / Spent.Seconds;

    public double EventsPerSecond => Spent.Events / Spent.Seconds;

    /// <summary>Of the gateway alone, over the requests that reached the provider.</summary>
    public double CpuMilliseconds => Spent.Target / Spent.Served;

    public double CpuWithStoresMilliseconds => (Spent.Target + Spent.Stores) / Spent.Served;

    public double CpuMicrosecondsPerEvent => Spent.Target * 1000 / Spent.Events;

    public double P50 => LoadResult.Percentile(Load.Total, 0.50);

    public double P99 => LoadResult.Percentile(Load.Total, 0.99);

    public double FirstP50 => LoadResult.Percentile(Load.First, 0.50);

    public double FirstP99 => LoadResult.Percentile(Load.First, 0.99);

    public double GapP99 => LoadResult.Percentile(Load.Gaps, 0.99);

    /// <summary>An answer that the provider never gave would be a cache, not a gateway. Streams that
    /// began before the cell and ended in it are the difference that may be.</summary>
    public bool IsShort => Spent.Served + Run.Measure.PacedStreams < Load.Answered;
}

/// <summary>Milliseconds of CPU in a stretch of time, and what the mock did in it.</summary>
internal sealed record Spending
{
    public const double OthersShareMax = 0.15;

    public required double Seconds { get; init; }

    public required double Target { get; init; }

    public required double Stores { get; init; }

    /// <summary>Of one core, by processes that are not the rig's.</summary>
    public required double OthersShare { get; init; }

    public required double TargetCoreShare { get; init; }

    public required double LoadCoreShare { get; init; }

    public required long Served { get; init; }

    public required long Events { get; init; }
}

/// <summary>The counters of one moment; the difference of two is what was spent between them.</summary>
internal sealed record Moment
{
    public required double At { get; init; }

    public required double Target { get; init; }

    public required double Stores { get; init; }

    public required double Rig { get; init; }

    public required MachineCpu Machine { get; init; }

    public required (long Served, long Events) Mock { get; init; }

    public static Moment Now(Target target, MockLink mock) =>
        new()
        {
            Mock = mock.Stats(),
            Target = ProcessTree.CpuMilliseconds(target.Processes),
            Stores = ProcessTree.CpuMilliseconds(target.Stores),
            Rig = ProcessTree.CpuMilliseconds([mock.Process]) + ProcessTree.OwnCpuMilliseconds(),
            Machine = MachineCpu.Read(),
            At = Exchange.Now() / 1e6,
        };

    public Spending Since(Moment start)
    {
        var wall = At - start.At;
        var (target, stores) = (Target - start.Target, Stores - start.Stores);
        var rigs = target + stores + Rig - start.Rig;
        return new Spending
        {
            Seconds = wall / 1000,
            Target = target,
            Stores = stores,
            OthersShare = Math.Max(0, Machine.All - start.Machine.All - rigs) / wall,
            TargetCoreShare = (Machine.TargetCore - start.Machine.TargetCore) / wall,
            LoadCoreShare = (Machine.LoadCore - start.Machine.LoadCore) / wall,
            Served = Mock.Served - start.Mock.Served,
            Events = Mock.Events - start.Mock.Events,
        };
    }
}
