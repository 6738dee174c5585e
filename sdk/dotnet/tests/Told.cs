using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Arda.Gateway.Sdk.Tests;

/// <summary>An answer as the transcripts write it: the .NET idiom taken back to names and values
/// that both SDKs share. What is null is left out, because C# has one word for absent and
/// null.</summary>
internal static class Told
{
    // Conveniences of this SDK that repeat what another member says.
    private static readonly string[] s_extras = ["IsLow", "Gateway"];

    private static readonly string[] s_ofTheRuntime =
    [
        .. typeof(Exception).GetProperties().Select(one => one.Name).Except(["Message"]),
    ];

    public static JsonNode? Of(object? value) =>
        value switch
        {
            null => null,
            string text => JsonValue.Create(text),
            bool flag => JsonValue.Create(flag),
            int or long or decimal => JsonNode.Parse(
                Convert.ToString(value, CultureInfo.InvariantCulture)!
            ),
            TimeSpan span => JsonValue.Create((long)span.TotalSeconds),
            DateTimeOffset time => JsonValue.Create(
                time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)
            ),
            Uri uri => JsonValue.Create(uri.OriginalString),
            JsonElement json => JsonNode.Parse(json.GetRawText()),
            // These stay as the wire has them.
            GatewayCatalog catalog => Wire(catalog),
            GatewayChatCompletion completion => Wire(completion),
            GatewayChatChunk chunk => Wire(chunk),
            GatewayUsage usage => Wire(usage),
            GatewayDevicePoll.Pending pending => new JsonObject
            {
                ["status"] = "pending",
                ["interval"] = Of(pending.Interval),
            },
            GatewayDevicePoll.Connected connected => With(
                (JsonObject)Of(connected.Connection)!,
                "status",
                "connected"
            ),
            IReadOnlyDictionary<string, long> counts => new JsonObject(
                counts.Select(one => KeyValuePair.Create(one.Key, Of(one.Value)))
            ),
            IEnumerable many => new JsonArray([.. many.Cast<object>().Select(Of)]),
            _ => Members(value),
        };

    /// <summary>Without members that are null.</summary>
    public static JsonNode? Known(JsonNode? node) =>
        node switch
        {
            JsonObject members => new JsonObject(
                members
                    .Where(one => one.Value is not null)
                    .Select(one => KeyValuePair.Create(one.Key, Known(one.Value)))
            ),
            JsonArray items => new JsonArray([.. items.Select(Known)]),
            _ => node?.DeepClone(),
        };

    private static JsonObject Members(object value)
    {
        var members = new JsonObject();
        foreach (
            var property in value
                .GetType()
                .GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(one => one.GetIndexParameters().Length == 0)
                .Where(one => !s_extras.Contains(one.Name))
                .Where(one => value is not Exception || !s_ofTheRuntime.Contains(one.Name))
        )
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            members[name == "retryAfter" ? "retryAfterSeconds" : name] = property.Name.EndsWith(
                "NanoUsd",
                StringComparison.Ordinal
            )
                // Texts on the wire, because JavaScript's numbers lose digits.
                ? JsonValue.Create(
                    ((long)property.GetValue(value)!).ToString(CultureInfo.InvariantCulture)
                )
                : Of(property.GetValue(value));
        }

        return members;
    }

    private static JsonNode? Wire<T>(T value) =>
        JsonSerializer.SerializeToNode(value, typeof(T), GatewayJson.Default);

    private static JsonObject With(JsonObject members, string name, string value)
    {
        members[name] = value;
        return members;
    }
}
