using System.Text.Json;

namespace Arda.Gateway.Wire.Gemini;

/// <summary>Tools of a request: functions in bundles, and Google's own beside them.</summary>
internal sealed class GeminiRequestTools(List<string> unknown)
{
    public static IReadOnlyList<Tool> Read(RequestInput root)
    {
        var tools = new List<Tool>();
        foreach (var bundle in root.Objects("tools"))
        {
            var functions = GeminiNames.In(bundle, "functionDeclarations");
            tools.AddRange(bundle.Objects(functions).Select(ReadFunction));
            foreach (
                var own in JsonOutput.Rest(bundle.Json, functions)?.EnumerateObject() ?? default
            )
            {
                tools.Add(ServerTool(own));
            }
        }
        return tools;
    }

    public ToolChoice? ReadChoice(RequestInput? toolConfig)
    {
        var calling = toolConfig is { } found
            ? found.Object(GeminiNames.In(found, "functionCallingConfig"))
            : null;
        if (calling is not { } config)
        {
            return null;
        }
        var names = config.Texts(GeminiNames.In(config, "allowedFunctionNames"));
        switch (config.Text("mode")?.ToUpperInvariant())
        {
            case null or "AUTO" or "VALIDATED" or "MODE_UNSPECIFIED":
                return new ToolChoice(ToolChoiceMode.Auto);
            case "NONE":
                return new ToolChoice(ToolChoiceMode.None);
            case "ANY" when names.Count == 1:
                return new ToolChoice(ToolChoiceMode.Named, names[0]);
            case "ANY":
                if (names.Count > 1)
                {
                    unknown.Add("allowedFunctionNames");
                }
                return new ToolChoice(ToolChoiceMode.Any);
            default:
                config.Reject("mode", "'AUTO', 'ANY' or 'NONE'");
                return null;
        }
    }

    private static Tool ReadFunction(RequestInput function)
    {
        var schema = function.Object(GeminiNames.In(function, "parametersJsonSchema"))?.Json;
        if (schema is null && function.Object("parameters") is { } older)
        {
            schema = GeminiSchema.ToJsonSchema(older.Json);
        }
        return new Tool(
            function.RequiredText("name"),
            function.Text("description"),
            schema,
            Strict: null
        );
    }

    private static Tool ServerTool(JsonProperty own) =>
        new(own.Name, null, null, null)
        {
            ServerTool = new VendorBag(
                Vendor.Google,
                WireJson.Build(writer =>
                {
                    writer.WriteStartObject();
                    writer.WritePropertyName(own.Name);
                    writer.WriteRaw(own.Value);
                    writer.WriteEndObject();
                })
            ),
        };
}
