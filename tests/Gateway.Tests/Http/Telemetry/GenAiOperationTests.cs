using System.Diagnostics;
using System.Globalization;
using Arda.Gateway.Http.Telemetry;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Tests.Http.Telemetry;

[Collection(TelemetryGroup.Name)]
public sealed class GenAiOperationTests
{
    private static readonly GenAiRequest s_request = new(
        GenAiOperation.Chat,
        "openai_chat",
        "arda/auto",
        IsStream: true,
        "gen_1",
        "req_1"
    );

    private static readonly TokenUsage s_usage = new()
    {
        Input = 100,
        CacheRead = 50,
        Output = 20,
        Reasoning = 30,
    };

    [Fact]
    public void While_nobody_listens_a_request_costs_no_memory()
    {
        OneRequest();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            OneRequest();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Null(GenAiOperation.Start(s_request, TimeProvider.System));
    }

    [Fact]
    public void A_listened_request_is_a_span_by_the_genai_conventions()
    {
        Activity? ended = null;
        using var listener = Listen(activity => ended = activity);
        var operation = GenAiOperation.Start(s_request, TimeProvider.System)!;
        operation.Selected("google", "gemini-3-pro");
        operation.FirstToken();
        operation.End(new GenAiEnd("completed", s_usage, new NanoUsd(1_234)));

        Assert.NotNull(ended);
        Assert.Equal("chat arda/auto", ended.DisplayName);
        Assert.Equal(ActivityKind.Client, ended.Kind);
        Assert.Equal("chat", ended.GetTagItem("gen_ai.operation.name"));
        Assert.Equal("gcp.gemini", ended.GetTagItem("gen_ai.provider.name"));
        Assert.Equal("arda/auto", ended.GetTagItem("gen_ai.request.model"));
        Assert.Equal("gemini-3-pro", ended.GetTagItem("gen_ai.response.model"));
        Assert.Equal("gen_1", ended.GetTagItem("gen_ai.response.id"));
        Assert.Equal(true, ended.GetTagItem("gen_ai.request.stream"));
        Assert.IsType<double>(ended.GetTagItem("gen_ai.response.time_to_first_chunk"));
        Assert.Equal(150L, ended.GetTagItem("gen_ai.usage.input_tokens"));
        Assert.Equal(50L, ended.GetTagItem("gen_ai.usage.output_tokens"));
        Assert.Equal(50L, ended.GetTagItem("gen_ai.usage.cache_read.input_tokens"));
        Assert.Equal(30L, ended.GetTagItem("gen_ai.usage.reasoning.output_tokens"));
        Assert.Equal(1_234L, ended.GetTagItem("arda.cost.nano_usd"));
        Assert.Equal(ActivityStatusCode.Unset, ended.Status);
    }

    [Fact]
    public void A_failed_request_names_its_error_type()
    {
        Activity? ended = null;
        using var listener = Listen(activity => ended = activity);
        var operation = GenAiOperation.Start(s_request, TimeProvider.System)!;
        operation.End(new GenAiEnd("refused", null, NanoUsd.Zero, "provider_unavailable"));
        Assert.Equal("provider_unavailable", ended?.GetTagItem("error.type"));
        Assert.Equal(ActivityStatusCode.Error, ended?.Status);
    }

