using Arda.Gateway.Kernel;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Chat;

/// <summary>Reads a Chat Completions request, the members that hosts added included.</summary>
internal static class ChatRequestReader
{
    // "store" and "modalities" say nothing that a translated route could not ignore.
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "model",
        "messages",
        "stream",
        "stream_options",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "max_tokens",
        "max_completion_tokens",
        "temperature",
        "top_p",
        "top_k",
        "stop",
        "n",
        "seed",
        "presence_penalty",
        "frequency_penalty",
        "logit_bias",
        "logprobs",
        "top_logprobs",
        "response_format",
        "reasoning_effort",
        "reasoning",
        "thinking",
        "user",
        "safety_identifier",
        "service_tier",
        "metadata",
        "prompt_cache_key",
        "verbosity",
        "modalities",
        "routing",
    };

    public static Outcome<Conversation> Read(ReadOnlyMemory<byte> body)
    {
        var problems = new RequestProblems();
        if (problems.Parse(body.Span) is not { } request)
        {
            return problems.First!;
        }
        RefuseWhatHasNoOtherWords(request);
        var repaired = new List<string>();
        var turns = new ChatTurnsReader(repaired).Read(request);
        var conversation = ReadSampling(request) with
        {
            Turns = turns,
            Tools = ChatToolReader.ReadTools(request),
            ToolChoice = ChatToolReader.ReadChoice(request),
            ParallelToolCalls = request.Flag("parallel_tool_calls"),
            Format = ReadFormat(request),
            Reasoning = ReadReasoning(request),
            UnknownFields = [.. request.Unknown(Known), .. repaired],
        };
        return problems.First is { } problem ? problem : conversation;
    }

    private static Conversation ReadSampling(RequestInput request) =>
        new()
        {
            Model = request.RequiredText("model"),
            Turns = [],
            Stream = request.Flag("stream") ?? false,
            IncludeUsage = request.Object("stream_options")?.Flag("include_usage") ?? false,
            // The newer name wins where both are there.
            MaxOutputTokens =
                request.Whole("max_completion_tokens", 1, long.MaxValue)
                ?? request.Whole("max_tokens", 1, long.MaxValue),
            Temperature = request.Number("temperature", 0, 2),
            TopP = request.Number("top_p", 0, 1),
            TopK = (int?)request.Whole("top_k", 0, int.MaxValue),
            Stop = request.Texts("stop"),
            Choices = (int)(request.Whole("n", 1, 128) ?? 1),
            Seed = request.Whole("seed", long.MinValue, long.MaxValue),
            PresencePenalty = request.Number("presence_penalty", -2, 2),
            FrequencyPenalty = request.Number("frequency_penalty", -2, 2),
            LogitBias = RequestParts.Kept(request, "logit_bias"),
            Logprobs = request.Flag("logprobs") ?? false,
            TopLogprobs = (int?)request.Whole("top_logprobs", 0, 20),
            EndUser = request.Text("user") ?? request.Text("safety_identifier"),
            ServiceTier = request.Text("service_tier"),
            Metadata = RequestParts.Kept(request, "metadata"),
            PromptCacheKey = request.Text("prompt_cache_key"),
            Verbosity = request.Text("verbosity"),
        };

    private static void RefuseWhatHasNoOtherWords(RequestInput request)
    {
        foreach (var name in (string[])["functions", "function_call"])
        {
            if (request.Has(name))
            {
                request.Problems.Unsupported(
                    name,
                    $"'{name}' is deprecated and cannot be translated for this model: use 'tools'."
                );
            }
        }
        foreach (var name in (string[])["audio", "web_search_options"])
        {
            if (request.Has(name))
            {
                request.Problems.Unsupported(
                    name,
                    $"'{name}' works only with models that are served by OpenAI's own Chat API."
                );
            }
        }
        if (request.Texts("modalities").Any(modality => modality != "text"))
        {
            request.Problems.Unsupported(
                "modalities",
                "This model answers in text only: leave 'modalities' out."
            );
        }
    }

    private static OutputFormat? ReadFormat(RequestInput request)
    {
        if (request.Object("response_format") is not { } format)
        {
            return null;
        }
        switch (format.RequiredText("type"))
        {
            case "text":
                return null;
            case "json_object":
                return new OutputFormat { Json = true };
            case "json_schema":
                break;
            default:
                format.Reject("type", "'text', 'json_object' or 'json_schema'");
                return null;
        }
        if (format.Object("json_schema") is not { } named)
        {
            format.RequiredText("json_schema");
            return null;
        }
        return new OutputFormat
        {
            Json = true,
            Name = named.RequiredText("name"),
            Description = named.Text("description"),
            Schema = RequestParts.Kept(named, "schema"),
            Strict = named.Flag("strict"),
        };
    }

    private static ReasoningWish? ReadReasoning(RequestInput request)
    {
        if (request.Text("reasoning_effort") is { } effort)
        {
            return new ReasoningWish { Effort = effort, Disabled = effort == "none" };
        }
        if (request.Object("reasoning") is { } wish) // OpenRouter
        {
            var isOff = wish.Flag("enabled") == false || wish.Text("effort") == "none";
            return new ReasoningWish
            {
                Effort = wish.Text("effort"),
                BudgetTokens = wish.Whole("max_tokens", 1, long.MaxValue),
                Adaptive = wish.Flag("enabled") == true && !wish.Has("effort"),
                Disabled = isOff,
            };
        }
        return request.Object("thinking") is { } thinking // DeepSeek, Z.AI
            ? new ReasoningWish
            {
                BudgetTokens = thinking.Whole("budget_tokens", 1, long.MaxValue),
                Adaptive = thinking.Text("type") == "enabled" && !thinking.Has("budget_tokens"),
                Disabled = thinking.Text("type") == "disabled",
            }
            : null;
    }
}
