using System.Diagnostics.Metrics;
using Arda.Gateway.Http.Telemetry;

namespace Arda.Gateway.Tests.Http.Telemetry;

[Collection(TelemetryGroup.Name)]
public sealed class PrometheusTests : IDisposable
{
    private readonly Meter _meter = new("test." + Guid.CreateVersion7().ToString("N"));
    private readonly PrometheusExporter _exporter;

    public PrometheusTests() =>
        _exporter = new PrometheusExporter(instrument => instrument.Meter == _meter);

    public void Dispose()
    {
        _exporter.Dispose();
        _meter.Dispose();
    }

    [Theory]
    [InlineData(
        "http.server.request.duration",
        "s",
        "Histogram",
        "http_server_request_duration_seconds"
    )]
    [InlineData("arda.requests", "{request}", "Counter", "arda_requests_total")]
    [InlineData("already_total", null, "Counter", "already_total")]
    [InlineData("process.memory", "By", "Gauge", "process_memory_bytes")]
    [InlineData("wait_seconds", "s", "Gauge", "wait_seconds")]
    [InlineData("cpu.used", "1", "Gauge", "cpu_used_ratio")]
    [InlineData("hits", "1", "Counter", "hits_total")]
    [InlineData("speed", "By/s", "Gauge", "speed_bytes_per_second")]
    [InlineData("9.lives--left", "", "Gauge", "_9_lives_left")]
    [InlineData("rate", "{event}/s", "Gauge", "rate_per_second")]
    public void A_name_follows_the_rules_of_opentelemetry(
        string name,
        string? unit,
        string kind,
        string expected
    ) =>
        Assert.Equal(
            expected,
            PrometheusNames.OfMetric(name, unit, Enum.Parse<PrometheusKind>(kind))
        );

    [Fact]
    public void Nothing_is_enabled_before_the_start()
    {
        var counter = _meter.CreateCounter<long>("quiet");
        counter.Add(5);
        Assert.False(counter.Enabled);
        Assert.DoesNotContain("quiet", _exporter.Scrape(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_counter_adds_up_by_labels_in_any_order()
    {
        _exporter.Start();
        var counter = _meter.CreateCounter<long>("eggs", "{egg}", "Eggs \\ and\nmore.");
        counter.Add(2, new("b.x", "1"), new("a", "2"));
        counter.Add(3, new("a", "2"), new("b.x", "1"));
        Assert.Contains(
            "# HELP eggs_total Eggs \\\\ and\\nmore.\n# TYPE eggs_total counter\n"
                + "eggs_total{a=\"2\",b_x=\"1\"} 5\n",
            _exporter.Scrape(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Label_values_are_escaped()
    {
        _exporter.Start();
        _meter
            .CreateCounter<int>("odd")
            .Add(1, new KeyValuePair<string, object?>("v", "a\"b\\c\nd"));
        Assert.Contains(
            "odd_total{v=\"a\\\"b\\\\c\\nd\"} 1\n",
            _exporter.Scrape(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_histogram_is_cumulative_and_its_bounds_include_themselves()
    {
        _exporter.Start();
        var size = _meter.CreateHistogram<long>(
            "size",
            "By",
            advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [10, 100] }
        );
        foreach (var value in (long[])[10, 11, 100, 5000])
        {
            size.Record(value);
        }

        Assert.Contains(
            "# TYPE size_bytes histogram\nsize_bytes_bucket{le=\"10\"} 1\n"
                + "size_bytes_bucket{le=\"100\"} 3\nsize_bytes_bucket{le=\"+Inf\"} 4\n"
                + "size_bytes_sum 5121\nsize_bytes_count 4\n",
            _exporter.Scrape(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void An_up_down_counter_is_a_gauge()
    {
        _exporter.Start();
        var open = _meter.CreateUpDownCounter<int>("open");
        open.Add(5);
        open.Add(-2);
        Assert.Contains(
            "# TYPE open gauge\nopen 3\n",
            _exporter.Scrape(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void What_an_observed_gauge_no_longer_names_is_gone()
    {
        var names = new List<string> { "a", "b" };
        _meter.CreateObservableGauge(
            "state",
            () =>
                names.Select(name => new Measurement<long>(
                    7,
                    new KeyValuePair<string, object?>("name", name)
                ))
        );
        _exporter.Start();
        Assert.Contains("state{name=\"a\"} 7", _exporter.Scrape(), StringComparison.Ordinal);
        names.Remove("a");
        var second = _exporter.Scrape();
        Assert.DoesNotContain("name=\"a\"", second, StringComparison.Ordinal);
        Assert.Contains("state{name=\"b\"} 7\n", second, StringComparison.Ordinal);
    }

    [Fact]
    public void Endless_labels_share_one_series()
    {
        _exporter.Start();
        var counter = _meter.CreateCounter<long>("many");
        for (var i = 0; i < 5_000; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("i", i));
        }

        var lines = _exporter
            .Scrape()
            .Split('\n')
            .Where(line => line.StartsWith("many_total", StringComparison.Ordinal))
            .ToList();
        Assert.Equal(2_001, lines.Count);
        Assert.Contains("many_total{otel_metric_overflow=\"true\"} 3000", lines);
    }

    [Fact]
    public void A_second_instrument_of_another_type_does_not_spoil_the_page()
    {
        _exporter.Start();
        _meter.CreateCounter<long>("same_total").Add(1);
        _meter.CreateUpDownCounter<long>("same.total").Add(1);
        var page = _exporter.Scrape();
        Assert.Single(page.Split("# TYPE same_total ")[1..]);
    }
}
