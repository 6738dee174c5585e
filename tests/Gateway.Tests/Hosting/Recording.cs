using System.Text;
using System.Text.Json;
using Arda.Gateway.Tests.House;

namespace Arda.Gateway.Tests.Hosting;

/// <summary>One recorded exchange with a real provider (the shelf's wire/README.md).</summary>
public sealed record Recording
{
    public required string Id { get; init; }

    public required string Provider { get; init; }

    /// <summary>"openai.chat", "openai.responses", "anthropic.messages", "gemini.generateContent" …</summary>
    public required string Api { get; init; }

    public required bool Stream { get; init; }

    public required int Status { get; init; }

    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>The request's body; null where the source kept none.</summary>
    public JsonElement? Request { get; init; }

    /// <summary>The response's bytes as they were on the wire.</summary>
    public required byte[] Body { get; init; }

    /// <summary>The events of a streamed response, each without its blank line.</summary>
    public required IReadOnlyList<string> Events { get; init; }

    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>All recordings of the shelf; empty where it is absent.</summary>
    public static IReadOnlyList<Recording> All { get; } = ReadAll();

    /// <summary>Ids for a theory; "(none)" where the shelf is absent, so that the test can skip.</summary>
    public static TheoryData<string> Ids(Func<Recording, bool> which)
    {
        var ids = new TheoryData<string>();
        foreach (var recording in All.Where(which))
        {
            ids.Add(recording.Id);
        }

        if (All.Count == 0)
        {
            ids.Add("(none)");
        }

        return ids;
    }

    public static Recording Of(string id)
    {
        Assert.SkipWhen(All.Count == 0, "The recordings are not beside this checkout.");
        return All.Single(recording => recording.Id == id);
    }

    private static List<Recording> ReadAll()
    {
        var folder = Checkout.Shared is { } shared ? Path.Combine(shared, "wire") : null;
        return folder is null || !Directory.Exists(folder)
            ? []
            :
            [
                .. Directory
                    .EnumerateDirectories(folder)
                    .SelectMany(provider => Directory.EnumerateFiles(provider, "*.json"))
                    .Order(StringComparer.Ordinal)
                    .Select(Read),
            ];
    }

    private static Recording Read(string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(file));
        var root = json.RootElement;
        var response = root.GetProperty("response");
        List<string> events = response.TryGetProperty("sse", out var sse)
            ? [.. sse.EnumerateArray().Select(one => one.GetString()!)]
            : [];
        var request = root.GetProperty("request");
        return new Recording
        {
            Id = root.GetProperty("id").GetString()!,
            Provider = root.GetProperty("provider").GetString()!,
            Api = root.GetProperty("api").GetString()!,
            Stream = root.GetProperty("stream").GetBoolean(),
            Status = response.GetProperty("status").GetInt32(),
            Headers = response.TryGetProperty("headers", out var headers)
                ? headers
                    .EnumerateObject()
                    .ToDictionary(
                        one => one.Name,
                        one => one.Value.ToString(),
                        StringComparer.Ordinal
                    )
                : new Dictionary<string, string>(StringComparer.Ordinal),
            Request =
                request.ValueKind == JsonValueKind.Object
                && request.TryGetProperty("body", out var body)
                && body.ValueKind != JsonValueKind.Null
                    ? body.Clone()
                    : null,
            Body = Encoding.UTF8.GetBytes(
                events.Count > 0
                    ? string.Join("\n\n", events) + "\n\n"
                    : response.GetProperty("body").GetRawText()
            ),
            Events = events,
            Features = root.TryGetProperty("features", out var features)
                ? [.. features.EnumerateArray().Select(one => one.GetString()!)]
                : [],
        };
    }
}
