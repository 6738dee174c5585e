using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Arda.Gateway.Load.Mock;

/// <summary>
/// A provider of both dialects that answers at once, always the same text under a new id.
/// <c>x-mock-gap-ms</c> paces one stream, <c>POST /pace?gap_ms=</c> all of them, running ones too:
/// a gateway does not pass strange headers on. <c>GET /stats</c> counts what really got here.
/// </summary>
internal sealed class MockProvider(TimeProvider time)
{
    private readonly string _run = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
    private long _served;
    private long _events;
    private int _gapMs;

    public static int Serve(string url)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        var app = builder.Build();
        new MockProvider(TimeProvider.System).Map(app);
        app.Run();
        return 0;
    }

    private void Map(WebApplication app)
    {
        app.MapGet("/stats", () => new { served = _served, events = _events });
        app.MapPost("/pace", (int gap_ms) => Volatile.Write(ref _gapMs, gap_ms));
        app.MapPost("/v1/chat/completions", (RequestDelegate)(http => AnswerAsync(http, true)));
        app.MapPost("/v1/messages", (RequestDelegate)(http => AnswerAsync(http, false)));
    }

    private async Task AnswerAsync(HttpContext http, bool isChat)
    {
        var request = await MockRequest.ReadAsync(http.Request, http.RequestAborted);
        if (request.Model is null)
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        var number = Interlocked.Increment(ref _served);
        var id = Encoding.ASCII.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{_run}{number:D10}")
        );
        var created = time.GetUtcNow().ToUnixTimeSeconds();
        var blanks = new Blanks(id, request.Model, created, request.PromptTokens);
        if (request.Stream)
        {
            await StreamAsync(http, isChat, request.IncludeUsage, blanks);
            return;
        }

        var whole = new ArrayBufferWriter<byte>(2048);
        (isChat ? MockAnswers.Chat : MockAnswers.Messages).Write(whole, blanks);
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = whole.WrittenCount;
        await http.Response.BodyWriter.WriteAsync(whole.WrittenMemory, http.RequestAborted);
    }

    private async Task StreamAsync(HttpContext http, bool isChat, bool includeUsage, Blanks blanks)
    {
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-cache";
        int? own = int.TryParse(
            http.Request.Headers["x-mock-gap-ms"],
            CultureInfo.InvariantCulture,
            out var asked
        )
            ? asked
            : null;
        var parts = isChat ? MockAnswers.ChatStream : MockAnswers.MessagesStream;
        for (var i = 0; i < parts.Length; i++)
        {
            if (isChat && !includeUsage && i == MockAnswers.ChatUsageAt)
            {
                continue;
            }

            // The last three events of a real stream come together.
            if (
                i > 0
                && i < parts.Length - 2
                && (own ?? Volatile.Read(ref _gapMs)) is > 0 and var gap
            )
            {
                await Task.Delay(TimeSpan.FromMilliseconds(gap), time, http.RequestAborted);
            }

            parts[i].Write(http.Response.BodyWriter, blanks);
            await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
            Interlocked.Increment(ref _events);
        }
    }
}
