using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Arda.Gateway.Tests.Hosting;

/// <summary>A provider on this machine that answers every call with the recording it was given.</summary>
public sealed class RecordedUpstream : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly List<(string Path, string Body)> _received = [];
    private Recording? _recording;

    private RecordedUpstream(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    /// <summary>What has come in since <see cref="Play"/>.</summary>
    public IReadOnlyList<(string Path, string Body)> Received
    {
        get
        {
            lock (_received)
            {
                return [.. _received];
            }
        }
    }

    public static async Task<RecordedUpstream> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var upstream = new RecordedUpstream(app);
        app.Map("/{**path}", upstream.AnswerAsync);
        await app.StartAsync();
        return upstream;
    }

    /// <summary>From now on every call is answered with this.</summary>
    public void Play(Recording recording)
    {
        lock (_received)
        {
            _received.Clear();
            _recording = recording;
        }
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var body = await reader.ReadToEndAsync(http.RequestAborted);
        Recording recording;
        lock (_received)
        {
            _received.Add((http.Request.Path + http.Request.QueryString, body));
            recording = _recording ?? throw new InvalidOperationException("Nothing to play.");
        }

        http.Response.StatusCode = recording.Status;
        foreach (var (name, value) in recording.Headers)
        {
            if (name is not ("content-length" or "transfer-encoding" or "content-encoding"))
            {
                http.Response.Headers[name] = value;
            }
        }

        http.Response.ContentType ??=
            recording.Events.Count > 0 ? "text/event-stream" : "application/json";
        await http.Response.Body.WriteAsync(recording.Body, http.RequestAborted);
    }
}
