using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Arda.Gateway.Tests.House;

namespace Arda.Gateway.Tests.Payments;

/// <summary>
/// The payment provider's own API document, as a judge: of requests, which are closed (an unknown
/// parameter is a mistake), and of answers, which are open. It knows the keywords that the document
/// uses and no others.
/// </summary>
internal sealed partial class StripeDocument
{
    private static readonly Lazy<StripeDocument?> s_shared = new(Load);

    private readonly JsonObject _root;
    private readonly JsonObject _alwaysPresent;

    private StripeDocument(JsonObject root)
    {
        _root = root;
        _alwaysPresent = root["x-subset"]!["alwaysPresent"]!.AsObject();
    }

    /// <summary>Null where the shelf is not beside the checkout.</summary>
    public static StripeDocument? Shared => s_shared.Value;

    public static StripeDocument Needed()
    {
        if (Shared is null)
        {
            Assert.Skip("The payment provider's API document (../shared/stripe) is not here.");
        }

        return Shared!;
    }

    /// <summary>What is wrong with a request; empty for none.</summary>
    public List<string> RequestMistakes(string method, string path, string form)
    {
        if (OperationOf(method, path) is not { } operation)
        {
            return [$"{method} {path} is not in the document"];
        }

        List<string> mistakes = [];
        var tree = FormTree(form);
        if (method == "POST")
        {
            var schema = operation["requestBody"]
                ?["content"]
                ?["application/x-www-form-urlencoded"]
                ?["schema"];
            Check(tree, schema!, "body", "", isRequest: true, mistakes);
            return mistakes;
        }

        var parameters = operation["parameters"]?.AsArray() ?? [];
        foreach (var (name, value) in tree)
        {
            var known = parameters.FirstOrDefault(p =>
                p!["name"]!.GetValue<string>() == name && p["in"]!.GetValue<string>() == "query"
            );
            if (known is null)
            {
                mistakes.Add($"query {name} is unknown");
            }
            else
            {
                Check(value, known["schema"]!, "query." + name, "", isRequest: true, mistakes);
            }
        }

        return mistakes;
    }

    public List<string> AnswerMistakes(string method, string path, int status, string body)
    {
        List<string> mistakes = [];
        var responses = OperationOf(method, path)?["responses"];
        var response = status == 200 ? responses?["200"] : responses?["default"];
        var schema = response?["content"]?["application/json"]?["schema"];
        if (schema is null)
        {
            return [$"{method} {path} has no answer {status} in the document"];
        }

        Check(JsonNode.Parse(body), schema, "answer", "", isRequest: false, mistakes);
        return mistakes;
    }

    public List<string> EventMistakes(string body)
    {
        var node = JsonNode.Parse(body)!;
        var type = node["type"]!.GetValue<string>();
        List<string> mistakes = [];
        var listed = _root["x-subset"]!["eventTypes"]!.AsArray();
        if (!listed.Any(known => known!.GetValue<string>() == type))
        {
            mistakes.Add($"event {type} is unknown");
        }

        if (_root["x-stripeWebhookEvents"]![type] is JsonValue reference)
        {
            var schema = new JsonObject { ["$ref"] = reference.GetValue<string>() };
            Check(node, schema, type, "", isRequest: false, mistakes);
        }

        return mistakes;
    }

    private JsonNode? OperationOf(string method, string path)
    {
        var found = _root["paths"]!
            .AsObject()
            // A literal segment wins over a parameter.
            .OrderBy(entry => entry.Key.Count(c => c == '{'))
            .FirstOrDefault(entry =>
                Regex.IsMatch(
                    path,
                    "^" + PathParameter().Replace(entry.Key, "[^/]+") + "$",
                    RegexOptions.None,
                    TimeSpan.FromSeconds(1)
                )
            );
        return found.Value?[method.ToLowerInvariant()];
    }

    private void Check(
        JsonNode? value,
        JsonNode schema,
        string at,
        string pointer,
        bool isRequest,
        List<string> mistakes
    )
    {
        while (schema["$ref"]?.GetValue<string>() is { } reference)
        {
            pointer = reference[1..];
            schema = _root["components"]!["schemas"]![
                reference[(reference.LastIndexOf('/') + 1)..]
            ]!;
        }

        if (value is null)
        {
            if (schema["nullable"]?.GetValue<bool>() != true)
            {
                mistakes.Add($"{at} is null");
            }

            return;
        }

        if (schema["anyOf"] is JsonArray options)
        {
            CheckAny(value, options, at, pointer, isRequest, mistakes);
            return;
        }

        switch (schema["type"]?.GetValue<string>())
        {
            case "object":
                CheckObject(value, schema, at, pointer, isRequest, mistakes);
                break;
            case "array" when value is JsonArray items:
                for (var i = 0; i < items.Count; i++)
                {
                    var inside = pointer + "/items";
                    Check(items[i], schema["items"]!, $"{at}[{i}]", inside, isRequest, mistakes);
                }

                break;
            case { } type:
                CheckScalar(value, schema, type, at, isRequest, mistakes);
                break;
        }
    }

