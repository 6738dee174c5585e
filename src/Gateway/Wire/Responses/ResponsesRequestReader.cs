using System.Text.Json;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Responses;

/// <summary>Reads a Responses request.</summary>
internal static class ResponsesRequestReader
{
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "model",
        "input",
        "instructions",
        "stream",
        "stream_options",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "max_output_tokens",
        "temperature",
        "top_p",
        "top_logprobs",
        "text",
        "reasoning",
        "include",
        "user",
        "safety_identifier",
        "service_tier",
        "metadata",
        "prompt_cache_key",
        "routing",
        "previous_response_id",
        "conversation",
        "prompt",
    };

    private const string LogprobsInclude = "message.output_text.logprobs";

    public static Outcome<Conversation> Read(ReadOnlyMemory<byte> body)
    {
        var problems = new RequestProblems();
        if (problems.Parse(body.Span) is not { } request)
        {
            return problems.First!;
        }
        ResponsesState.Check(request);
        var dropped = request.Unknown(Known).Where(name => IsMeant(request, name)).ToList();
        var include = request.Texts("include");
        dropped.AddRange(include.Where(IsLost).Select(_ => "include").Distinct());
        var conversation = ReadSampling(request) with
        {
            Turns = new ResponsesTurnsReader(dropped).Read(request),
            Tools = ReadTools(request),
            ToolChoice = ReadChoice(request),
            Logprobs = include.Contains(LogprobsInclude, StringComparer.Ordinal),
            Format = ReadFormat(request),
            Reasoning = ReadReasoning(request),
            UnknownFields = dropped,
        };
        return problems.First is { } problem ? problem : conversation;
    }

    private static Conversation ReadSampling(RequestInput request) =>
        new()
        {
            Model = request.RequiredText("model"),
            Turns = [],
            Stream = request.Flag("stream") ?? false,
            ParallelToolCalls = request.Flag("parallel_tool_calls"),
            MaxOutputTokens = request.Whole("max_output_tokens", 1, long.MaxValue),
            Temperature = request.Number("temperature", 0, 2),
            TopP = request.Number("top_p", 0, 1),
            TopLogprobs = (int?)request.Whole("top_logprobs", 0, 20),
            EndUser = request.Text("user") ?? request.Text("safety_identifier"),
            ServiceTier = request.Text("service_tier"),
            Metadata = RequestParts.Kept(request, "metadata"),
            PromptCacheKey = request.Text("prompt_cache_key"),
            Verbosity = request.Object("text")?.Text("verbosity"),
        };

    // What is set to what happens anyway is not lost.
    private static bool IsMeant(RequestInput request, string name) =>
        name switch
        {
            "store" => request.Flag(name) == true,
            "background" => request.Flag(name) == true,
            "truncation" => request.Text(name) != "disabled",
            _ => true,
        };

    private static bool IsLost(string include) =>
        include is not ("reasoning.encrypted_content" or LogprobsInclude);

    private static List<Tool> ReadTools(RequestInput request)
    {
        var tools = new List<Tool>();
        foreach (var tool in request.Objects("tools"))
        {
            var type = tool.RequiredText("type");
            tools.Add(
                type == "function"
                    ? new Tool(
                        tool.RequiredText("name"),
                        tool.Text("description"),
                        RequestParts.Kept(tool, "parameters"),
                        tool.Flag("strict")
                    )
                    : new Tool(type, null, null, null)
                    {
                        ServerTool = new VendorBag(
                            Vendor.OpenAi,
                            RequestParts.Kept(tool) ?? default
                        ),
                    }
            );
        }
        return tools;
    }

    private static ToolChoice? ReadChoice(RequestInput request)
    {
        if (request.Raw("tool_choice") is not { } choice)
        {
            return null;
        }
        if (choice.ValueKind == JsonValueKind.String)
        {
            switch (request.Text("tool_choice"))
            {
                case "auto":
                    return new ToolChoice(ToolChoiceMode.Auto);
                case "none":
                    return new ToolChoice(ToolChoiceMode.None);
                case "required":
                    return new ToolChoice(ToolChoiceMode.Any);
                default:
                    request.Reject("tool_choice", "'auto', 'none', 'required' or a function");
                    return null;
            }
        }
        if (request.Object("tool_choice") is not { } named)
        {
            return null;
        }
        switch (named.RequiredText("type"))
        {
            case "function":
                return new ToolChoice(ToolChoiceMode.Named, named.RequiredText("name"));
            case "allowed_tools" or "custom" or "mcp":
                request.Problems.Unsupported(
                    "tool_choice",
                    "This tool choice cannot be translated for this model: name one function."
                );
                return null;
            case var hosted:
                return new ToolChoice(ToolChoiceMode.Named, hosted);
        }
    }

    private static OutputFormat? ReadFormat(RequestInput request)
    {
        if (request.Object("text")?.Object("format") is not { } format)
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
                return new OutputFormat
                {
                    Json = true,
                    Name = format.RequiredText("name"),
                    Description = format.Text("description"),
                    Schema = RequestParts.Kept(format, "schema"),
                    Strict = format.Flag("strict"),
                };
            default:
                format.Reject("type", "'text', 'json_object' or 'json_schema'");
                return null;
        }
    }

    private static ReasoningWish? ReadReasoning(RequestInput request) =>
        request.Object("reasoning") is { } wish
            ? new ReasoningWish
            {
                Effort = wish.Text("effort"),
                Disabled = wish.Text("effort") == "none",
                Summary = wish.Text("summary") ?? wish.Text("generate_summary"),
            }
            : null;
}
