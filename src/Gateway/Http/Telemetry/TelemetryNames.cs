using System.Collections.Frozen;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Arda.Gateway.Http.Telemetry;

/// <summary>
/// The one source of spans and the one meter of this server, and the names of OpenTelemetry's
/// GenAI conventions (development status, as of their own repository in 2026).
/// </summary>
public static class TelemetryNames
{
    public const string Source = "Arda.Gateway";

    public const string Operation = "gen_ai.operation.name";
    public const string Provider = "gen_ai.provider.name";
    public const string RequestModel = "gen_ai.request.model";
    public const string RequestStream = "gen_ai.request.stream";
    public const string ResponseModel = "gen_ai.response.model";
    public const string ResponseId = "gen_ai.response.id";
    public const string TimeToFirstChunk = "gen_ai.response.time_to_first_chunk";
    public const string InputTokens = "gen_ai.usage.input_tokens";
    public const string OutputTokens = "gen_ai.usage.output_tokens";
    public const string CacheReadTokens = "gen_ai.usage.cache_read.input_tokens";
    public const string CacheWriteTokens = "gen_ai.usage.cache_creation.input_tokens";
    public const string ReasoningTokens = "gen_ai.usage.reasoning.output_tokens";
    public const string TokenType = "gen_ai.token.type";
    public const string ErrorType = "error.type";

    public const string Dialect = "arda.dialect";
    public const string Outcome = "arda.outcome";
    public const string CostNanoUsd = "arda.cost.nano_usd";
    public const string RequestId = "arda.request.id";

    internal static readonly ActivitySource Spans = new(Source, Version);

    internal static readonly Meter Meter = new(Source, Version);

    // Only the ids whose well-known name differs from ours.
    private static readonly FrozenDictionary<string, string> s_providers = new Dictionary<
        string,
        string
    >(StringComparer.Ordinal)
    {
        ["google"] = "gcp.gemini",
        ["vertex"] = "gcp.vertex_ai",
        ["mistral"] = "mistral_ai",
        ["moonshot"] = "moonshot_ai",
        ["xai"] = "x_ai",
        ["azure"] = "azure.ai.openai",
        ["bedrock"] = "aws.bedrock",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    internal static string Version =>
        typeof(TelemetryNames).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    /// <summary>The conventions' name of one of the catalog's providers.</summary>
    public static string ProviderName(string providerId) =>
        s_providers.GetValueOrDefault(providerId, providerId);
}
