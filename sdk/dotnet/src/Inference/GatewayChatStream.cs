using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace Arda.Gateway.Sdk;

/// <summary>
/// A streamed answer. What the headers say is known up front; the pieces come with
/// <c>await foreach</c>, once; what it cost is in <see cref="Final"/> when they have ended. Leaving
/// the loop early, or disposing, aborts the request: the model stops, and what was delivered is
/// charged.
/// </summary>
public sealed class GatewayChatStream
    : GatewayResponseMetadata,
        IAsyncEnumerable<GatewayChatChunk>,
        IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly GatewayTransport _transport;
    private readonly CancellationToken _ct;
    private readonly TaskCompletionSource<GatewayStreamEnd> _final = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );

    private int _isTaken;

    internal GatewayChatStream(
        HttpResponseMessage response,
        GatewayTransport transport,
        CancellationToken ct
    )
        : base(response)
    {
        (_response, _transport, _ct) = (response, transport, ct);
        // A failure that nobody awaits here has been thrown by the loop.
        _ = _final.Task.ContinueWith(
            static failed => _ = failed.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted,
            TaskScheduler.Default
        );
    }

    /// <summary>Usage, cost and balance. Completes when the pieces have been read to their end, by
    /// a loop or by <see cref="ReadToEndAsync"/>; fails as the loop fails; a stream that is left
    /// early completes it with what was known by then.</summary>
    public Task<GatewayStreamEnd> Final => _final.Task;

    /// <summary>The pieces, as they come.</summary>
    /// <param name="cancellationToken">Aborts the request.</param>
    /// <exception cref="GatewayApiException">While reading: the gateway broke the answer off, as
    /// when the provider failed.</exception>
    /// <exception cref="GatewayConnectionException">While reading: the connection was lost before
    /// the end.</exception>
    /// <exception cref="InvalidOperationException">The pieces were read before.</exception>
    public async IAsyncEnumerator<GatewayChatChunk> GetAsyncEnumerator(
        CancellationToken cancellationToken = default
    )
    {
        if (Interlocked.Exchange(ref _isTaken, 1) == 1)
        {
            throw new InvalidOperationException("A stream can be read once.");
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(_ct, cancellationToken);
        GatewayUsage? usage = null;
        var chunks = ChunksAsync(either.Token).GetAsyncEnumerator(either.Token);
        try
        {
            while (await AdvanceAsync(chunks, either.Token).ConfigureAwait(false))
            {
                usage = chunks.Current.Usage ?? usage;
                yield return chunks.Current;
            }

            _final.TrySetResult(
                new GatewayStreamEnd
                {
                    Usage = usage,
                    Cost = usage?.Cost,
                    Balance = usage?.Balance ?? Balance,
                }
            );
        }
        finally
        {
            await chunks.DisposeAsync().ConfigureAwait(false);
            await DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Reads all pieces for their text, where nobody wants them one by one.</summary>
    /// <param name="cancellationToken">Aborts the request.</param>
    /// <returns>The text of the first answer.</returns>
    public async Task<string> ReadToEndAsync(CancellationToken cancellationToken = default)
    {
        var text = new StringBuilder();
        await foreach (var chunk in this.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            text.Append(chunk.Text);
        }

        return text.ToString();
    }

    /// <summary>Aborts what is still running.</summary>
    public ValueTask DisposeAsync()
    {
        // Closing the connection is what tells the gateway to stop.
        _response.Dispose();
        _final.TrySetResult(new GatewayStreamEnd { Balance = Balance });
        return ValueTask.CompletedTask;
    }

    private async ValueTask<bool> AdvanceAsync(
        IAsyncEnumerator<GatewayChatChunk> chunks,
        CancellationToken ct
    )
    {
        try
        {
            return await chunks.MoveNextAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException stopped) when (ct.IsCancellationRequested)
        {
            _final.TrySetCanceled(stopped.CancellationToken);
            throw;
        }
        catch (GatewayException failed)
        {
            _final.TrySetException(failed);
            throw;
        }
        catch (Exception failed) when (GatewayTransport.IsLostConnection(failed, ct))
        {
            var lost = _transport.Lost(failed);
            _final.TrySetException(lost);
            throw lost;
        }
    }

    private async IAsyncEnumerable<GatewayChatChunk> ChunksAsync(
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        var body = await _response.Content.ReadAsStreamAsync(ct).ConfigureAwait(false);
        await using var owned = body.ConfigureAwait(false);
        var events = SseParser.Create(body, static (_, bytes) => bytes.ToArray());
        await foreach (var sent in events.EnumerateAsync(ct).ConfigureAwait(false))
        {
            if (sent.Data.AsSpan().SequenceEqual("[DONE]"u8))
            {
                yield break;
            }

            yield return ChunkOf(sent.Data);
        }

        throw _transport.Lost(new IOException("The stream ended before its [DONE]."));
    }

    private GatewayChatChunk ChunkOf(byte[] data)
    {
        try
        {
            using var value = JsonDocument.Parse(data);
            if (
                value.RootElement.TryGetProperty("error", out var error)
                && error.ValueKind is JsonValueKind.Object
            )
            {
                // It comes under the status of success, so it has none.
                throw ErrorBodies.ExceptionOf(error, status: null, RequestId, retryAfter: null);
            }

            return value.RootElement.Deserialize(GatewayJson.Default.GatewayChatChunk)
                ?? throw new JsonException("An event is an object.");
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            throw new GatewayResponseException(
                "An event of the stream is not a piece of an answer.",
                (int)_response.StatusCode,
                RequestId,
                wrong
            );
        }
    }
}
