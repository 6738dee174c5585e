using System.Diagnostics.Metrics;

namespace Arda.Gateway.Http.Telemetry;

/// <summary>Functions that are asked only when somebody reads the metric. Several servers in one
/// process (tests) add up.</summary>
internal class Sources<T>
{
    private readonly Lock _lock = new();
    private Func<T>[] _reads = [];

    public IDisposable Add(Func<T> read)
    {
        lock (_lock)
        {
            _reads = [.. _reads, read];
        }

        return new Registration(this, read);
    }

    protected Func<T>[] Reads => Volatile.Read(ref _reads);

    private void Remove(Func<T> read)
    {
        lock (_lock)
        {
            _reads = [.. _reads.Where(known => known != read)];
        }
    }

    private sealed class Registration(Sources<T> sources, Func<T> read) : IDisposable
    {
        public void Dispose() => sources.Remove(read);
    }
}

internal sealed class Readings : Sources<long>
{
    public long Sum()
    {
        var sum = 0L;
        foreach (var read in Reads)
        {
            sum += read();
        }

        return sum;
    }
}

internal sealed class CircuitReadings : Sources<IEnumerable<CircuitReading>>
{
    public IEnumerable<Measurement<long>> Read() =>
        Reads
            .SelectMany(read => read())
            .Select(reading => new Measurement<long>(
                (long)reading.Position,
                new(TelemetryNames.Provider, TelemetryNames.ProviderName(reading.ProviderId)),
                new(TelemetryNames.RequestModel, reading.UpstreamModel)
            ));
}
