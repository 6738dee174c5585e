using Arda.Gateway.Load.Targets;

namespace Arda.Gateway.Load.Run;

/// <summary>How much is measured. More rounds make a .NET target's figures steady, not longer
/// cells: they differ by a quarter from one start of a load to the next.</summary>
internal sealed record Plan(string Name, int Rounds, IReadOnlyList<Measure> Measures)
{
    /// <summary>Unless the command line names others.</summary>
    public IReadOnlyList<string> Targets { get; init; } =
    [Target.Direct, Target.Nginx, Target.Kestrel, Target.Ours];

    /// <summary>Before a cell; the first warm-up of a target is <see cref="FirstWarmSeconds"/>.</summary>
    public required double WarmSeconds { get; init; }

    /// <summary>At most; a target whose requests get no cheaper any more is warm.</summary>
    public required double FirstWarmSeconds { get; init; }

    public required double Seconds { get; init; }

    public required int HeldStreams { get; init; }

    /// <summary>For the memory to settle with all streams open.</summary>
    public required double HeldSeconds { get; init; }

    public bool KeepsResults => Name != "smoke";

    public static Plan Named(string name) =>
        name switch
        {
            "smoke" => new Plan(name, 1, [Measure.Json32, Measure.Open, Measure.Paced])
            {
                WarmSeconds = 0.5,
                FirstWarmSeconds = 0,
                Seconds = 1,
                HeldStreams = 100,
                Targets = [Target.Direct, Target.Kestrel, Target.Ours],
                HeldSeconds = 0.5,
            },
            "small" => new Plan(
                name,
                2,
                [Measure.Json32, Measure.Open, Measure.Paced, Measure.FirstByte]
            )
            {
                WarmSeconds = 1,
                FirstWarmSeconds = 18,
                Seconds = 3,
                HeldStreams = 1000,
                HeldSeconds = 1,
            },
            "full" => new Plan(name, 8, Measure.All)
            {
                WarmSeconds = 1,
                FirstWarmSeconds = 30,
                Seconds = 4,
                HeldStreams = 1000,
                HeldSeconds = 2,
            },
            _ => throw new BenchException($"{name} is no size: smoke, small, full"),
        };
}
