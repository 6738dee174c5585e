using System.Collections.Frozen;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire.Messages;

/// <summary>Reads a Messages request strictly: what is wrong is named with its JSON path.</summary>
internal sealed class MessagesRequestReader
{
    private static readonly FrozenSet<string> Known = new[]
    {
        "model",
        "messages",
        "max_tokens",
        "system",
        "stream",
        "temperature",
        "top_p",
        "top_k",
        "stop_sequences",
        "tools",
        "tool_choice",
        "thinking",
        "output_config",
        "output_format",
        "metadata",
        "service_tier",
        "routing",
    }.ToFrozenSet();

    private readonly List<string> _unknown = [];

    public static Outcome<Conversation> Read(ReadOnlyMemory<byte> body)
    {
        var problems = new RequestProblems();
        if (problems.Parse(body.Span) is not { } root)
        {
            return problems.First!;
        }
        var conversation = new MessagesRequestReader().Read(root);
        return problems.First is { } denial ? denial : conversation;
    }

    private Conversation Read(RequestInput root)
    {
        _unknown.AddRange(root.Unknown(Known));
        var turns = new List<Turn>();
        var blocks = new MessagesRequestBlocks(_unknown);
        if (root.Has("system"))
        {
            turns.Add(new Turn(Role.System, blocks.Content(root, "system")));
        }
        if (root.Objects("messages") is { Count: > 0 } messages)
        {
            turns.AddRange(messages.Select(message => ReadTurn(message, blocks)));
        }
        else
        {
            root.Reject("messages", "an array with at least one message");
        }
        var (choice, parallel) = ReadToolChoice(root.Object("tool_choice"));
        return new Conversation
        {
            Model = root.RequiredText("model"),
            Stream = root.Flag("stream") ?? false,
            IncludeUsage = true,
            Turns = turns,
            Tools = [.. root.Objects("tools").Select(ReadTool)],
            ToolChoice = choice,
            ParallelToolCalls = parallel,
            MaxOutputTokens = root.Whole("max_tokens", 1, int.MaxValue),
            Temperature = root.Number("temperature", 0, 1),
            TopP = root.Number("top_p", 0, 1),
            TopK = (int?)root.Whole("top_k", 0, int.MaxValue),
            Stop = root.Texts("stop_sequences"),
            Format = ReadFormat(root),
            Reasoning = ReadReasoning(root),
            EndUser = root.Object("metadata")?.Text("user_id"),
            ServiceTier = root.Text("service_tier") switch
            {
                // OpenAI's word for the same: no paid priority.
                "standard_only" => "default",
                var other => other,
            },
            UnknownFields = _unknown,
        };
    }

    private static Turn ReadTurn(RequestInput message, MessagesRequestBlocks blocks)
    {
        var role = message.RequiredText("role") switch
        {
            "user" => Role.User,
            "assistant" => Role.Assistant,
            "system" => Role.System,
            "" => Role.User,
            _ => Rejected(message),
        };
        if (!message.Has("content"))
        {
            message.Reject("content", "a string or an array of blocks");
        }
        return new Turn(role, blocks.Content(message, "content"));
    }

    private static Role Rejected(RequestInput message)
    {
        message.Reject("role", "'user' or 'assistant'");
        return Role.User;
    }

    private Tool ReadTool(RequestInput tool)
    {
        var name = tool.RequiredText("name");
        if (tool.Text("type") is { } type && type != "custom")
        {
            return new Tool(name, null, null, null)
            {
                ServerTool = new VendorBag(Vendor.Anthropic, tool.Json),
            };
        }
        foreach (var field in tool.Unknown(KnownOfTool))
        {
            _unknown.Add($"tools.{field}");
        }
        return new Tool(
            name,
            tool.Text("description"),
            tool.Object("input_schema")?.Json,
            tool.Flag("strict")
        )
        {
            Cache = MessagesRequestBlocks.Cache(tool),
        };
    }

    private static readonly FrozenSet<string> KnownOfTool = new[]
    {
        "type",
        "name",
        "description",
        "input_schema",
        "strict",
        "cache_control",
    }.ToFrozenSet();

    private static (ToolChoice? Choice, bool? Parallel) ReadToolChoice(RequestInput? from)
    {
        if (from is not { } choice)
        {
            return (null, null);
        }
        bool? parallel = choice.Flag("disable_parallel_tool_use") switch
        {
            true => false,
            _ => null,
        };
        switch (choice.RequiredText("type"))
        {
            case "auto":
                return (new ToolChoice(ToolChoiceMode.Auto), parallel);
            case "any":
                return (new ToolChoice(ToolChoiceMode.Any), parallel);
            case "none":
                return (new ToolChoice(ToolChoiceMode.None), parallel);
            case "tool":
                var name = choice.RequiredText("name");
                return (new ToolChoice(ToolChoiceMode.Named, name), parallel);
            default:
                choice.Reject("type", "'auto', 'any', 'tool' or 'none'");
                return (null, parallel);
        }
    }

    // output_format is the beta's name; today it is output_config.format.
    private static OutputFormat? ReadFormat(RequestInput root)
    {
        var format = root.Object("output_config")?.Object("format") ?? root.Object("output_format");
        if (format is not { } found)
        {
            return null;
        }
        if (found.RequiredText("type") != "json_schema")
        {
            found.Reject("type", "'json_schema'");
        }
        if (found.Object("schema") is not { } schema)
        {
            found.Reject("schema", "a JSON Schema object");
            return null;
        }
        return new OutputFormat
        {
            Json = true,
            Schema = schema.Json,
            Strict = true,
        };
    }

    private ReasoningWish? ReadReasoning(RequestInput root)
    {
        var config = root.Object("output_config");
        foreach (var field in config?.Unknown(KnownOfConfig) ?? [])
        {
            _unknown.Add($"output_config.{field}");
        }
        var effort = config?.Text("effort");
        if (root.Object("thinking") is not { } thinking)
        {
            return effort is null ? null : new ReasoningWish { Effort = effort };
        }
        var wish = new ReasoningWish
        {
            Effort = effort,
            Summary = thinking.Text("display") switch
            {
                "summarized" => "auto",
                "omitted" => Omitted(),
                _ => null,
            },
        };
        switch (thinking.RequiredText("type"))
        {
            case "enabled":
                if (!thinking.Has("budget_tokens"))
                {
                    thinking.Reject("budget_tokens", "a whole number of at least 1024");
                }
                var budget = thinking.Whole("budget_tokens", 1, int.MaxValue);
                return wish with { BudgetTokens = budget };
            case "adaptive":
                return wish with { Adaptive = true };
            case "disabled":
                return wish with { Disabled = true };
            case "between_tools":
                _unknown.Add("thinking.type");
                return wish with { Adaptive = true };
            default:
                thinking.Reject("type", "'enabled', 'adaptive' or 'disabled'");
                return wish;
        }
    }

    // No other format can think without showing it on wish.
    private string? Omitted()
    {
        _unknown.Add("thinking.display");
        return null;
    }

    private static readonly FrozenSet<string> KnownOfConfig = new[]
    {
        "effort",
        "format",
    }.ToFrozenSet();
}
