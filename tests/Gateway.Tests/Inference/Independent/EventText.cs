using System.Text.Json.Nodes;
using Arda.Gateway.Tests.Hosting;

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

    /// <summary>Of a recording, up to its end: one file of the shelf holds two responses in a row,
    /// and whoever speaks the protocol stops after the first.</summary>
    public static IReadOnlyList<EventText> Of(Recording recording)
    {
        var said = recording.Events.Select(Read).OfType<EventText>().ToList();
        var end = said.FindIndex(e => e.Name is "response.completed" or "response.incomplete");
        return end < 0 ? said : said[..(end + 1)];
    }

    private static EventText? Read(string raw)
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
