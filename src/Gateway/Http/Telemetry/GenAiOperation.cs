using System.Diagnostics;
using System.Diagnostics.Metrics;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Http.Telemetry;

/// <summary>What is known of a request before it runs.</summary>
public readonly record struct GenAiRequest(
    string Operation,
    string Dialect,
    string Model,
    bool IsStream,
    string GenerationId,
    string RequestId
);

/// <summary>How a request ended.</summary>
/// <param name="Outcome">The ledger's word for it, such as "completed".</param>
/// <param name="Usage">What was billed; null when nothing was used.</param>
/// <param name="Cost">What the user pays.</param>
/// <param name="ErrorType">The stable code of the denial; null for success.</param>
public readonly record struct GenAiEnd(
    string Outcome,
    TokenUsage? Usage,
    NanoUsd Cost,
    string? ErrorType = null
);

/// <summary>
/// One inference request as a span and as the GenAI metrics. Start answers null while nobody
/// listens, so that a request then costs three comparisons and no memory:
/// <c>var watch = GenAiOperation.Start(…); watch?.Selected(…); watch?.FirstToken();
/// watch?.End(…)</c>. One task at a time; only the first End counts.
/// </summary>
public sealed class GenAiOperation
{
    public const string Chat = "chat";
    public const string Embeddings = "embeddings";

    private static readonly Histogram<double> s_duration = TelemetryNames.Meter.CreateHistogram(
        "gen_ai.client.operation.duration",
        "s",
        "GenAI operation duration.",
        advice: Buckets(
            .01,
            .02,
            .04,
            .08,
            .16,
            .32,
            .64,
            1.28,
            2.56,
            5.12,
            10.24,
            20.48,
            40.96,
            81.92
        )
    );

    private static readonly Histogram<double> s_firstToken = TelemetryNames.Meter.CreateHistogram(
        "gen_ai.server.time_to_first_token",
        "s",
        "Time to generate first token for successful responses.",
        advice: Buckets(.001, .005, .01, .02, .04, .06, .08, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10)
    );

    private static readonly Histogram<long> s_tokens = TelemetryNames.Meter.CreateHistogram(
        "gen_ai.client.token.usage",
        "{token}",
        "Number of input and output tokens used.",
        advice: new InstrumentAdvice<long>
        {
            HistogramBucketBoundaries =
            [
                1,
                4,
                16,
                64,
                256,
                1024,
                4096,
                16384,
                65536,
                262144,
                1048576,
                4194304,
                16777216,
                67108864,
            ],
        }
    );

    private readonly GenAiRequest _request;
    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private readonly Activity? _span;
    private string? _provider;
    private string? _model;
    private bool _hasEnded;

    private GenAiOperation(in GenAiRequest request, Activity? span, TimeProvider time)
    {
        (_request, _span, _time) = (request, span, time);
        _startedAt = time.GetTimestamp();
    }

    private double? FirstTokenSeconds { get; set; }

    /// <summary>Begins the span, which is then current: upstream calls become its children and
    /// carry its W3C trace context.</summary>
    public static GenAiOperation? Start(in GenAiRequest request, TimeProvider time)
    {
        var isTraced = TelemetryNames.Spans.HasListeners();
        if (!isTraced && !s_duration.Enabled && !s_tokens.Enabled && !s_firstToken.Enabled)
        {
            return null;
        }

        var span = isTraced ? StartSpan(request) : null;
        return new GenAiOperation(request, span, time);
    }

    /// <summary>Names the offer that is tried; the last one called before the end has answered.</summary>
    public void Selected(string providerId, string model)
    {
        (_provider, _model) = (TelemetryNames.ProviderName(providerId), model);
        _span
            ?.SetTag(TelemetryNames.Provider, _provider)
            .SetTag(TelemetryNames.ResponseModel, model);
    }

    /// <summary>The first token arrived; later calls do nothing.</summary>
    public void FirstToken() => FirstTokenSeconds ??= _time.GetElapsedTime(_startedAt).TotalSeconds;

