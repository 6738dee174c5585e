using Arda.Gateway.Load.Targets;

namespace Arda.Gateway.Load.Run;

/// <summary>A line of the table: what it is called and what it takes from a cell.</summary>
/// <param name="Title">With its unit.</param>
/// <param name="Measure">The cells it reads.</param>
/// <param name="Of">The figure of one cell.</param>
/// <param name="Format">Of that figure.</param>
internal sealed record Row(string Title, Measure Measure, Func<Cell, double> Of, string Format)
{
    /// <summary>Taken from what the same load costs without any gateway in the same round.</summary>
    public bool IsAdded { get; init; }

    /// <summary>Costs of a process, which direct has none of.</summary>
    public bool IsCost { get; init; }

    public static readonly Row[] All =
    [
        new("requests/s, 32 connections", Measure.Json32, c => c.PerSecond, "F0"),
        new("requests/s, 256 connections", Measure.Json256, c => c.PerSecond, "F0"),
        new("requests/s, 32 connections, 40 KB body", Measure.Large32, c => c.PerSecond, "F0"),
        new("requests/s, 32 connections, /v1/messages", Measure.Messages32, c => c.PerSecond, "F0"),
        Cost("CPU ms/request, 32 connections", Measure.Json32, c => c.CpuMilliseconds, "F3"),
        Cost("… with its database", Measure.Json32, c => c.CpuWithStoresMilliseconds, "F3"),
        Cost("CPU ms/request, 40 KB body", Measure.Large32, c => c.CpuMilliseconds, "F3"),
        Cost("CPU ms/request, /v1/messages", Measure.Messages32, c => c.CpuMilliseconds, "F3"),
        Added("added p50 ms at 300 requests/s", Measure.Open, c => c.P50),
        Added("added p99 ms at 300 requests/s", Measure.Open, c => c.P99),
        Cost("CPU ms/request at 300 requests/s", Measure.Open, c => c.CpuMilliseconds, "F3"),
        Added("added first byte p50 ms, 30 streams/s", Measure.FirstByte, c => c.FirstP50),
        Added("added first byte p99 ms, 30 streams/s", Measure.FirstByte, c => c.FirstP99),
        new("p99 ms between events (paced 10 ms)", Measure.FirstByte, c => c.GapP99, "F1"),
        new("events/s, 256 paced streams", Measure.Paced, c => c.EventsPerSecond, "F0"),
        Cost(
            "CPU µs/event, 256 paced streams",
            Measure.Paced,
            c => c.CpuMicrosecondsPerEvent,
            "F1"
        ),
    ];

    /// <summary>The figure of each round that has one.</summary>
    public double[] Figures(IEnumerable<Cell> cells, string target)
    {
        var all = cells.Where(cell => cell.Measure == Measure.Name).ToList();
        var own = all.Where(cell => cell.Target == target);
        var figures = own.Select(cell =>
        {
            if (!IsAdded || target == Target.Direct)
            {
                return Of(cell);
            }

            var bare = all.Find(c => c.Target == Target.Direct && c.Round == cell.Round);
            return bare is null ? double.NaN : Of(cell) - Of(bare);
        });
        return IsCost && target == Target.Direct
            ? []
            : [.. figures.Where(figure => !double.IsNaN(figure))];
    }

    public static double Median(double[] figures)
    {
        if (figures.Length == 0)
        {
            return double.NaN;
        }

        var sorted = figures.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static Row Cost(string title, Measure measure, Func<Cell, double> of, string format) =>
        new(title, measure, of, format) { IsCost = true };

    private static Row Added(string title, Measure measure, Func<Cell, double> of) =>
        new(title, measure, of, "F3") { IsAdded = true };
}
