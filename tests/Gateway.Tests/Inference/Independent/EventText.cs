using System.Text.Json.Nodes;

namespace Arda.Gateway.Tests.Inference.Independent;

/// <summary>Server-sent events read the plain way, by the text of the standard.</summary>
internal sealed record EventText(string? Name, string Data)
{
    public bool IsTerminator => Data == "[DONE]";

    public JsonNode Json => JsonNode.Parse(Data)!;

    /// <summary>All events of a body in order; comments are no events.</summary>
    public static IReadOnlyList<EventText> All(string body) =>
        [
            .. body.ReplaceLineEndings("\n")
                .Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
                .Select(Read)
                .OfType<EventText>(),
        ];

    public static EventText? Read(string raw)
    {
        string? name = null;
        var data = new List<string>();
        foreach (var line in raw.Split('\n'))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var (field, value) = colon < 0 ? (line, "") : (line[..colon], line[(colon + 1)..]);
            value = value.StartsWith(' ') ? value[1..] : value;
            if (field == "event")
            {
                name = value;
            }
            else if (field == "data")
            {
                data.Add(value);
            }
        }

        return data.Count == 0 ? null : new EventText(name, string.Join('\n', data).TrimEnd());
    }
}
