using System.Text;
using System.Text.Json.Nodes;
using Arda.Gateway.Tests.House;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Wire.OpenAi;

/// <summary>One recorded exchange with a provider.</summary>
internal sealed record Recording
{
    public required string Id { get; init; }

    public required WireFormat Format { get; init; }

    public required string Provider { get; init; }

    public JsonObject? Request { get; init; }

    public required int Status { get; init; }

    public JsonNode? Body { get; init; }

    /// <summary>Raw events, each with its blank line; empty for a finished answer.</summary>
    public IReadOnlyList<byte[]> Events { get; init; } = [];

    public IWireCodec Codec => WireCodecs.For(Format);

    public byte[] BodyBytes => Encoding.UTF8.GetBytes(Body!.ToJsonString());

    public bool IsAnswer => Status == 200 && Events.Count == 0;

    public bool IsStream => Status == 200 && Events.Count > 0;

    public static IReadOnlyList<Recording> All { get; } = [.. Load()];

    public static Recording Of(string id)
    {
        if (All.Count == 0)
        {
            Assert.Skip("The recordings lie beside the checkout and are not here.");
        }
        return All.Single(recording => recording.Id == id);
    }

    /// <summary>Ids for a theory; one that skips where the recordings are not there.</summary>
    public static TheoryData<string> Ids(Func<Recording, bool> wanted)
    {
        var ids = All.Where(wanted).Select(recording => recording.Id).ToList();
        return ids.Count > 0 ? [.. ids] : ["none"];
    }

    private static IEnumerable<Recording> Load()
    {
        if (Checkout.Shared is not { } shared)
        {
            yield break;
        }
        var folder = Path.Combine(shared, "wire");
        var index = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "index.json")))!;
        foreach (var entry in index["recordings"]!.AsArray())
        {
            var api = (string)entry!["api"]!;
            if (api is not ("openai.chat" or "openai.responses"))
            {
                continue;
            }
            var format = api == "openai.chat" ? WireFormat.OpenAiChat : WireFormat.OpenAiResponses;
            var file = File.ReadAllText(Path.Combine(folder, (string)entry["file"]!));
            foreach (var recording in Read(JsonNode.Parse(file)!, format))
            {
                yield return recording;
            }
        }
    }

    private static IEnumerable<Recording> Read(JsonNode file, WireFormat format)
    {
        var response = file["response"]!;
        var recording = new Recording
        {
            Id = (string)file["id"]!,
            Format = format,
            Provider = (string)file["provider"]!,
            Request = file["request"]?["body"] as JsonObject,
            Status = (int)response["status"]!,
            Body = response["body"],
        };
        var events = response["sse"]?.AsArray().Select(text => (string)text! + "\n\n").ToList();
        if (events is null)
        {
            yield return recording;
            yield break;
        }
        // One file holds the streams of a whole tool loop, one after the other.
        var starts = events
            .Select((text, at) => (text, at))
            .Where(e => e.text.StartsWith("event: response.created", StringComparison.Ordinal))
            .Select(e => e.at)
            .DefaultIfEmpty(0)
            .ToList();
        for (var i = 0; i < starts.Count; i++)
        {
            var end = i + 1 < starts.Count ? starts[i + 1] : events.Count;
            yield return recording with
            {
                Id = i == 0 ? recording.Id : $"{recording.Id}#{i + 1}",
                Events =
                [
                    .. events
                        .Skip(starts[i])
                        .Take(end - starts[i])
                        .Select(text => Encoding.UTF8.GetBytes(text)),
                ],
            };
        }
    }
}