    [Fact]
    public void The_metrics_have_the_conventions_names_labels_and_buckets_and_count_one_end()
    {
        using var exporter = new PrometheusExporter();
        exporter.Start();
        var operation = GenAiOperation.Start(s_request, TimeProvider.System)!;
        operation.Selected("xai", "grok-metrics-test");
        operation.FirstToken();
        operation.End(new GenAiEnd("completed", s_usage, NanoUsd.Zero));
        operation.End(new GenAiEnd("completed", s_usage, NanoUsd.Zero));

        const string Labels =
            "gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"x_ai\","
            + "gen_ai_request_model=\"arda/auto\",gen_ai_response_model=\"grok-metrics-test\"";
        var page = exporter.Scrape();
        foreach (
            var line in (string[])
                [
                    $"gen_ai_client_operation_duration_seconds_count{{{Labels}}} 1\n",
                    $"gen_ai_server_time_to_first_token_seconds_count{{{Labels}}} 1\n",
                    $"gen_ai_client_token_usage_sum{{{Labels},gen_ai_token_type=\"input\"}} 150\n",
                    $"gen_ai_client_token_usage_sum{{{Labels},gen_ai_token_type=\"output\"}} 50\n",
                    $"gen_ai_client_token_usage_bucket{{{Labels},gen_ai_token_type=\"input\","
                        + "le=\"64\"} 0\n",
                ]
        )
        {
            Assert.Contains(line, page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_model_that_the_catalog_never_knew_is_no_label()
    {
        using var exporter = new PrometheusExporter();
        exporter.Start();
        var made = s_request with { Model = "made-up-by-the-caller" };
        GenAiOperation
            .Start(made, TimeProvider.System)!
            .End(new GenAiEnd("refused", null, NanoUsd.Zero, "model_not_found"));
        Assert.DoesNotContain("made-up-by-the-caller", exporter.Scrape(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_gateways_own_metrics_say_what_the_rooms_record()
    {
        using var exporter = new PrometheusExporter();
        exporter.Start();
        GatewayMetrics.Settled(new NanoUsd(100), new NanoUsd(5), NanoUsd.Zero);
        GatewayMetrics.Absorbed(new NanoUsd(7), "test_reason");
        GatewayMetrics.Flushed(charges: 3, TimeSpan.FromMilliseconds(2));
        using var circuits = GatewayMetrics.ObserveCircuits(() =>
            [new CircuitReading("test-provider", "m", CircuitPosition.Open)]
        );

        var page = exporter.Scrape();
        foreach (
            var line in (string[])
                [
                    "arda_ledger_settled_nano_usd_total{arda_cost_part=\"base\"} 100\n",
                    "arda_ledger_settled_nano_usd_total{arda_cost_part=\"gateway_markup\"} 5\n",
                    "arda_ledger_absorbed_nano_usd_total{arda_absorbed_reason=\"test_reason\"} 7\n",
                    "arda_ledger_flush_size_bucket{le=\"4\"} 1\n",
                    "arda_ledger_flush_duration_seconds_bucket{le=\"0.0025\"} 1\n",
                    "arda_provider_circuit{gen_ai_provider_name=\"test-provider\","
                        + "gen_ai_request_model=\"m\"} 2\n",
                ]
        )
        {
            Assert.Contains(line, page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_is_read_on_demand_adds_up_and_ends_with_its_registration()
    {
        using var exporter = new PrometheusExporter();
        exporter.Start();
        // Other servers of this process may have left some behind.
        var before = Reading(exporter, "arda_streams");
        using (GatewayMetrics.ObserveStreams(() => 2))
        using (GatewayMetrics.ObserveStreams(() => 5))
        {
            Assert.Equal(before + 7, Reading(exporter, "arda_streams"));
        }

        Assert.Equal(before, Reading(exporter, "arda_streams"));
    }

    private static long Reading(PrometheusExporter exporter, string name) =>
        long.Parse(
            exporter
                .Scrape()
                .Split('\n')
                .Single(line => line.StartsWith(name + " ", StringComparison.Ordinal))[
                (name.Length + 1)..
            ],
            CultureInfo.InvariantCulture
        );

    private static ActivityListener Listen(Action<Activity> ended)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == TelemetryNames.Source,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) =>
                ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = ended,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private static void OneRequest()
    {
        var operation = GenAiOperation.Start(s_request, TimeProvider.System);
        operation?.Selected("openai", "gpt-5");
        operation?.FirstToken();
        operation?.End(new GenAiEnd("completed", s_usage, new NanoUsd(5)));
        GatewayMetrics.Settled(new NanoUsd(1), new NanoUsd(1), new NanoUsd(1));
        GatewayMetrics.Flushed(1, TimeSpan.FromSeconds(1));
        GatewayMetrics.Answered("/v1/models", "GET", 200);
        GatewayMetrics.Denied("not_found");
    }
}
