using System.Text;
using System.Text.Json;

namespace Arda.Gateway.Wire;

/// <summary>Writing JSON that somebody else made.</summary>
internal static class JsonOutput
{
    /// <summary>The value as it came, number forms and escapes included. Line breaks between its
    /// tokens are taken out, because inside an event they would end the data line.</summary>
    public static void WriteRaw(this Utf8JsonWriter writer, JsonElement value)
    {
        var raw = value.RawUtf8();
        if (raw.IndexOfAny((byte)'\n', (byte)'\r') < 0)
        {
            writer.WriteRawValue(raw, skipInputValidation: true);
            return;
        }
        // A JSON string cannot hold a bare line break, so every one stands between tokens.
        var oneLine = new byte[raw.Length];
        var length = 0;
        foreach (var part in raw)
        {
            if (part is not ((byte)'\n' or (byte)'\r'))
            {
                oneLine[length++] = part;
            }
        }
        writer.WriteRawValue(oneLine.AsSpan(0, length), skipInputValidation: true);
    }

    /// <summary>Writes the arguments of a tool call as the object they are; false when they are none,
    /// and then an empty object stands in.</summary>
    public static bool WriteArguments(this Utf8JsonWriter writer, string argumentsJson)
    {
        try
        {
            var value = RawJson.Parse(Encoding.UTF8.GetBytes(argumentsJson));
            if (value.ValueKind == JsonValueKind.Object)
            {
                writer.WriteRaw(value);
                return true;
            }
        }
        catch (JsonException)
        {
            // A model that was cut in the middle of a call leaves half an object.
        }
        writer.WriteStartObject();
        writer.WriteEndObject();
        return false;
    }

    /// <summary>The members of an object that are not in <paramref name="known"/> and not null, as an
    /// object of their own; null when there are none.</summary>
    public static JsonElement? Rest(JsonElement from, params ReadOnlySpan<string> known)
    {
        List<JsonProperty>? rest = null;
        foreach (var member in from.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.Null && !IsKnown(member, known))
            {
                (rest ??= []).Add(member);
            }
        }
        return rest is null ? null : Build(rest);
    }

    private static JsonElement Build(List<JsonProperty> members) =>
        WireJson.Build(writer =>
        {
            writer.WriteStartObject();
            foreach (var member in members)
            {
                if (NameOf(member) is { } name)
                {
                    writer.WritePropertyName(name);
                    writer.WriteRaw(member.Value);
                }
            }
            writer.WriteEndObject();
        });

    private static bool IsKnown(JsonProperty member, ReadOnlySpan<string> known)
    {
        foreach (var name in known)
        {
            if (member.NameEquals(name))
            {
                return true;
            }
        }
        return false;
    }

    // A name that is not text at all cannot be sent on.
    private static string? NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
