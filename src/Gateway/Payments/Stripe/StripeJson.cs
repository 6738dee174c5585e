using System.Text.Json;

namespace Arda.Gateway.Payments.Stripe;

/// <summary>
/// Reads answers by name and forgives what it does not know: new fields, new values of open lists
/// and fields that are absent are legal inside one version of the API.
/// </summary>
internal static class StripeJson
{
    public static string? Text(this JsonElement json, string name) =>
        json.Member(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    public static long Long(this JsonElement json, string name) =>
        json.Member(name) is { ValueKind: JsonValueKind.Number } value
        && value.TryGetInt64(out var number)
            ? number
            : 0;

    public static bool Flag(this JsonElement json, string name) =>
        json.Member(name) is { ValueKind: JsonValueKind.True };

    /// <summary>An object inside; an expandable field that is only an id reads as absent.</summary>
    public static JsonElement? Object(this JsonElement json, string name) =>
        json.Member(name) is { ValueKind: JsonValueKind.Object } value ? value : null;

    /// <summary>The id, whether the field was expanded or not.</summary>
    public static string? IdOf(this JsonElement json, string name) =>
        json.Member(name) switch
        {
            { ValueKind: JsonValueKind.String } value => value.GetString(),
            { ValueKind: JsonValueKind.Object } value => value.Text("id"),
            _ => null,
        };

    /// <summary>Of the object itself.</summary>
    public static string Id(this JsonElement json) => json.Text("id") ?? "";

    /// <summary>An object inside, read; null for one that was not expanded.</summary>
    public static T? Read<T>(this JsonElement json, string name, Func<JsonElement, T> read)
        where T : class => json.Object(name) is { } found ? read(found) : null;

    public static IEnumerable<JsonElement> Items(this JsonElement json, string name) =>
        json.Member(name) is { ValueKind: JsonValueKind.Array } value ? value.EnumerateArray() : [];

    public static string? Metadata(this JsonElement json, string name) =>
        json.Object("metadata")?.Text(name);

    private static JsonElement? Member(this JsonElement json, string name) =>
        json.ValueKind is JsonValueKind.Object && json.TryGetProperty(name, out var value)
            ? value
            : null;
}
