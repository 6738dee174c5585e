using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using Arda.Gateway.Http;
using Arda.Gateway.Http.Telemetry;
using Arda.Gateway.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Arda.Gateway.Tests.Http.Telemetry;

[Collection(TelemetryGroup.Name)]
public sealed class MetricsEndpointTests
{
    private const string TraceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static Task<EdgeHost> StartAsync(
        Dictionary<string, string?>? settings = null,
        Action<WebApplication>? routes = null
    ) =>
        EdgeHost.StartAsync(
            app =>
            {
                app.MapMetrics(context =>
                    ValueTask.FromResult(context.Request.Headers.Authorization == "Bearer operator")
                );
                app.MapGet("/v1/things/{id}", () => "thing");
                routes?.Invoke(app);
            },
            settings,
            configure: builder => builder.AddTelemetry(EdgeOptions.Read(builder.Configuration))
        );

    [Fact]
    public async Task Requests_are_counted_by_route_and_status_from_the_first_scrape_on()
    {
        await using var host = await StartAsync();
        await host.Client.GetAsync("/metrics", Ct);
        await host.Client.GetAsync("/v1/things/7", Ct);
        await host.Client.GetAsync("/v1/things/8", Ct);
        await host.Client.GetAsync("/v1/nowhere", Ct);
        using var response = await host.Client.GetAsync("/metrics", Ct);
        var page = await response.Content.ReadAsStringAsync(Ct);

        Assert.Equal(PrometheusExporter.ContentType, response.Header("Content-Type"));
        Assert.Contains(
            "arda_requests_total{http_request_method=\"GET\","
                + "http_response_status_code=\"200\",http_route=\"/v1/things/{id}\"} 2\n",
            page,
            StringComparison.Ordinal
        );
        Assert.Contains("http_route=\"unmatched\"} 1\n", page, StringComparison.Ordinal);
        Assert.Contains(
            "arda_denials_total{arda_denial_code=\"not_found\"} 1\n",
            page,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "http_server_request_duration_seconds_bucket",
            page,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("X-Forwarded-For", "203.0.113.9", HttpStatusCode.Unauthorized)]
    [InlineData("Host", "gateway.example", HttpStatusCode.Unauthorized)]
    [InlineData("X-Other", "", HttpStatusCode.OK)]
    public async Task Only_this_machine_itself_reads_without_a_token(
        string header,
        string value,
        HttpStatusCode expected
    )
    {
        await using var host = await StartAsync(
            new(StringComparer.Ordinal) { ["PublicUrl"] = "https://gateway.example" }
        );
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.TryAddWithoutValidation(header, value);
        using var response = await host.Client.SendAsync(request, Ct);
        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task The_operator_reads_from_anywhere_and_everybody_where_it_is_public()
    {
        await using var closed = await StartAsync();
        await using var open = await StartAsync(
            new(StringComparer.Ordinal) { ["Http:MetricsPublic"] = "true" }
        );
        using var asOperator = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        asOperator.Headers.Add("X-Forwarded-For", "203.0.113.9");
        asOperator.Headers.Add("Authorization", "Bearer operator");
        using var asAnyone = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        asAnyone.Headers.Add("X-Forwarded-For", "203.0.113.9");

        Assert.Equal(HttpStatusCode.OK, (await closed.Client.SendAsync(asOperator, Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await open.Client.SendAsync(asAnyone, Ct)).StatusCode);
    }

    [Fact]
    public async Task A_callers_trace_goes_on_through_the_gateway_to_the_upstream()
    {
        string? upstreamSaw = null;
        await using var upstream = await EdgeHost.StartAsync(app =>
            app.MapGet(
                "/v1/up",
                (HttpContext context) =>
                {
                    upstreamSaw = context.Request.Headers.TraceParent;
                    return "up";
                }
            )
        );
        var spans = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source =>
                source.Name is TelemetryNames.Source or "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) =>
                ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        await using var host = await StartAsync(routes: app =>
            app.MapGet("/v1/call", () => CallAsync(upstream.Client))
        );
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/call");
        request.Headers.Add("traceparent", TraceParent);
        await host.Client.SendAsync(request, Ct);

        var span = Assert.Single(spans, s => s.Source.Name == TelemetryNames.Source);
        Assert.Equal("4bf92f3577b34da6a3ce929d0e0e4736", span.TraceId.ToString());
        Assert.StartsWith($"00-{span.TraceId}-", upstreamSaw, StringComparison.Ordinal);
        Assert.DoesNotContain("00f067aa0ba902b7", upstreamSaw, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_otlp_collector_gets_spans_and_metrics_where_one_is_configured()
    {
        var received = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        await using var upstream = await EdgeHost.StartAsync(app =>
            app.MapGet("/v1/up", () => "up")
        );
        await using var collector = await EdgeHost.StartAsync(app =>
            app.MapPost(
                "/v1/{signal}",
                async (HttpContext context, string signal) =>
                {
                    using var reader = new StreamReader(context.Request.Body, Encoding.Latin1);
                    received[signal] = await reader.ReadToEndAsync(Ct);
                }
            )
        );
        await using (
            var host = await StartAsync(
                new(StringComparer.Ordinal)
                {
                    ["Telemetry:OtlpEndpoint"] = collector.Address.ToString(),
                    ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                },
                app => app.MapGet("/v1/call", () => CallAsync(upstream.Client))
            )
        )
        {
            await host.Client.GetAsync("/v1/call?code=in-the-servers-query", Ct);
        }

        Assert.Contains("gen_ai.operation.name", received["traces"], StringComparison.Ordinal);
        Assert.Contains("/v1/call", received["traces"], StringComparison.Ordinal);
        Assert.Contains("arda-gateway", received["traces"], StringComparison.Ordinal);
        // Queries carry codes and, at some providers, keys.
        Assert.Contains("/v1/up", received["traces"], StringComparison.Ordinal);
        Assert.DoesNotContain("in-the-", received["traces"], StringComparison.Ordinal);
        Assert.Contains(
            "gen_ai.client.operation.duration",
            received["metrics"],
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("Telemetry:OtlpEndpoint", "collector:4317")]
    [InlineData("Telemetry:Metrics", "perhaps")]
    public void A_setting_that_cannot_be_meant_stops_the_start(string key, string value)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection([new(key, value)]);
        var failure = Assert.Throws<ConfigurationException>(() =>
            builder.AddTelemetry(new EdgeOptions())
        );
        Assert.Contains(key, failure.Message, StringComparison.Ordinal);
    }

    private static async Task<string> CallAsync(HttpClient upstream)
    {
        var operation = GenAiOperation.Start(
            new GenAiRequest(GenAiOperation.Chat, "openai_chat", "m", false, "gen_1", "req_1"),
            TimeProvider.System
        )!;
        operation.Selected("openai", "m");
        var answer = await upstream.GetStringAsync("/v1/up?key=in-the-upstreams-query", Ct);
        operation.End(new GenAiEnd("completed", TokenUsage.Zero, NanoUsd.Zero));
        return answer;
    }
}
