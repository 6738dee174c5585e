using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Arda.Gateway.Tests.Crash;

/// <summary>A provider on this machine that does, call by call, what a test tells it to.</summary>
internal sealed class ScriptedUpstream : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _calls;
    private int _aborted;

    private ScriptedUpstream(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    /// <summary>Writes the answer; the body of the request is given as text.</summary>
    public Func<HttpContext, string, Task> Answer { get; set; } = (_, _) => Task.CompletedTask;

    public int Calls => Volatile.Read(ref _calls);

    /// <summary>Calls that the gateway cut off.</summary>
    public int Aborted => Volatile.Read(ref _aborted);

    /// <summary>USD for a million tokens in and out.</summary>
    public (string Input, string Output) Prices { get; set; } = ("10", "100");

    /// <summary>The operator's file: this provider and a model for each protocol.</summary>
    public string Catalog
    {
        get
        {
            (string Name, string Protocol)[] spoken =
            [
                ("chat", "openai.chat"),
                ("messages", "anthropic.messages"),
                ("gemini", "gemini.generateContent"),
                ("responses", "openai.responses"),
            ];
            var models = spoken.Select(one =>
                $$$"""
                    {"id":"house/{{{one.Name}}}","name":"House","vendor":"house","family":"house",
                     "type":"language","context_window":100000,"max_output":16384,"input":["text"],
                     "capabilities":["tools","structured_output","json_mode"],
                     "offers":[{"provider":"house","upstream_id":"up-{{{one.Name}}}",
                      "protocols":["{{{one.Protocol}}}"],
                      "price":{"input":"{{{Prices.Input}}}","output":"{{{Prices.Output}}}"}}]}
                    """
            );
            return $$$"""
                {"catalog":{"providers":[{"id":"house","name":"House","auth":"none",
                  "base_url":"{{{Address.ToString().TrimEnd('/')}}}/v1"}],
                 "models":[{{{string.Join(',', models)}}},
                 {"id":"house/embed","name":"House","vendor":"house","family":"house",
                  "type":"embedding","context_window":8192,"input":["text"],
                  "embedding":{"dimensions":4},
                  "offers":[{"provider":"house","upstream_id":"up-embed",
                   "protocols":["openai.embeddings"],"price":{"input":"1","output":"0"}}]}]}}
                """;
        }
    }

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

    public static string ChatText(string text, string? finish = null) =>
        "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,"
        + "\"model\":\"up\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\""
        + $"{text}\"}},\"finish_reason\":{(finish is null ? "null" : $"\"{finish}\"")}}}]}}\n\n";

    public static string ChatEnd(long input, long output) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$$"""
            data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"up","choices":[],"usage":{"prompt_tokens":{{{input}}},"completion_tokens":{{{output}}},"total_tokens":{{{input
                + output}}}}}

            data: [DONE]


            """
        );

    /// <summary>Sends events at once, so that the gateway sees them as they are sent.</summary>
    public static async Task SendAsync(HttpContext http, string events)
    {
        if (!http.Response.HasStarted)
        {
            http.Response.ContentType = "text/event-stream";
            http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        }

        await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(events), http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }

    /// <summary>What went wrong in the script itself.</summary>
    public ConcurrentQueue<Exception> Mistakes { get; } = new();

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var body = await reader.ReadToEndAsync();
        Interlocked.Increment(ref _calls);
        try
        {
            await Answer(http, body);
        }
        catch (Exception left) when (http.RequestAborted.IsCancellationRequested)
        {
            _ = left;
            Interlocked.Increment(ref _aborted);
        }
        catch (Exception mistake)
        {
            Mistakes.Enqueue(mistake);
            throw;
        }
    }
}
