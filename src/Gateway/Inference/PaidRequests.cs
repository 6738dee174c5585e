using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Planning;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Inference;

/// <summary>One paid request, from its bytes to its settled answer.</summary>
internal sealed class PaidRequests(Admission admission, InferenceDesk desk)
{
    public Task ConverseAsync(HttpContext http, WireFormat dialect) =>
        AnswerAsync(http, dialect, body => RequestReading.Conversation(dialect, body));

    public Task EmbedAsync(HttpContext http) =>
        AnswerAsync(http, WireFormat.OpenAiChat, RequestScan.ReadEmbeddings);

    private async Task AnswerAsync(
        HttpContext http,
        WireFormat dialect,
        Func<ReadOnlyMemory<byte>, Outcome<RequestScan>> read
    )
    {
        var admitted = await admission.CallerAsync(http, dialect);
        if (admitted.Denied(out var denial, out var caller))
        {
            await Errors.WriteAsync(http, denial, dialect);
            return;
        }

        var received = await RequestBodies.ReadJsonAsync(
            http.Request,
            desk.Options.RequestBytesMax,
            http.RequestAborted
        );
        if (received.Denied(out denial, out var body))
        {
            desk.Headers.ApplyBalance(http, caller);
            await Errors.WriteAsync(http, denial, dialect);
            return;
        }

        using (body)
        {
            var refused = read(body.Bytes).Denied(out denial, out var scan)
                ? denial
                : await RunAsync(http, dialect, caller, scan, body.Bytes);
            if (refused is not null)
            {
                desk.Headers.ApplyBalance(http, caller);
                await Errors.WriteAsync(http, refused, dialect);
            }
        }
    }

    /// <returns>Why the request was not let in; null when it was, whatever became of it.</returns>
    private async Task<Denial?> RunAsync(
        HttpContext http,
        WireFormat dialect,
        Caller caller,
        RequestScan scan,
        ReadOnlyMemory<byte> body
    )
    {
        var generation = GenerationId.New();
        ReplayCapture? capture = null;
        if (await admission.ReplayAsync(http, caller, body, generation) is { } replay)
        {
            if (replay.Denied(out var taken, out var state))
            {
                return taken;
            }

            if (state is ReplayState.Kept kept)
            {
                desk.Headers.ApplyBalance(http, caller);
                await Replays.SendAsync(http, kept);
                return null;
            }

            capture = ((ReplayState.Fresh)state).Capture;
        }

        Exchange? exchange = null;
        try
        {
            var outcome = await admission.AdmitAsync(
                http,
                dialect,
                caller,
                scan,
                body,
                capture,
                generation
            );
            if (outcome.Denied(out var denial, out exchange))
            {
                return denial;
            }
        }
        finally
        {
            // Refused, or left by its client while it waited for its hold: the key is free again.
            if (exchange is null && capture is not null)
            {
                await desk.Replays.ForgetAsync(capture);
            }
        }

        AnswerHeaders.ApplyToExchange(exchange);
        await RunAsync(exchange);
        return null;
    }

    private async Task RunAsync(Exchange exchange)
    {
        try
        {
            await (
                exchange.Scan.IsEmbeddings ? new EmbeddingAnswers(exchange, desk).RunAsync()
                : exchange.IsStream ? StreamAsync(exchange)
                : new BufferedAnswer(exchange, desk).RunAsync()
            );
        }
        finally
        {
            // Whatever went wrong above, no hold outlives its request, and a retry may run.
            if (!exchange.HasEnded)
            {
                Settlements.Release(exchange);
                await (
                    exchange.Replay is { } replay
                        ? desk.Replays.ForgetAsync(replay)
                        : Task.CompletedTask
                );
            }
        }
    }

    private async Task StreamAsync(Exchange exchange)
    {
        using var answer = new StreamedAnswer(exchange, desk);
        await answer.RunAsync();
    }
}
