using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Arda.Gateway.Providers.Simulated;

/// <summary>
/// Makes a value that satisfies a JSON Schema: required members, enums, bounds, formats, nesting,
/// references, alternatives. Values come from the prompt where a text may be anything.
/// </summary>
internal sealed class SchemaValues(SeededRandom random, Topics topics, int turn = 0)
{
    private const int DepthMax = 12;
    private const int OptionalDepthMax = 2;
    private const int NestingMax = 64;
    private const int ValuesMax = 10_000;

    private int _made;

    /// <exception cref="FormatException">The schema is none.</exception>
    public JsonNode? Make(JsonElement schema)
    {
        try
        {
            return Make(schema, schema, "", 0);
        }
        catch (Exception wrong)
            when (wrong is InvalidOperationException or OverflowException or ArgumentException)
        {
            throw new FormatException(
                "A keyword of the schema has a value that it cannot have.",
                wrong
            );
        }
    }

    private JsonNode? Make(JsonElement schema, JsonElement root, string name, int depth)
    {
        // A schema that requires itself has no value, and one of millions of entries no reader.
        if (depth > NestingMax || ++_made > ValuesMax)
        {
            throw new FormatException(
                $"It asks for more than {ValuesMax} values, or nests deeper than {NestingMax}."
            );
        }

        schema = Resolve(schema, root);
        if (schema.ValueKind != JsonValueKind.Object)
        {
            return JsonValue.Create(Text(name, default)); // "true": anything will do.
        }

        if (schema.TryGetProperty("const", out var constant))
        {
            return JsonNode.Parse(constant.GetRawText());
        }

        if (schema.TryGetProperty("enum", out var choices) && choices.GetArrayLength() > 0)
        {
            return JsonNode.Parse(choices[random.Below(choices.GetArrayLength())].GetRawText());
        }

        foreach (var alternatives in (string[])["anyOf", "oneOf"])
        {
            if (schema.TryGetProperty(alternatives, out var any) && any.GetArrayLength() > 0)
            {
                return Make(Choose(any, root, depth), root, name, depth + 1);
            }
        }

        return TypeOf(schema, depth) switch
        {
            "object" => Object(schema, root, depth),
            "array" => Array(schema, root, name, depth),
            "integer" => JsonValue.Create((long)Number(schema, isWhole: true)),
            "number" => JsonValue.Create(Number(schema, isWhole: false)),
            "boolean" => JsonValue.Create(random.Below(2) == 0),
            "null" => null,
            _ => JsonValue.Create(Bounded(Text(name, schema), schema)),
        };
    }

    private static JsonElement Resolve(JsonElement schema, JsonElement root)
    {
        for (var hops = 0; hops < DepthMax; hops++)
        {
            if (
                schema.ValueKind != JsonValueKind.Object
                || !schema.TryGetProperty("$ref", out var reference)
                || reference.GetString() is not ['#', .. var path]
            )
            {
                return schema;
            }

            schema = root;
            foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                var key = part.Replace("~1", "/", StringComparison.Ordinal)
                    .Replace("~0", "~", StringComparison.Ordinal);
                if (
                    schema.ValueKind != JsonValueKind.Object
                    || !schema.TryGetProperty(key, out schema)
                )
                {
                    return default;
                }
            }
        }

