using System.Net;
using System.Text;

namespace Arda.Gateway.Sdk.Tests;

/// <summary>Streams: metadata up front, the account at the end, and an end whenever
/// wanted.</summary>
public sealed class StreamTests
{
    private const string Piece = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n";

    private static readonly GatewayChatRequest s_request = new()
    {
        Model = "arda/auto",
        Messages = [GatewayChatMessage.User("Hi")],
    };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Leaving_the_loop_aborts_the_request()
    {
        using var body = new EndlessBody();
        using var gateway = ScriptedGateway.Of(Streaming(body));
        var stream = await gateway.Client().CreateChatCompletionStreamAsync(s_request, null, Ct);
        await foreach (var piece in stream)
        {
            Assert.Equal("Hi", piece.Text);
            break;
        }

        Assert.True(body.IsClosed);
        var end = await stream.Final;
        Assert.Null(end.Usage);
        Assert.Equal(90, end.Balance!.BalanceCents);
    }

    [Fact]
    public async Task Disposing_an_unread_stream_aborts_the_request()
    {
        using var body = new EndlessBody();
        using var gateway = ScriptedGateway.Of(Streaming(body));
        await using (await gateway.Client().CreateChatCompletionStreamAsync(s_request, null, Ct))
        { }

        Assert.True(body.IsClosed);
    }

    [Fact]
    public async Task A_cancelled_stream_throws_and_cancels_its_end()
    {
        using var body = new EndlessBody();
        using var gateway = ScriptedGateway.Of(Streaming(body));
        using var stop = new CancellationTokenSource();
        var stream = await gateway.Client().CreateChatCompletionStreamAsync(s_request, null, Ct);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var piece in stream.WithCancellation(stop.Token))
            {
                await stop.CancelAsync();
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stream.Final);
        Assert.True(body.IsClosed);
    }

    [Fact]
    public async Task A_cut_stream_fails_its_reader_and_its_end()
    {
        using var gateway = ScriptedGateway.Of(ScriptedGateway.Events(Piece));
        var stream = await gateway.Client().CreateChatCompletionStreamAsync(s_request, null, Ct);
        await Assert.ThrowsAsync<GatewayConnectionException>(() => stream.ReadToEndAsync(Ct));
        await Assert.ThrowsAsync<GatewayConnectionException>(() => stream.Final);
    }

    [Fact]
    public async Task A_stream_is_read_once()
    {
        using var gateway = ScriptedGateway.Of(ScriptedGateway.Events(Piece + "data: [DONE]\n\n"));
        var stream = await gateway.Client().CreateChatCompletionStreamAsync(s_request, null, Ct);
        Assert.Equal("Hi", await stream.ReadToEndAsync(Ct));
        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.ReadToEndAsync(Ct));
    }

    [Fact]
    public async Task What_this_version_does_not_know_goes_out_and_comes_back()
    {
        using var gateway = ScriptedGateway.Of(
            ScriptedGateway.Json(200, """{"choices":[],"service_tier":"flex"}""")
        );
        var request = s_request with
        {
            Messages =
            [
                GatewayChatMessage.User(
                    GatewayChatContent.FromParts(
                        GatewayChatPart.OfText("What is this?"),
                        GatewayChatPart.OfImage(new Uri("data:image/png;base64,AA=="))
                    )
                ),
            ],
            More = new Dictionary<string, System.Text.Json.JsonElement>(StringComparer.Ordinal)
            {
                ["service_tier"] = System.Text.Json.JsonElement.Parse("\"flex\""),
            },
        };
        var result = await gateway.Client().CreateChatCompletionAsync(request, null, Ct);
        Assert.Equal("flex", result.Completion.More!["service_tier"].GetString());
        Assert.Equal(
            """{"model":"arda/auto","messages":[{"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}]}],"service_tier":"flex"}""",
            Assert.Single(gateway.Sent).Body
        );
    }

    private static HttpResponseMessage Streaming(EndlessBody body)
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = new StreamContent(body),
        };
        response.Content.Headers.ContentType = new("text/event-stream");
        response.Headers.Add("X-Gateway-Balance-Cents", "90");
        return response;
    }

    /// <summary>One piece, and then a silence that only closing ends.</summary>
    private sealed class EndlessBody : Stream
    {
        private int _reads;

        public bool IsClosed { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get; set; }

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            if (Interlocked.Increment(ref _reads) > 1)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            return Encoding.UTF8.GetBytes(Piece, buffer.Span);
        }

        public override int Read(byte[] buffer, int offset, int count) =>
            throw new NotSupportedException();

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) =>
            throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) =>
            throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            IsClosed = true;
            base.Dispose(disposing);
        }
    }
}
