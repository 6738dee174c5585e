using System.Collections.Frozen;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire.Gemini;

/// <summary>
/// Reads a generateContent request. The model and whether to stream stand in its URL, so the caller
/// puts them in afterwards: <c>conversation with { Model = …, Stream = … }</c>.
/// </summary>
internal sealed class GeminiRequestReader
{
    private static readonly FrozenSet<string> Known = GeminiNames.Both(
        "model",
        "contents",
        "systemInstruction",
        "tools",
        "toolConfig",
        "generationConfig",
        "serviceTier"
    );

    private static readonly FrozenSet<string> KnownOfConfig = GeminiNames.Both(
        "maxOutputTokens",
        "temperature",
        "topP",
        "topK",
        "stopSequences",
        "candidateCount",
        "seed",
        "presencePenalty",
        "frequencyPenalty",
        "responseLogprobs",
        "logprobs",
        "responseMimeType",
        "responseJsonSchema",
        "responseSchema",
        "responseModalities",
        "thinkingConfig"
    );

    private readonly List<string> _unknown = [];

    public static Outcome<Conversation> Read(ReadOnlyMemory<byte> body)
    {
        var problems = new RequestProblems();
        if (problems.Parse(body.Span) is not { } root)
        {
            return problems.First!;
        }
        var conversation = new GeminiRequestReader().Read(root);
        return problems.First is { } denial ? denial : conversation;
    }

    private Conversation Read(RequestInput root)
    {
        _unknown.AddRange(root.Unknown(Known));
        var contents = new GeminiRequestContents();
        var turns = new List<Turn>();
        if (Object(root, "systemInstruction") is { } system)
        {
            turns.Add(new Turn(Role.System, contents.Parts(system)));
        }
        if (root.Objects("contents") is { Count: > 0 } items)
        {
            turns.AddRange(items.Select(contents.Turn));
        }
        else
        {
            root.Reject("contents", "an array with at least one content");
        }
        var tools = new GeminiRequestTools(_unknown);
        var conversation = new Conversation
        {
            Model = root.Text("model")?.Replace("models/", "", StringComparison.Ordinal) ?? "",
            IncludeUsage = true,
            Turns = turns,
            Tools = GeminiRequestTools.Read(root),
            ToolChoice = tools.ReadChoice(Object(root, "toolConfig")),
            ServiceTier = root.Text(GeminiNames.In(root, "serviceTier")) switch
            {
                "standard" => "default",
                var other => other,
            },
            UnknownFields = _unknown,
        };
        return Object(root, "generationConfig") is { } config
            ? ReadConfig(config, conversation)
            : conversation;
    }

    private Conversation ReadConfig(RequestInput config, Conversation conversation)
    {
        foreach (var field in config.Unknown(KnownOfConfig))
        {
            _unknown.Add($"generationConfig.{field}");
        }
        var modalities = config.Texts(GeminiNames.In(config, "responseModalities"));
        if (modalities.Any(m => !m.Equals("TEXT", StringComparison.OrdinalIgnoreCase)))
        {
            _unknown.Add("generationConfig.responseModalities");
        }
        return conversation with
        {
            MaxOutputTokens = Whole(config, "maxOutputTokens", 1),
            Temperature = Number(config, "temperature", 0, 2),
            TopP = Number(config, "topP", 0, 1),
            // Some clients send 40.0, and older ones 0 for "not set".
            TopK = Number(config, "topK", 0, int.MaxValue) is > 0 and var topK ? (int)topK : null,
            Stop = config.Texts(GeminiNames.In(config, "stopSequences")),
            Choices = (int)(Whole(config, "candidateCount", 1) ?? 1),
            Seed = config.Whole("seed", int.MinValue, int.MaxValue),
            PresencePenalty = Number(config, "presencePenalty", -2, 2),
            FrequencyPenalty = Number(config, "frequencyPenalty", -2, 2),
            Logprobs = config.Flag(GeminiNames.In(config, "responseLogprobs")) ?? false,
            TopLogprobs = (int?)config.Whole("logprobs", 0, 20),
            Format = ReadFormat(config),
            Reasoning = ReadReasoning(Object(config, "thinkingConfig")),
        };
    }

    private static OutputFormat? ReadFormat(RequestInput config)
    {
        if (config.Text(GeminiNames.In(config, "responseMimeType")) != "application/json")
        {
            return null;
        }
        var schema = Object(config, "responseJsonSchema")?.Json;
        if (schema is null && Object(config, "responseSchema") is { } older)
        {
            schema = GeminiSchema.ToJsonSchema(older.Json);
        }
        return new OutputFormat { Json = true, Schema = schema };
    }

    private static ReasoningWish? ReadReasoning(RequestInput? config)
    {
        if (config is not { } thinking)
        {
            return null;
        }
        var budget = thinking.Whole(GeminiNames.In(thinking, "thinkingBudget"), -1, int.MaxValue);
        var level = thinking.Text(GeminiNames.In(thinking, "thinkingLevel"));
        var isShown = thinking.Flag(GeminiNames.In(thinking, "includeThoughts")) ?? false;
        return new ReasoningWish
        {
            Effort = level?.ToLowerInvariant(),
            BudgetTokens = budget is > 0 ? budget : null,
            Adaptive = budget is -1,
            Disabled = budget is 0,
            Summary = isShown ? "auto" : null,
        };
    }

    private static RequestInput? Object(RequestInput from, string camel) =>
        from.Object(GeminiNames.In(from, camel));

    private static long? Whole(RequestInput from, string camel, long min) =>
        from.Whole(GeminiNames.In(from, camel), min, int.MaxValue);

    private static double? Number(RequestInput from, string camel, double min, double max) =>
        from.Number(GeminiNames.In(from, camel), min, max);
}
