namespace Arda.Gateway.Load.Run;

/// <summary>How long a small durable write takes here, in milliseconds.</summary>
/// <param name="P50">The median of writes one after the other.</param>
/// <param name="P99">Their 99th percentile.</param>
/// <param name="PacedP50">The median at the rate of <see cref="Measure.Open"/>, one for each round.</param>
internal sealed record Disk(double P50, double P99, IReadOnlyList<double> PacedP50);
