using System.Text.Json;

namespace Arda.Gateway.Pages.Console;

/// <summary>
/// The parts of a receipt that are JSON, as lines for people. A member that nobody has named here
/// is shown under its own name, so that nothing of a receipt is ever left out.
/// </summary>
internal static class ReceiptTexts
{
    private static readonly Dictionary<string, string> s_names = new(StringComparer.Ordinal)
    {
        ["input"] = "Input tokens",
        ["output"] = "Output tokens",
        ["reasoning"] = "Reasoning tokens",
        ["cache_read"] = "Read from cache",
        ["cache_write"] = "Written to cache",
        ["cache_write_5m"] = "Written to cache, 5 min",
        ["cache_write_1h"] = "Written to cache, 1 hour",
        ["audio_input"] = "Audio tokens",
        ["image_input"] = "Image tokens",
        ["image_output"] = "Image tokens made",
        ["web_searches"] = "Web searches",
        ["service_tier"] = "Service tier",
        ["requested"] = "Model asked for",
        ["selected"] = "Model chosen",
        ["upstream_model"] = "Provider's name for it",
        ["streamed"] = "Streamed",
        ["request_id"] = "Request",
        ["class"] = "Kind of task",
        ["reason"] = "Why this model",
        ["per_request"] = "Each request",
        ["web_search_per_request"] = "Each web search",
        ["from_input_tokens"] = "From input tokens",
    };

    public static IReadOnlyList<ReceiptFact> Of(string json)
    {
        using var read = JsonDocument.Parse(json);
        return [.. Lines(read.RootElement, "")];
    }

    /// <summary>Without what the receipt says elsewhere; rates are dollars for a million
    /// tokens.</summary>
    public static IReadOnlyList<ReceiptFact> OfPrices(string json)
    {
        using var read = JsonDocument.Parse(json);
        List<ReceiptFact> facts = [];
        foreach (var member in read.RootElement.EnumerateObject())
        {
            if (member.Name == "rates")
            {
                facts.AddRange(member.Value.EnumerateObject().Select(RateOf));
            }
            else if (
                member.Name
                is not ("model" or "provider" or "upstream_model" or "unit" or "currency")
            )
            {
                facts.AddRange(Lines(member.Value, NameOf(member.Name)));
            }
        }

        return facts;
    }

    private static ReceiptFact RateOf(JsonProperty rate) =>
        new(
            NameOf(rate.Name),
            rate.Name.EndsWith("per_request", StringComparison.Ordinal)
                ? $"${rate.Value}"
                : $"${rate.Value} per million"
        );

    private static IEnumerable<ReceiptFact> Lines(JsonElement element, string name) =>
        element.ValueKind switch
        {
            JsonValueKind.Object => element
                .EnumerateObject()
                .SelectMany(member => Lines(member.Value, Joined(name, NameOf(member.Name)))),
            JsonValueKind.Array => element
                .EnumerateArray()
                .SelectMany((item, i) => Lines(item, $"{name} {i + 1}")),
            JsonValueKind.True => [new(name, "Yes")],
            JsonValueKind.False => [new(name, "No")],
            _ => [new(name, element.ToString())],
        };

    private static string Joined(string name, string part) =>
        name.Length == 0 ? part : $"{name}: {part}";

    private static string NameOf(string member) =>
        s_names.GetValueOrDefault(member)
        ?? char.ToUpperInvariant(member[0]) + member[1..].Replace('_', ' ');
}
