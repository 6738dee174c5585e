using System.Text.Json;
using System.Text.Json.Nodes;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Providers.Simulated;

/// <summary>
/// Decides whether to call functions, which ones and how often, and fills in arguments that their
/// schemas allow.
/// </summary>
internal static class SimulatedToolCalls
{
    private const int ParallelMax = 4;
    private const int NamePartMin = 4;

    private static readonly string[] s_severalSigns =
    [
        "parallel",
        "both",
        "each of",
        "every one",
        "at once",
        "at the same time",
        "several",
        "twice",
    ];

    private static readonly string[] s_callSigns = ["call", "use", "run", "invoke"];

    public static IReadOnlyList<Block.ToolCall> For(
        SimulatedRequest request,
        Topics topics,
        SeededRandom random
    )
    {
        var (tools, count) = Choose(request, topics);
        var calls = new List<Block.ToolCall>(count);
        for (var i = 0; i < count; i++)
        {
            var tool = tools[i % tools.Count];
            var arguments = request.Directives.BadToolArguments
                ? BadArguments(request)
                : Arguments(tool, random, topics, i);
            calls.Add(
                new Block.ToolCall(IdFor(request.Format, random), tool.Name, arguments)
                {
                    Bag =
                        request.Format == WireFormat.GeminiGenerate && request.Thinks
                            ? ThoughtSignature.Bag(ThinkingSeal.Sign(tool.Name))
                            : null,
                }
            );
        }

        return calls;
    }

    private static (IReadOnlyList<Tool> Tools, int Count) Choose(
        SimulatedRequest request,
        Topics topics
    )
    {
        var conversation = request.Conversation;
        var tools = conversation.Tools.Where(t => t.ServerTool is null).ToList();
        var choice = conversation.ToolChoice;
        if (choice is { Mode: ToolChoiceMode.Named, Name: { } name })
        {
            tools = tools.Where(t => t.Name == name).ToList();
        }

        if (tools.Count == 0 || choice is { Mode: ToolChoiceMode.None })
        {
            return ([], 0);
        }

        var isForced = choice is { Mode: ToolChoiceMode.Any or ToolChoiceMode.Named };
        var mentioned = tools.Where(t => IsMeant(t, request.Prompt)).ToList();
        var most = conversation.ParallelToolCalls == false ? 1 : int.MaxValue;
        if (request.Directives.ToolCalls is { } wanted)
        {
            return (mentioned.Count > 0 ? mentioned : tools, Math.Min(wanted, most));
        }

        if (request.AfterToolResults && !isForced)
        {
            return ([], 0);
        }

        if (mentioned.Count == 0)
        {
            var isAsked = request.Directives.BadToolArguments || AsksForTool(request.Prompt);
            return isForced || isAsked ? ([tools[0]], 1) : ([], 0);
        }

        var several = s_severalSigns.Any(s =>
            request.Prompt.Contains(s, StringComparison.OrdinalIgnoreCase)
        );
        var count =
            mentioned.Count > 1 ? mentioned.Count
            : topics.Values.Count > 1 ? Math.Min(topics.Values.Count, ParallelMax)
            : several ? 2
            : 1;
        return (mentioned, Math.Min(count, most));
    }

    // "What is the weather in Paris?" means get_weather; its whole name means it too.
    private static bool IsMeant(Tool tool, string prompt) =>
        prompt.Contains(tool.Name, StringComparison.OrdinalIgnoreCase)
        || tool.Name.Split('_', '-', '.')
            .Any(part =>
                part.Length >= NamePartMin
                && prompt.Contains(part, StringComparison.OrdinalIgnoreCase)
            );

    private static bool AsksForTool(string prompt) =>
        (
            prompt.Contains("tool", StringComparison.OrdinalIgnoreCase)
            || prompt.Contains("function", StringComparison.OrdinalIgnoreCase)
        ) && s_callSigns.Any(s => prompt.Contains(s, StringComparison.OrdinalIgnoreCase));

    private static string Arguments(Tool tool, SeededRandom random, Topics topics, int turn)
    {
        if (tool.Schema is not { ValueKind: JsonValueKind.Object } schema)
        {
            return "{}";
        }

        var made = new SchemaValues(random, topics, turn).Make(schema) as JsonObject;
        return (made ?? []).ToJsonString();
    }

    // Text that is no JSON can only be said where arguments are text.
    private static string BadArguments(SimulatedRequest request) =>
        request.Format is WireFormat.OpenAiChat or WireFormat.OpenAiResponses
        || (request.Format == WireFormat.AnthropicMessages && request.Conversation.Stream)
            ? "{\"unfinished\": \"Par"
            : "{\"unexpected_argument\":true}";

    private static string IdFor(WireFormat format, SeededRandom random) =>
        format switch
        {
            WireFormat.AnthropicMessages => "toolu_01" + random.Letters(22),
            _ => "call_" + random.Letters(24),
        };
}
