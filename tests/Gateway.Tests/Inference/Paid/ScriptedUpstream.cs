using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Arda.Gateway.Tests.Inference.Paid;

/// <summary>What came in at a scripted provider.</summary>
internal sealed record Received(string Provider, string Model, string Body)
{
    public JsonObject Json => JsonNode.Parse(Body)!.AsObject();
}

/// <summary>
/// Several providers on this machine, told apart by the first part of the path. Each answers a model
/// as a test says, and a plain "Hi." in its own dialect until one does.
/// </summary>
internal sealed class ScriptedUpstream : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Received> _received = new();
    private readonly ConcurrentDictionary<string, Func<HttpContext, Task>> _scripts = new(
        StringComparer.Ordinal
    );

    private ScriptedUpstream(WebApplication app) => _app = app;

    public string Address => _app.Urls.First();

    public static async Task<ScriptedUpstream> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var upstream = new ScriptedUpstream(app);
        app.Map("/{**path}", upstream.AnswerAsync);
        await app.StartAsync();
        return upstream;
    }

    public void On(string provider, string model, Func<HttpContext, Task> answer) =>
        _scripts[provider + " " + model] = answer;

    public IReadOnlyList<Received> Of(string model) =>
        [.. _received.Where(one => one.Model == model)];

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var body = await reader.ReadToEndAsync(http.RequestAborted);
        var asked = JsonNode.Parse(body)!;
        var model = (string)asked["model"]!;
        var provider = http.Request.Path.Value!.Split('/')[1];
        _received.Enqueue(new Received(provider, model, body));
        var isStream = (bool?)asked["stream"] == true;
        await (
            _scripts.TryGetValue(provider + " " + model, out var script) ? script(http)
            : http.Request.Path.Value.EndsWith("/messages", StringComparison.Ordinal)
                ? Answers.Message(http, isStream)
            : http.Request.Path.Value.EndsWith("/responses", StringComparison.Ordinal)
                ? Answers.Response(http)
            : Answers.Chat(http, isStream)
        );
    }
}