    public void End(in GenAiEnd end)
    {
        if (_hasEnded)
        {
            return;
        }

        _hasEnded = true;
        Record(end);
        if (_span is not null)
        {
            Describe(_span, end);
            _span.Dispose();
        }
    }

    private static Activity? StartSpan(in GenAiRequest request)
    {
        var tags = new ActivityTagsCollection
        {
            { TelemetryNames.Operation, request.Operation },
            { TelemetryNames.RequestModel, request.Model },
            { TelemetryNames.ResponseId, request.GenerationId },
            { TelemetryNames.Dialect, request.Dialect },
            { TelemetryNames.RequestId, request.RequestId },
        };
        if (request.IsStream)
        {
            tags.Add(TelemetryNames.RequestStream, true);
        }

        return TelemetryNames.Spans.StartActivity(
            $"{request.Operation} {request.Model}",
            ActivityKind.Client,
            parentContext: default,
            tags
        );
    }

    private void Record(in GenAiEnd end)
    {
        var tags = Tags(end.ErrorType);
        s_duration.Record(_time.GetElapsedTime(_startedAt).TotalSeconds, tags);
        if (end.ErrorType is null && FirstTokenSeconds is { } seconds)
        {
            s_firstToken.Record(seconds, tags);
        }

        if (end.Usage is { } usage && _provider is not null)
        {
            var counted = Tags(errorType: null);
            counted.Add(TelemetryNames.TokenType, "input");
            s_tokens.Record(usage.PromptTotal, counted);
            counted = Tags(errorType: null);
            counted.Add(TelemetryNames.TokenType, "output");
            s_tokens.Record(usage.OutputTotal, counted);
        }
    }

    private TagList Tags(string? errorType)
    {
        var tags = new TagList { { TelemetryNames.Operation, _request.Operation } };
        if (_provider is not null)
        {
            // A model becomes a label only once the catalog knew it: what callers make up must
            // not make up series.
            tags.Add(TelemetryNames.Provider, _provider);
            tags.Add(TelemetryNames.RequestModel, _request.Model);
            tags.Add(TelemetryNames.ResponseModel, _model);
        }

        if (errorType is not null)
        {
            tags.Add(TelemetryNames.ErrorType, errorType);
        }

        return tags;
    }

    private void Describe(Activity span, in GenAiEnd end)
    {
        span.SetTag(TelemetryNames.Outcome, end.Outcome)
            .SetTag(TelemetryNames.CostNanoUsd, end.Cost.Value);
        if (FirstTokenSeconds is { } seconds && _request.IsStream)
        {
            span.SetTag(TelemetryNames.TimeToFirstChunk, seconds);
        }

        if (end.Usage is { } usage)
        {
            Describe(span, usage);
        }

        if (end.ErrorType is not null)
        {
            span.SetTag(TelemetryNames.ErrorType, end.ErrorType)
                .SetStatus(ActivityStatusCode.Error);
        }
    }

    private static void Describe(Activity span, TokenUsage usage)
    {
        // The conventions count cached and reasoning tokens inside the totals, as we do here.
        span.SetTag(TelemetryNames.InputTokens, usage.PromptTotal)
            .SetTag(TelemetryNames.OutputTokens, usage.OutputTotal);
        if (usage.CacheRead > 0)
        {
            span.SetTag(TelemetryNames.CacheReadTokens, usage.CacheRead);
        }

        if (usage.CacheWrite + usage.CacheWrite5m + usage.CacheWrite1h is > 0 and var written)
        {
            span.SetTag(TelemetryNames.CacheWriteTokens, written);
        }

        if (usage.Reasoning > 0)
        {
            span.SetTag(TelemetryNames.ReasoningTokens, usage.Reasoning);
        }
    }

    private static InstrumentAdvice<double> Buckets(params double[] boundaries) =>
        new() { HistogramBucketBoundaries = boundaries };
}
