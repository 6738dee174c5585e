using System.Text.Json;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Chat;

/// <summary>Reads the tools of a request and how they may be chosen.</summary>
internal static class ChatToolReader
{
    public static IReadOnlyList<Tool> ReadTools(RequestInput request)
    {
        var tools = new List<Tool>();
        foreach (var tool in request.Objects("tools"))
        {
            var type = tool.Text("type") ?? "function";
            if (type != "function")
            {
                request.Problems.Unsupported(
                    tool.PathOf("type"),
                    $"Tools of type '{type}' cannot be translated for this model: use a function."
                );
                continue;
            }
            if (tool.Object("function") is not { } function)
            {
                tool.RequiredText("function");
                continue;
            }
            tools.Add(
                new Tool(
                    function.RequiredText("name"),
                    function.Text("description"),
                    RequestParts.Kept(function, "parameters"),
                    function.Flag("strict")
                )
                {
                    Cache = RequestParts.CacheOf(tool) ?? RequestParts.CacheOf(function),
                }
            );
        }
        return tools;
    }

    public static ToolChoice? ReadChoice(RequestInput request)
    {
        if (request.Raw("tool_choice") is not { } choice)
        {
            return null;
        }
        if (choice.ValueKind == JsonValueKind.String)
        {
            var mode = Mode(request.Text("tool_choice"));
            if (mode is null)
            {
                request.Reject("tool_choice", "'auto', 'none', 'required' or a function");
            }
            return mode is { } known ? new ToolChoice(known) : null;
        }
        if (request.Object("tool_choice") is not { } named)
        {
            return null;
        }
        var type = named.Text("type") ?? "function";
        if (type == "function" && named.Object("function") is { } function)
        {
            return new ToolChoice(ToolChoiceMode.Named, function.RequiredText("name"));
        }
        if (type == "function")
        {
            named.RequiredText("function");
        }
        else
        {
            request.Problems.Unsupported(
                "tool_choice",
                $"A tool choice of type '{type}' cannot be translated for this model."
            );
        }
        return null;
    }

    private static ToolChoiceMode? Mode(string? word) =>
        word switch
        {
            "auto" => ToolChoiceMode.Auto,
            "none" => ToolChoiceMode.None,
            "required" or "any" => ToolChoiceMode.Any, // "any": Mistral
            _ => null,
        };
}
