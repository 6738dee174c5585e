using System.Text.Json;
using System.Text.Json.Nodes;
using Arda.Gateway.Tests.Hosting;
using Arda.Gateway.Tests.House;

namespace Arda.Gateway.Tests.Clients;

/// <summary>One entry of tests/clients/recordings.json.</summary>
internal sealed record Scene(string Provider, string Name, IReadOnlyList<string> Plays)
{
    /// <summary>A part of the last answer's text.</summary>
    public string? Says { get; init; }

    /// <summary>Each call as its name and its arguments.</summary>
    public IReadOnlyList<JsonElement> Calls { get; init; } = [];
}

/// <summary>What the recorded upstreams play, and the operator's catalog that offers them.</summary>
internal static class Scenes
{
    /// <summary>Models whose faults concern one client's cases alone.</summary>
    public const int FaultyModels = 12;

    private static readonly (string Upstream, string Protocol)[] s_simulatedAlone =
    [
        ("over-chat", "openai.chat"),
        ("over-responses", "openai.responses"),
        ("over-messages", "anthropic.messages"),
        ("over-gemini", "gemini.generateContent"),
    ];

    private static readonly string[] s_protocols =
    [
        .. s_simulatedAlone.Select(one => one.Protocol),
    ];

    public static string Folder => Path.Combine(Checkout.Root, "tests", "clients");

    private static readonly IReadOnlyList<Scene> s_all = Read();

    public static Scene Of(string provider, string scene) =>
        s_all.Single(one => one.Provider == provider && one.Name == scene);

    /// <param name="player">Null where there are no recordings: then nothing is offered of them.</param>
    /// <param name="clients">Each gets faulty models of its own.</param>
    public static string Catalog(Uri? player, IReadOnlyList<string> clients)
    {
        var models = new JsonArray();
        foreach (var (upstream, protocol) in s_simulatedAlone)
        {
            models.Add(Simulated($"{upstream}/chat", $"{upstream}-chat", false, protocol));
            models.Add(Simulated($"{upstream}/reasoner", $"{upstream}-reasoner", true, protocol));
        }

        foreach (var client in clients)
        {
            for (var i = 0; i < FaultyModels; i++)
            {
                models.Add(
                    Simulated($"faulty/{client}-{i}", $"faulty-{client}-{i}", false, s_protocols)
                );
            }
        }

        var providers = new JsonArray();
        if (player is not null)
        {
            foreach (var scenes in s_all.GroupBy(scene => scene.Provider))
            {
                providers.Add(Provider(player, scenes.Key));
                scenes.Select(OfRecording).ToList().ForEach(models.Add);
            }
        }

        return new JsonObject
        {
            ["catalog"] = new JsonObject { ["providers"] = providers, ["models"] = models },
            ["Keys"] = new JsonObject { ["RequestsPerMinute"] = 100_000 },
            ["Demo"] = new JsonObject { ["BalanceCents"] = 1_000_000 },
        }.ToJsonString();
    }

    private static JsonObject Provider(Uri player, string id)
    {
        var version = id[(id.IndexOf('-', StringComparison.Ordinal) + 1)..] switch
        {
            "messages" => "",
            "gemini" => "/v1beta",
            _ => "/v1",
        };
        return new JsonObject
        {
            ["id"] = id,
            ["name"] = id,
            ["base_url"] = new Uri(player, $"/{id}{version}").ToString(),
            ["auth"] = "none",
        };
    }

    private static JsonObject OfRecording(Scene scene)
    {
        var protocol = Recording.Of(scene.Plays[0]).Api;
        var isOpenToAuto = scene is { Provider: "recorded-chat", Name: "plain" };
        return protocol is "openai.embeddings" or "gemini.batchEmbedContents"
            ? new JsonObject
            {
                ["id"] = $"{scene.Provider}/{scene.Name}",
                ["name"] = scene.Name,
                ["vendor"] = "recorded",
                ["type"] = "embedding",
                ["context_window"] = 8_192,
                ["input"] = new JsonArray("text"),
                ["embedding"] = new JsonObject
                {
                    ["dimensions"] = 1_536,
                    ["max_dimensions"] = 3_072,
                    ["dimensions_parameter"] = true,
                },
                ["offers"] = Offers(scene.Provider, scene.Name, protocol),
            }
            : Language(
                $"{scene.Provider}/{scene.Name}",
                reasons: scene.Name.StartsWith("reasoning", StringComparison.Ordinal)
                    || scene.Name.StartsWith("redacted", StringComparison.Ordinal),
                Offers(scene.Provider, scene.Name, protocol),
                isOpenToAuto
            );
    }

    private static JsonObject Simulated(
        string id,
        string upstreamId,
        bool reasons,
        params string[] protocols
    ) => Language(id, reasons, Offers("simulated", upstreamId, protocols));

    private static JsonObject Language(
        string id,
        bool reasons,
        JsonArray offers,
        bool isOpenToAuto = false
    )
    {
        var model = new JsonObject
        {
            ["id"] = id,
            ["name"] = id,
            ["vendor"] = "recorded",
            ["type"] = "language",
            ["context_window"] = 262_144,
            ["max_output"] = 65_536,
            ["input"] = new JsonArray("text", "image", "pdf"),
            ["capabilities"] = new JsonArray(
                "tools",
                "structured_output",
                "json_mode",
                "vision",
                "pdf",
                "prompt_caching"
            ),
            ["sampling"] = true,
            ["auto_route"] = isOpenToAuto,
            ["offers"] = offers,
        };
        if (reasons)
        {
            model["capabilities"]!.AsArray().Add("reasoning");
            model["reasoning_efforts"] = new JsonArray("low", "medium", "high");
        }

        return model;
    }

    private static JsonArray Offers(
        string provider,
        string upstreamId,
        params string[] protocols
    ) =>
        [
            new JsonObject
            {
                ["provider"] = provider,
                ["upstream_id"] = upstreamId,
                ["protocols"] = new JsonArray([.. protocols.Select(one => (JsonNode?)one)]),
                ["price"] = new JsonObject
                {
                    ["input"] = "3",
                    ["output"] = "12",
                    ["cache_read"] = "0.3",
                    ["cache_write"] = "3.75",
                },
            },
        ];

    private static List<Scene> Read()
    {
        using var json = JsonDocument.Parse(
            File.ReadAllBytes(Path.Combine(Folder, "recordings.json"))
        );
        return
        [
            .. json
                .RootElement.EnumerateObject()
                .SelectMany(provider =>
                    provider
                        .Value.EnumerateObject()
                        .Select(scene => SceneOf(provider.Name, scene.Name, scene.Value))
                ),
        ];
    }

    private static Scene SceneOf(string provider, string name, JsonElement scene) =>
        new(
            provider,
            name,
            [.. scene.GetProperty("plays").EnumerateArray().Select(id => id.GetString()!)]
        )
        {
            Says = scene.TryGetProperty("says", out var says) ? says.GetString() : null,
            Calls = scene.TryGetProperty("calls", out var calls)
                ? [.. calls.EnumerateArray().Select(call => call.Clone())]
                : [],
        };
}
