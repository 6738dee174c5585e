using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace Arda.Gateway.Tests.Pages.Docs;

/// <summary>
/// Judges bodies by the OpenAPI document. An object of which the document does not say that it has
/// further members has none here, so that a member which is answered but not described is found.
/// </summary>
internal sealed class ApiJudge
{
    private readonly JsonObject _document;
    private readonly JsonObject _definitions;

    public ApiJudge(JsonObject document)
    {
        _document = document;
        _definitions = (JsonObject)Closed(document["components"]!["schemas"]!);
    }

    public IReadOnlyList<string> AnswerMistakes(string method, string path, int status, string body)
    {
        var operation = _document["paths"]?[path]?[method.ToLowerInvariant()];
        var response = operation?["responses"]?[$"{status}"] ?? operation?["responses"]?["default"];
        if ((string?)response?["$ref"] is { } reference)
        {
            response = _document["components"]!["responses"]![reference.Split('/')[^1]];
        }

        return response is null
            ? [$"{method} {path} is not in the document"]
            : Mistakes(response, body, $"{method} {path} {status}");
    }

    public IReadOnlyList<string> RequestMistakes(string method, string path, string body) =>
        Mistakes(
            _document["paths"]![path]![method.ToLowerInvariant()]!["requestBody"]!,
            body,
            $"{method} {path}"
        );

    private IReadOnlyList<string> Mistakes(JsonNode content, string body, string name)
    {
        if (content["content"]?.AsObject().First().Value?["schema"] is not { } described)
        {
            return body.Length == 0 ? [] : [$"{name} describes no body"];
        }

        var schema = (JsonObject)Closed(described);
        schema["$defs"] = _definitions.DeepClone();
        using var json = JsonDocument.Parse(body);
        var results = JsonSchema
            .FromText(schema.ToJsonString())
            .Evaluate(json.RootElement, new EvaluationOptions { OutputFormat = OutputFormat.List });
        return results.IsValid
            ? []
            :
            [
                .. (results.Details ?? [])
                    .Where(one => one.Errors is { Count: > 0 })
                    .SelectMany(one =>
                        one.Errors!.Select(error =>
                            $"{name}: {one.InstanceLocation}: {error.Key}: {error.Value}"
                        )
                    ),
            ];
    }

    private static JsonNode Closed(JsonNode node)
    {
        switch (node)
        {
            case JsonObject item:
                JsonObject made = [];
                foreach (
                    var (name, value) in item.Where(one =>
                        !one.Key.StartsWith("x-", StringComparison.Ordinal)
                    )
                )
                {
                    made[name] =
                        name == "$ref"
                            ? ((string)value!).Replace(
                                "#/components/schemas/",
                                "#/$defs/",
                                StringComparison.Ordinal
                            )
                        : value is null ? null
                        : Closed(value);
                }

                if (made["properties"] is JsonObject && !made.ContainsKey("additionalProperties"))
                {
                    made["additionalProperties"] = false;
                }

                return made;
            case JsonArray list:
                return new JsonArray([.. list.Select(one => one is null ? null : Closed(one))]);
            default:
                return node.DeepClone();
        }
    }
}
