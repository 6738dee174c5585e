using System.Text.Json.Nodes;
using Arda.Gateway.Tests.Wire.Messages;

namespace Arda.Gateway.Tests.Wire.Gemini;

/// <summary>Requests in one spelling: camelCase, JSON Schema instead of OpenAPI, no role on the system
/// instruction, no list of the one modality there is.</summary>
internal static class GeminiNormal
{
    // What is below these is the caller's own and keeps its names.
    private static readonly string[] Foreign =
    [
        "args",
        "response",
        "parametersJsonSchema",
        "responseJsonSchema",
    ];

    /// <param name="request">The request.</param>
    /// <param name="dropped">Names that the codec said it left out.</param>
    /// <param name="ownIds">False where the calls of the original had no ids.</param>
    public static string Form(JsonObject request, IReadOnlyList<string> dropped, bool ownIds)
    {
        var normal = Camel(MessagesNormal.WithoutNulls(request))!.AsObject();
        foreach (var name in dropped)
        {
            Assert.True(normal.Remove(name), name);
        }
        normal["systemInstruction"]?.AsObject().Remove("role");
        if (normal["generationConfig"] is JsonObject config)
        {
            MessagesNormal.RemoveIf(config, "responseModalities", "[\"TEXT\"]");
        }
        foreach (var content in normal["contents"]!.AsArray())
        {
            foreach (var part in content!["parts"]!.AsArray())
            {
                if (!ownIds)
                {
                    part!["functionCall"]?.AsObject().Remove("id");
                    part["functionResponse"]?.AsObject().Remove("id");
                }
            }
        }
        foreach (var bundle in normal["tools"]?.AsArray() ?? [])
        {
            foreach (var function in bundle!["functionDeclarations"]!.AsArray())
            {
                if (function!["parameters"] is { } older)
                {
                    function.AsObject().Remove("parameters");
                    function["parametersJsonSchema"] = Lower(older);
                }
            }
        }
        return MessagesNormal.Sorted(normal)!.ToJsonString();
    }

    private static JsonNode? Camel(JsonNode? node) =>
        node switch
        {
            JsonObject from => new JsonObject(
                from.Select(m => (Name: Camel(m.Key), m.Value))
                    .Select(m =>
                        KeyValuePair.Create(
                            m.Name,
                            Foreign.Contains(m.Name) ? m.Value?.DeepClone() : Camel(m.Value)
                        )
                    )
            ),
            JsonArray from => new JsonArray([.. from.Select(Camel)]),
            _ => node?.DeepClone(),
        };

    private static string Camel(string snake)
    {
        var words = snake.Split('_');
        return words[0]
            + string.Concat(words.Skip(1).Select(w => char.ToUpperInvariant(w[0]) + w[1..]));
    }

    private static JsonNode? Lower(JsonNode? schema) =>
        schema switch
        {
            JsonObject from => new JsonObject(
                from.Select(m =>
                    KeyValuePair.Create(
                        m.Key,
                        m.Key == "type" && m.Value is JsonValue type
                            ? type.GetValue<string>().ToLowerInvariant()
                            : Lower(m.Value)
                    )
                )
            ),
            _ => schema?.DeepClone(),
        };
}