    private void CheckAny(
        JsonNode value,
        JsonArray options,
        string at,
        string pointer,
        bool isRequest,
        List<string> mistakes
    )
    {
        List<string>? fewest = null;
        for (var i = 0; i < options.Count; i++)
        {
            List<string> found = [];
            Check(value, options[i]!, at, $"{pointer}/anyOf/{i}", isRequest, found);
            if (found.Count == 0)
            {
                return;
            }

            fewest = fewest is null || found.Count < fewest.Count ? found : fewest;
        }

        mistakes.AddRange(fewest ?? []);
    }

    private void CheckObject(
        JsonNode value,
        JsonNode schema,
        string at,
        string pointer,
        bool isRequest,
        List<string> mistakes
    )
    {
        if (value is not JsonObject item)
        {
            mistakes.Add($"{at} is no object");
            return;
        }

        var properties = schema["properties"] as JsonObject ?? [];
        var additional = schema["additionalProperties"];
        foreach (var (name, inner) in item)
        {
            if (properties[name] is { } known)
            {
                var inside = $"{pointer}/properties/{name}";
                Check(inner, known, $"{at}.{name}", inside, isRequest, mistakes);
            }
            else if (additional is JsonObject any)
            {
                Check(inner, any, $"{at}.{name}", pointer, isRequest, mistakes);
            }
            else if (isRequest && properties.Count > 0)
            {
                mistakes.Add($"{at}.{name} is unknown");
            }
        }

        IEnumerable<JsonNode?> needed = schema["required"] as JsonArray ?? [];
        if (!isRequest && _alwaysPresent[pointer] is JsonArray always)
        {
            needed = needed.Concat(always);
        }

        mistakes.AddRange(
            needed
                .Select(name => name!.GetValue<string>())
                .Where(name => !item.ContainsKey(name))
                .Select(name => $"{at}.{name} is missing")
        );
    }

    private static void CheckScalar(
        JsonNode value,
        JsonNode schema,
        string type,
        string at,
        bool isRequest,
        List<string> mistakes
    )
    {
        var text = value is JsonValue scalar && scalar.TryGetValue<string>(out var s) ? s : null;
        var kind = value.GetValueKind();
        var isRight = (type, isRequest) switch
        {
            ("integer", true) => text is not null && Integer().IsMatch(text),
            ("number", true) => decimal.TryParse(text, CultureInfo.InvariantCulture, out _),
            ("boolean", true) => text is "true" or "false",
            ("string", _) => text is not null,
            ("integer", false) => kind is JsonValueKind.Number
                && Integer().IsMatch(value.ToJsonString()),
            ("number", false) => kind is JsonValueKind.Number,
            ("boolean", false) => kind is JsonValueKind.True or JsonValueKind.False,
            _ => false,
        };
        if (!isRight)
        {
            mistakes.Add($"{at} is no {type}: {value.ToJsonString()}");
            return;
        }

        if (schema["enum"] is JsonArray names && names.All(n => n!.GetValue<string>() != text))
        {
            mistakes.Add($"{at} is none of its values: {text}");
        }

        if (schema["maxLength"] is { } max && text?.Length > max.GetValue<int>())
        {
            mistakes.Add($"{at} is too long");
        }
    }

    /// <summary>"a[b][0][c]=v" as a tree; keys that are all numbers are an array.</summary>
    private static JsonObject FormTree(string form)
    {
        JsonObject root = [];
        foreach (var pair in form.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            var keys = Segment().Matches(Uri.UnescapeDataString(parts[0])).Select(m => m.Value);
            var path = keys.Select(key => key.Trim('[', ']')).ToArray();
            var at = root;
            foreach (var key in path[..^1])
            {
                at[key] ??= new JsonObject();
                at = at[key]!.AsObject();
            }

            at[path[^1]] = Uri.UnescapeDataString(parts[1]);
        }

        return (JsonObject)WithArrays(root);
    }

    private static JsonNode WithArrays(JsonNode node)
    {
        if (node is not JsonObject item)
        {
            return node.DeepClone();
        }

        if (item.Count > 0 && item.All(entry => Integer().IsMatch(entry.Key)))
        {
            return new JsonArray([.. item.Select(entry => WithArrays(entry.Value!))]);
        }

        JsonObject made = [];
        foreach (var (name, value) in item)
        {
            made[name] = WithArrays(value!);
        }

        return made;
    }

    private static StripeDocument? Load()
    {
        var file = Checkout.Shared is { } shared
            ? Path.Combine(shared, "stripe", "openapi.subset.json")
            : null;
        return File.Exists(file)
            ? new StripeDocument(JsonNode.Parse(File.ReadAllText(file))!.AsObject())
            : null;
    }

    [GeneratedRegex(@"\{[^}]+\}", RegexOptions.None, 1000)]
    private static partial Regex PathParameter();

    [GeneratedRegex(@"^-?\d+$", RegexOptions.None, 1000)]
    private static partial Regex Integer();

    [GeneratedRegex(@"^[^\[]+|\[[^\]]*\]", RegexOptions.None, 1000)]
    private static partial Regex Segment();
}
