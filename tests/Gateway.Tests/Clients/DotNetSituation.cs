using System.Text.Json;
using Arda.Gateway.Tests.Hosting;

namespace Arda.Gateway.Tests.Clients;

/// <summary>What a case of a .NET client knows of its upstream: the same scenes as tests/clients.</summary>
internal sealed class DotNetSituation(string upstream)
{
    public const string Png =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    public static readonly TheoryData<string> Everywhere =
    [
        "simulated",
        "over-chat",
        "over-responses",
        "over-messages",
        "over-gemini",
        "recorded-chat",
        "recorded-responses",
        "recorded-messages",
        "recorded-gemini",
    ];

    /// <summary>There is no recording of a stream of calls of the Responses format.</summary>
    public static readonly TheoryData<string> WithStreamedTools =
    [
        "simulated",
        "over-chat",
        "over-responses",
        "over-messages",
        "over-gemini",
        "recorded-chat",
        "recorded-messages",
        "recorded-gemini",
    ];

    public static readonly TheoryData<string> Simulated =
    [
        "simulated",
        "over-chat",
        "over-responses",
        "over-messages",
        "over-gemini",
    ];

    public const string Question = "What is the weather in Paris and in Oslo?";

    public bool IsRecorded { get; } = upstream.StartsWith("recorded-", StringComparison.Ordinal);

    public string Model(string scene)
    {
        if (!IsRecorded)
        {
            return $"{upstream}/{(scene == "reasoning" ? "reasoner" : "chat")}";
        }

        Assert.SkipWhen(Recording.All.Count == 0, "The recordings are not beside this checkout.");
        return $"{upstream}/{scene}";
    }

    public void Says(string scene, string text)
    {
        Assert.NotEmpty(text);
        Assert.Contains(Said(scene), text, StringComparison.Ordinal);
    }

    /// <summary>What the model calls, as <c>name {"argument":"value"}</c>.</summary>
    public IReadOnlyList<string> Calls(string scene) =>
        IsRecorded
            ? [.. Scenes.Of(upstream, scene).Calls.Select(call => Shown(call[0], call[1]))]
            : ["get_weather {\"city\":\"Paris\"}", "get_weather {\"city\":\"Oslo\"}"];

    public IReadOnlyDictionary<string, string> Tools(string scene) =>
        Calls(scene)
            .Select(call => call.Split(' ', 2))
            .DistinctBy(call => call[0])
            .ToDictionary(call => call[0], call => SchemaOf(call[1]), StringComparer.Ordinal);

    public static string Shown(string name, JsonElement arguments) =>
        $"{name} {JsonSerializer.Serialize(arguments)}";

    private static string Shown(JsonElement name, JsonElement arguments) =>
        Shown(name.GetString()!, arguments);

    private string Said(string scene) => IsRecorded ? Scenes.Of(upstream, scene).Says ?? "" : "";

    private static string SchemaOf(string example)
    {
        using var json = JsonDocument.Parse(example);
        var members = json.RootElement.EnumerateObject().Select(member => member.Name).ToList();
        return JsonSerializer.Serialize(
            new
            {
                type = "object",
                properties = members.ToDictionary(name => name, _ => new { type = "string" }),
                required = members,
            }
        );
    }
}
