using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Arda.Gateway.Pages.Docs.Api;

/// <summary>The reference of the HTTP API, written from the OpenAPI document.</summary>
internal static class ApiReference
{
    private const int DepthMax = 4;

    public static string Of(JsonObject document)
    {
        var text = new StringBuilder("\n\n");
        foreach (var tag in document["tags"]!.AsArray())
        {
            var name = (string)tag!["name"]!;
            text.Append(CultureInfo.InvariantCulture, $"## {name}\n\n{tag["description"]}\n\n");
            foreach (var (path, methods) in document["paths"]!.AsObject())
            {
                foreach (var (method, operation) in methods!.AsObject())
                {
                    if ((string?)operation!["tags"]?[0] == name)
                    {
                        Append(text, document, $"{method.ToUpperInvariant()} {path}", operation);
                    }
                }
            }
        }

        return text.ToString();
    }

    private static void Append(
        StringBuilder text,
        JsonObject document,
        string title,
        JsonNode operation
    )
    {
        text.Append(CultureInfo.InvariantCulture, $"### `{title}`\n\n{operation["summary"]}\n\n");
        if (operation["description"] is { } more)
        {
            text.Append(CultureInfo.InvariantCulture, $"{more}\n\n");
        }

        if ((string?)operation["x-scope"] is { } scope)
        {
            text.Append(CultureInfo.InvariantCulture, $"Scope: `{scope}`.\n\n");
        }

        AppendParameters(text, operation);
        if (operation["requestBody"]?["content"]?.AsObject().First() is { Value: { } body } asked)
        {
            text.Append(CultureInfo.InvariantCulture, $"**Request** (`{asked.Key}`)\n\n");
            AppendMembers(text, document, body["schema"]!);
        }

        foreach (var (status, response) in operation["responses"]!.AsObject())
        {
            if (status != "default")
            {
                AppendAnswer(text, document, status, response!);
            }
        }
    }

    private static void AppendAnswer(
        StringBuilder text,
        JsonObject document,
        string status,
        JsonNode response
    )
    {
        text.Append(
            CultureInfo.InvariantCulture,
            $"**Answer {status}**{Told((string?)response["description"])}\n\n"
        );
        if (response["content"]?.AsObject().First().Value?["schema"] is { } schema)
        {
            AppendMembers(text, document, schema);
        }
    }

    private static string Told(string? description) =>
        description is null or "What was asked for." ? "" : $": {description}";

    private static void AppendParameters(StringBuilder text, JsonNode operation)
    {
        if (operation["parameters"]?.AsArray() is not { Count: > 0 } parameters)
        {
            return;
        }

        text.Append("| parameter | in | meaning |\n|---|---|---|\n");
        foreach (var parameter in parameters)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| `{parameter!["name"]}` | {parameter["in"]} | {Words(parameter)} |\n"
            );
        }

        text.Append('\n');
    }

    private static void AppendMembers(StringBuilder text, JsonObject document, JsonNode schema)
    {
        List<(string Name, string Type, string Words)> rows = [];
        Collect(document, schema, "", 0, rows);
        if (rows.Count == 0)
        {
            return;
        }

        text.Append("| member | type | meaning |\n|---|---|---|\n");
        foreach (var (name, type, words) in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"| `{name}` | {type} | {words} |\n");
        }

        text.Append('\n');
    }

    private static void Collect(
        JsonObject document,
        JsonNode schema,
        string prefix,
        int depth,
        List<(string Name, string Type, string Words)> rows
    )
    {
        var known = Followed(document, schema);
        if (depth > DepthMax || known["properties"] is not JsonObject members)
        {
            return;
        }

        foreach (var (name, member) in members)
        {
            var inner = Followed(document, member!);
            var item = inner["items"] is { } items ? Followed(document, items) : null;
            var at = prefix + name + (item is null ? "" : "[]");
            var words = member!["description"] ?? inner["description"];
            rows.Add((at, TypeOf(inner, item), Escaped(Words((string?)words, inner))));
            // What another row or page explains in full is not repeated.
            if (inner["x-elsewhere"] is null)
            {
                Collect(document, item ?? inner, at + ".", depth + 1, rows);
            }
        }
    }

    private static JsonNode Followed(JsonObject document, JsonNode schema)
    {
        if ((string?)schema["$ref"] is { } reference)
        {
            var name = reference[(reference.LastIndexOf('/') + 1)..];
            return document["components"]!["schemas"]![name]!;
        }

        // "That, or null" is described by that.
        return schema["anyOf"] is JsonArray options
            ? Followed(document, options.First(one => (string?)one!["type"] != "null")!)
            : schema;
    }

    private static string TypeOf(JsonNode schema, JsonNode? item)
    {
        var type = schema["type"] switch
        {
            JsonArray several => string.Join(" or ", several.Select(one => (string?)one)),
            { } single => (string)single!,
            null => "any",
        };
        return item is null ? type : $"{type} of {TypeOf(item, null)}";
    }

    private static string Words(string? described, JsonNode schema) =>
        schema["enum"] is JsonArray { Count: > 1 } values
            ? $"{described} One of {string.Join(", ", values.Select(one => $"`{one}`"))}.".Trim()
            : described ?? "";

    private static string Words(JsonNode parameter)
    {
        var words = (string?)parameter["description"] ?? "";
        return Escaped(
            parameter["schema"]?["default"] is { } usual ? $"{words} Default: {usual}." : words
        );
    }

    private static string Escaped(string text) =>
        text.Replace("|", "\\|", StringComparison.Ordinal);
}
