using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;

namespace Arda.Gateway.Http.Telemetry;

/// <summary>
/// Keeps what instruments report and prints it as Prometheus text (version 0.0.4). Before
/// <see cref="Start"/> no instrument is enabled and nothing costs anything.
/// </summary>
public sealed class PrometheusExporter : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private static readonly string[] s_meters =
    [
        "Microsoft.AspNetCore.Hosting",
        "Microsoft.AspNetCore.Server.Kestrel",
        "System.Runtime",
    ];

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<Instrument, PrometheusFamily> _families = new();
    private readonly Func<Instrument, bool> _isWanted;
    private MeterListener? _listener;

    public PrometheusExporter()
        : this(static instrument => IsOurs(instrument.Meter.Name)) { }

    /// <summary>Rooms may have meters of their own, under the name of the server.</summary>
    private static bool IsOurs(string meter) =>
        meter.StartsWith(TelemetryNames.Source, StringComparison.Ordinal)
        || s_meters.Contains(meter, StringComparer.Ordinal);

    internal PrometheusExporter(Func<Instrument, bool> isWanted) => _isWanted = isWanted;

    /// <summary>Begins to listen; does nothing the second time.</summary>
    public void Start()
    {
        lock (_lock)
        {
            if (_listener is not null)
            {
                return;
            }

            _listener = new MeterListener
            {
                InstrumentPublished = Enable,
                // A disposed meter's numbers would stand still for ever.
                MeasurementsCompleted = (instrument, _state) =>
                    _families.TryRemove(instrument, out var _),
            };
            _listener.SetMeasurementEventCallback<byte>(static (_, v, t, s) => Keep(v, t, s));
            _listener.SetMeasurementEventCallback<short>(static (_, v, t, s) => Keep(v, t, s));
            _listener.SetMeasurementEventCallback<int>(static (_, v, t, s) => Keep(v, t, s));
            _listener.SetMeasurementEventCallback<long>(static (_, v, t, s) => Keep(v, t, s));
            _listener.SetMeasurementEventCallback<float>(static (_, v, t, s) => Keep(v, t, s));
            _listener.SetMeasurementEventCallback<double>(static (_, v, t, s) => Keep(v, t, s));
            _listener.SetMeasurementEventCallback<decimal>(
                static (_, v, t, s) => Keep((double)v, t, s)
            );
            _listener.Start();
        }
    }

    public string Scrape()
    {
        var page = new StringBuilder(8 << 10);
        page.Append("# HELP target_info Who reports.\n# TYPE target_info gauge\n")
            .Append("target_info{service_name=\"arda-gateway\",service_version=\"")
            .Append(TelemetryNames.Version)
            .Append("\"} 1\n");
        // One scrape at a time: each replaces what observable instruments say.
        lock (_lock)
        {
            foreach (var family in _families.Values)
            {
                family.ForgetObserved();
            }

            _listener?.RecordObservableInstruments();
            foreach (
                var family in _families
                    .Values.GroupBy(f => f.Name, StringComparer.Ordinal)
                    .OrderBy(g => g.Key, StringComparer.Ordinal)
            )
            {
                Write(page, [.. family]);
            }
        }

        return page.ToString();
    }

    public void Dispose() => _listener?.Dispose();

    /// <summary>Instruments whose names meet are one family to Prometheus: it is printed once, and
    /// one of another type is left out, because it would spoil the whole page.</summary>
    private static void Write(StringBuilder page, PrometheusFamily[] family)
    {
        var first = family[0];
        var lines = new StringBuilder();
        foreach (var one in family.Where(f => f.Kind == first.Kind))
        {
            one.Write(lines);
        }

        if (lines.Length is 0)
        {
            return;
        }

        var kind = first.Kind switch
        {
            PrometheusKind.Counter => "counter",
            PrometheusKind.Histogram => "histogram",
            _ => "gauge",
        };
        page.Append("# HELP ").Append(first.Name).Append(' ').Append(first.Help).Append('\n');
        page.Append("# TYPE ").Append(first.Name).Append(' ').Append(kind).Append('\n');
        page.Append(lines);
    }

    private void Enable(Instrument instrument, MeterListener listener)
    {
        if (_isWanted(instrument) && PrometheusFamily.KindOf(instrument) is { } kind)
        {
            var family = _families.GetOrAdd(
                instrument,
                static (one, kind) => new PrometheusFamily(one, kind),
                kind
            );
            listener.EnableMeasurementEvents(instrument, family);
        }
    }

    private static void Keep(
        double value,
        ReadOnlySpan<KeyValuePair<string, object?>> tags,
        object? family
    ) => ((PrometheusFamily)family!).Record(value, tags);
}
