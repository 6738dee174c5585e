using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Arda.Gateway.Http.Telemetry;

/// <summary>One instrument and its series: a series for each set of labels.</summary>
internal sealed class PrometheusFamily
{
    /// <summary>OpenTelemetry's limit. What comes after shares one series, so that a label that
    /// grows without end cannot eat the memory.</summary>
    private const int SeriesMax = 2_000;
    private const string Overflow = "{otel_metric_overflow=\"true\"}";

    private static readonly double[] s_secondsDefault =
    [
        .005,
        .01,
        .025,
        .05,
        .075,
        .1,
        .25,
        .5,
        .75,
        1,
        2.5,
        5,
        7.5,
        10,
    ];

    private static readonly double[] s_countsDefault =
    [
        1,
        5,
        10,
        25,
        50,
        100,
        250,
        500,
        1_000,
        2_500,
        5_000,
        10_000,
    ];

    private readonly ConcurrentDictionary<string, PrometheusSeries> _series = new(
        StringComparer.Ordinal
    );

    private readonly double[] _bounds;
    private readonly bool _isAbsolute;

    public PrometheusFamily(Instrument instrument, PrometheusKind kind)
    {
        Kind = kind;
        Name = PrometheusNames.OfMetric(instrument.Name, instrument.Unit, kind);
        Help = PrometheusNames.Help(instrument.Description);
        IsObservable = instrument.IsObservable;
        // Observable instruments and gauges say how much it is, the others how much was added.
        _isAbsolute = IsObservable || IsGauge(instrument);
        _bounds = kind is PrometheusKind.Histogram ? BoundsOf(instrument) : [];
    }

    public string Name { get; }

    public string Help { get; }

    public PrometheusKind Kind { get; }

    public bool IsObservable { get; }

    public IEnumerable<KeyValuePair<string, PrometheusSeries>> Series => _series;

    public static PrometheusKind? KindOf(Instrument instrument)
    {
        var type = instrument.GetType();
        return !type.IsGenericType
            ? null
            : type.Name switch
            {
                "Counter`1" or "ObservableCounter`1" => PrometheusKind.Counter,
                "UpDownCounter`1"
                or "ObservableUpDownCounter`1"
                or "Gauge`1"
                or "ObservableGauge`1" => PrometheusKind.Gauge,
                "Histogram`1" => PrometheusKind.Histogram,
                _ => null,
            };
    }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var series = SeriesOf(tags);
        if (Kind is PrometheusKind.Histogram)
        {
            series.Observe(value, _bounds);
        }
        else if (_isAbsolute)
        {
            series.Set(value);
        }
        else
        {
            series.Add(value);
        }
    }

    /// <summary>Before the callbacks of a scrape: what they no longer name is gone.</summary>
    public void ForgetObserved()
    {
        if (IsObservable)
        {
            _series.Clear();
        }
    }

    public void Write(StringBuilder to)
    {
        foreach (var (labels, series) in _series.OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            series.Write(to, Name, labels, _bounds, Kind);
        }
    }

    private PrometheusSeries SeriesOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = tags.IsEmpty ? "" : LabelsOf(tags);
        return _series.TryGetValue(labels, out var known) ? known
            : _series.Count < SeriesMax
                ? _series.GetOrAdd(labels, static (_, n) => new(n), _bounds.Length)
            : _series.GetOrAdd(Overflow, static (_, n) => new(n), _bounds.Length);
    }

    /// <summary>The labels as they are printed, sorted, so that the same set is one series
    /// whatever the order in which it was recorded.</summary>
    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var sorted = tags.ToArray();
        Array.Sort(sorted, static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        var labels = new StringBuilder("{");
        foreach (var (key, value) in sorted)
        {
            if (value is null)
            {
                continue;
            }

            labels.Append(labels.Length > 1 ? "," : "").Append(PrometheusNames.OfLabel(key));
            labels.Append("=\"");
            PrometheusNames.AppendValue(labels, TextOf(value));
            labels.Append('"');
        }

        return labels.Length > 1 ? labels.Append('}').ToString() : "";
    }

    private static string TextOf(object value) =>
        value switch
        {
            string text => text,
            true => "true",
            false => "false",
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString() ?? "",
        };

    private static bool IsGauge(Instrument instrument) => instrument.GetType().Name is "Gauge`1";

    private static double[] BoundsOf(Instrument instrument) =>
        instrument switch
        {
            Instrument<double> { Advice.HistogramBucketBoundaries: { Count: > 0 } set } =>
            [
                .. set.Order(),
            ],
            Instrument<long> { Advice.HistogramBucketBoundaries: { Count: > 0 } set } =>
            [
                .. set.Order().Select(bound => (double)bound),
            ],
            Instrument<int> { Advice.HistogramBucketBoundaries: { Count: > 0 } set } =>
            [
                .. set.Order().Select(bound => (double)bound),
            ],
            { Unit: "s" } => s_secondsDefault,
            _ => s_countsDefault,
        };
}

/// <summary>The numbers behind one line, or one histogram. Locked: two fields must agree.</summary>
internal sealed class PrometheusSeries(int bounds)
{
    private readonly Lock _lock = new();
    private readonly long[] _buckets = bounds > 0 ? new long[bounds + 1] : [];
    private double _sum;
    private long _count;

    public void Add(double value)
    {
        lock (_lock)
        {
            _sum += value;
        }
    }

    public void Set(double value)
    {
        lock (_lock)
        {
            _sum = value;
        }
    }

    public void Observe(double value, double[] bounds)
    {
        if (double.IsNaN(value))
        {
            return;
        }

        var bucket = Array.BinarySearch(bounds, value);
        lock (_lock)
        {
            // Upper bounds are inclusive; beyond the last one comes +Inf.
            _buckets[bucket < 0 ? ~bucket : bucket]++;
            _sum += value;
            _count++;
        }
    }

    public void Write(
        StringBuilder to,
        string name,
        string labels,
        double[] bounds,
        PrometheusKind kind
    )
    {
        lock (_lock)
        {
            if (kind is not PrometheusKind.Histogram)
            {
                Line(to, name, labels, _sum);
                return;
            }

            var soFar = 0L;
            for (var i = 0; i <= bounds.Length; i++)
            {
                soFar += _buckets[i];
                var le = i < bounds.Length ? Text(bounds[i]) : "+Inf";
                Line(to, name + "_bucket", With(labels, $"le=\"{le}\""), soFar);
            }

            Line(to, name + "_sum", labels, _sum);
            Line(to, name + "_count", labels, _count);
        }
    }

    private static string With(string labels, string label) =>
        labels.Length is 0 ? $"{{{label}}}" : $"{labels[..^1]},{label}}}";

    private static void Line(StringBuilder to, string name, string labels, double value) =>
        to.Append(name).Append(labels).Append(' ').Append(Text(value)).Append('\n');

    private static string Text(double value) =>
        value switch
        {
            double.PositiveInfinity => "+Inf",
            double.NegativeInfinity => "-Inf",
            double.NaN => "NaN",
            // Whole numbers stay whole up to where a double holds them all.
            _ when Math.Abs(value) < 1L << 53 && double.IsInteger(value) => ((long)value).ToString(
                CultureInfo.InvariantCulture
            ),
            _ => value.ToString("R", CultureInfo.InvariantCulture),
        };
}