        return schema;
    }

    // Deep inside, the way out of a recursive schema is the alternative that does not nest.
    private JsonElement Choose(JsonElement any, JsonElement root, int depth)
    {
        var all = any.EnumerateArray().ToList();
        var plain = all.Where(a => TypeOf(Resolve(a, root), depth) is not ("object" or "array"))
            .ToList();
        var real = all.Where(a => TypeOf(Resolve(a, root), depth) != "null").ToList();
        return depth > DepthMax && plain.Count > 0 ? plain[^1]
            : real.Count > 0 ? random.Pick(real)
            : all[0];
    }

    private static string? TypeOf(JsonElement schema, int depth)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (schema.TryGetProperty("type", out var type))
        {
            if (type.ValueKind == JsonValueKind.String)
            {
                // Gemini's schemas write types in capitals.
                return type.GetString()!.ToLowerInvariant();
            }

            if (type.ValueKind == JsonValueKind.Array)
            {
                var names = type.EnumerateArray().Select(t => t.GetString()).ToList();
                return depth > DepthMax && names.Contains("null")
                    ? "null"
                    : names.FirstOrDefault(n => n != "null") ?? "null";
            }
        }

        return schema.TryGetProperty("properties", out _) || schema.TryGetProperty("allOf", out _)
                ? "object"
            : schema.TryGetProperty("items", out _) ? "array"
            : null;
    }

    private JsonObject Object(JsonElement schema, JsonElement root, int depth)
    {
        var made = new JsonObject();
        if (schema.TryGetProperty("allOf", out var parts))
        {
            foreach (var part in parts.EnumerateArray())
            {
                Fill(made, Resolve(part, root), root, depth);
            }
        }

        Fill(made, schema, root, depth);
        return made;
    }

    private void Fill(JsonObject made, JsonElement schema, JsonElement root, int depth)
    {
        if (!schema.TryGetProperty("properties", out var properties))
        {
            return;
        }

        var required = schema.TryGetProperty("required", out var names)
            ? names.EnumerateArray().Select(n => n.GetString()).ToHashSet()
            : [];
        foreach (var property in properties.EnumerateObject())
        {
            var wanted =
                required.Contains(property.Name)
                || (depth < OptionalDepthMax && random.Below(2) == 0);
            if (wanted && !made.ContainsKey(property.Name))
            {
                made[property.Name] = Make(property.Value, root, property.Name, depth + 1);
            }
        }
    }

    private JsonArray Array(JsonElement schema, JsonElement root, string name, int depth)
    {
        var made = new JsonArray();
        if (schema.TryGetProperty("prefixItems", out var first))
        {
            foreach (var item in first.EnumerateArray())
            {
                made.Add(Make(item, root, name, depth + 1));
            }
        }

        var min = Whole(schema, "minItems") ?? 0;
        var max = Whole(schema, "maxItems") ?? long.MaxValue;
        var wanted = Math.Min(Math.Max(min, depth > DepthMax ? 0 : 1 + random.Below(3)), max);
        if (
            !schema.TryGetProperty("items", out var items)
            || items.ValueKind == JsonValueKind.False
        )
        {
            return made;
        }

        // Entries that have to differ may run out; then the array stays as long as it can be.
        var isSet =
            schema.TryGetProperty("uniqueItems", out var unique)
            && unique.ValueKind == JsonValueKind.True;
        for (var tries = 0; made.Count < wanted && tries < wanted * 8; tries++)
        {
            var item = Make(items, root, name, depth + 1);
            if (!isSet || !made.Any(m => JsonNode.DeepEquals(m, item)))
            {
                made.Add(item);
            }
        }

        return made;
    }

    private double Number(JsonElement schema, bool isWhole)
    {
        var step = Real(schema, "multipleOf") ?? (isWhole ? 1 : 0.5);
        var low = Real(schema, "minimum");
        var high = Real(schema, "maximum");
        low = Real(schema, "exclusiveMinimum") is { } above
            ? Math.Max(low ?? above, above + step)
            : low;
        high = Real(schema, "exclusiveMaximum") is { } under
            ? Math.Min(high ?? under, under - step)
            : high;
        var from = low ?? (high is { } h ? Math.Min(1, h) : 1);
        var first = Math.Ceiling(from / step) * step;
        var to = high ?? first + (20 * step);
        var steps = (int)Math.Clamp(Math.Floor((to - first) / step), 0, 1_000);
        // Bounds without a multiple between them cannot be met; the lower one is as good as any.
        var number = first > to ? from : first + (random.Below(steps + 1) * step);
        return isWhole ? Math.Round(number) : Math.Round(number, 6);
    }

    private string Text(string name, JsonElement schema)
    {
        if (schema.ValueKind == JsonValueKind.Object)
        {
            if (
                schema.TryGetProperty("format", out var format)
                && OfFormat(format.GetString()) is { } made
            )
            {
                return made;
            }

            if (
                schema.TryGetProperty("pattern", out var pattern)
                && pattern.GetString() is { } shape
            )
            {
                return PatternText.Make(shape, random);
            }
        }

        return ByName(name)
            ?? (
                topics.Values.Count > 0 ? topics.Values[turn % topics.Values.Count]
                : topics.Words.Count > 0 ? string.Join(' ', topics.Words.Take(3))
                : "example"
            );
    }

    private string? OfFormat(string? format) =>
        format switch
        {
            "date" => Day(),
            "date-time" => Day() + "T09:30:00Z",
            "time" => "09:30:00Z",
            "duration" => "PT30M",
            "email" or "idn-email" => "user@example.com",
            "hostname" or "idn-hostname" => "api.example.com",
            "ipv4" => "192.0.2.10",
            "ipv6" => "2001:db8::10",
            "uri" or "url" or "iri" => "https://example.com/" + random.Letters(6),
            "uri-reference" => "/items/" + random.Letters(6),
            "uuid" => $"{random.Next():x16}".Insert(8, "-").Insert(13, "-4")[..18]
                + $"-a{random.Next():x16}"[..5]
                + $"-{random.Next():x16}"[..13],
            _ => null,
        };

    private string? ByName(string name)
    {
        var lower = name.ToLowerInvariant();
        return lower.Contains("email", StringComparison.Ordinal) ? "user@example.com"
            : lower.Contains("date", StringComparison.Ordinal) ? Day()
            : lower.Contains("url", StringComparison.Ordinal) ? "https://example.com/"
            : lower is "currency" ? "USD"
            : lower is "country" && topics.Values.Count == 0 ? "France"
            : lower is "city" or "location" or "place" && topics.Values.Count == 0 ? "Paris"
            : null;
    }

    private string Day() =>
        new DateOnly(2026, 1, 1)
            .AddDays(random.Below(365))
            .ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private string Bounded(string text, JsonElement schema)
    {
        if (Whole(schema, "minLength") is { } min && text.Length < min)
        {
            text += random.Letters((int)Math.Min(min - text.Length, 10_000));
        }

        return Whole(schema, "maxLength") is { } max && text.Length > max ? text[..(int)max] : text;
    }

    private static long? Whole(JsonElement schema, string name) =>
        schema.ValueKind == JsonValueKind.Object
        && schema.TryGetProperty(name, out var value)
        && value.TryGetInt64(out var number)
            ? number
            : null;

    private static double? Real(JsonElement schema, string name) =>
        schema.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetDouble(out var number)
            ? number
            : null;
}
