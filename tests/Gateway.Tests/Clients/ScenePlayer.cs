using System.Text.Json;
using System.Text.RegularExpressions;
using Arda.Gateway.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Arda.Gateway.Tests.Clients;

/// <summary>
/// Many providers on one port, each of which plays the recordings of the scene that is called by
/// model name. The second recording answers once the history holds the first answer: so a whole
/// tool loop plays, and a retry gets what it got before.
/// </summary>
public sealed partial class ScenePlayer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Dictionary<string, List<string>> _received = new(StringComparer.Ordinal);

    private ScenePlayer(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public static async Task<ScenePlayer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var player = new ScenePlayer(app);
        app.MapGet("/received/{provider}/{scene}", player.TellAsync);
        app.MapPost("/{provider}/{**path}", player.PlayAsync);
        await app.StartAsync();
        return player;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TellAsync(HttpContext http, string provider, string scene)
    {
        string bodies;
        lock (_received)
        {
            bodies = string.Join(',', _received.GetValueOrDefault($"{provider}/{scene}") ?? []);
        }

        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync($"[{bodies}]");
    }

    private async Task PlayAsync(HttpContext http, string provider, string path)
    {
        using var reader = new StreamReader(http.Request.Body);
        var body = await reader.ReadToEndAsync(http.RequestAborted);
        using var json = JsonDocument.Parse(body);
        var scene =
            ModelInPath().Match(path) is { Success: true } match ? match.Groups[1].Value
            : json.RootElement.TryGetProperty("model", out var model) ? model.GetString()!
            : throw new InvalidOperationException($"No model is named at {path}.");
        lock (_received)
        {
            var name = $"{provider}/{scene}";
            (_received.TryGetValue(name, out var bodies) ? bodies : _received[name] = []).Add(body);
        }

        var plays = Scenes.Of(provider, scene).Plays;
        var recording = Recording.Of(plays[HasAnswered(json.RootElement) ? plays.Count - 1 : 0]);
        http.Response.StatusCode = recording.Status;
        foreach (var (header, value) in recording.Headers)
        {
            if (header is not ("content-length" or "transfer-encoding" or "content-encoding"))
            {
                http.Response.Headers[header] = value;
            }
        }

        http.Response.ContentType ??=
            recording.Events.Count > 0 ? "text/event-stream" : "application/json";
        await http.Response.Body.WriteAsync(recording.Body, http.RequestAborted);
    }

    private static bool HasAnswered(JsonElement request) =>
        new[] { "messages", "contents", "input" }.Any(list =>
            request.TryGetProperty(list, out var items)
            && items.ValueKind == JsonValueKind.Array
            && items.EnumerateArray().Any(IsOfModel)
        );

    private static bool IsOfModel(JsonElement item) =>
        item.ValueKind == JsonValueKind.Object
        && (
            Is(item, "role", "assistant")
            || Is(item, "role", "model")
            || Is(item, "type", "function_call")
        );

    private static bool Is(JsonElement item, string name, string value) =>
        item.TryGetProperty(name, out var member) && member.ValueEquals(value);

    [GeneratedRegex("models/([^:/]+):", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex ModelInPath();
}
