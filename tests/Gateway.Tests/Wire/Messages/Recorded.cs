using System.Text;
using System.Text.Json;
using Arda.Gateway.Tests.House;

namespace Arda.Gateway.Tests.Wire.Messages;

/// <summary>One recorded exchange with a real provider.</summary>
internal sealed record Recorded
{
    public required string Id { get; init; }

    public required string Path { get; init; }

    /// <summary>The request's body as JSON text; null where the source kept the answer alone.</summary>
    public required string? Request { get; init; }

    public required int Status { get; init; }

    /// <summary>The answer of an exchange that was no stream.</summary>
    public required byte[]? Body { get; init; }

    /// <summary>Raw events, each with its blank line; empty if it was no stream.</summary>
    public required IReadOnlyList<byte[]> Events { get; init; }

    public string? Model { get; init; }

    public override string ToString() => Id;

    /// <summary>Ids of the recordings of one API, one empty id where there are none beside us.</summary>
    public static TheoryData<string> Ids(string api, Func<Recorded, bool> where)
    {
        var ids = new TheoryData<string>();
        foreach (var recorded in All(api).Where(where))
        {
            ids.Add(recorded.Id);
        }
        if (ids.Count == 0)
        {
            ids.Add("");
        }
        return ids;
    }

    public static IEnumerable<Recorded> All(string api)
    {
        if (Checkout.Shared is null)
        {
            yield break;
        }
        var wire = System.IO.Path.Combine(Checkout.Shared, "wire");
        using var index = JsonDocument.Parse(
            File.ReadAllBytes(System.IO.Path.Combine(wire, "index.json"))
        );
        foreach (var entry in index.RootElement.GetProperty("recordings").EnumerateArray())
        {
            if (entry.GetProperty("api").GetString() == api)
            {
                yield return Load(entry.GetProperty("id").GetString()!);
            }
        }
    }

    public static Recorded Load(string id)
    {
        if (id.Length == 0 || Checkout.Shared is null)
        {
            Assert.Skip("The recordings are not beside this checkout.");
        }
        var file = System.IO.Path.Combine(Checkout.Shared, "wire", id + ".json");
        using var document = JsonDocument.Parse(File.ReadAllBytes(file));
        var root = document.RootElement;
        var request = root.GetProperty("request");
        var response = root.GetProperty("response");
        var has = request.ValueKind == JsonValueKind.Object;
        return new Recorded
        {
            Id = id,
            Path = has ? request.GetProperty("path").GetString()! : "",
            Request =
                has && request.GetProperty("body") is { ValueKind: JsonValueKind.Object } body
                    ? body.GetRawText()
                    : null,
            Status = response.GetProperty("status").GetInt32(),
            Model = root.GetProperty("model").GetString(),
            Body = response.TryGetProperty("body", out var answer)
                ? Encoding.UTF8.GetBytes(answer.GetRawText())
                : null,
            Events = response.TryGetProperty("sse", out var sse)
                ?
                [
                    .. sse.EnumerateArray()
                        .Select(e => Encoding.UTF8.GetBytes(e.GetString() + "\n\n")),
                ]
                : [],
        };
    }
}
