using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Inference;

/// <summary>One conversation request, from its bytes to its settled answer.</summary>
internal sealed class Conversations(Admission admission, InferenceDesk desk)
{
    public async Task AnswerAsync(HttpContext http, WireFormat dialect)
    {
        var admitted = await admission.CallerAsync(http, dialect);
        if (admitted.Denied(out var denial, out var caller))
        {
            await Errors.WriteAsync(http, denial, dialect);
            return;
        }

        var read = await RequestBodies.ReadJsonAsync(
            http.Request,
            desk.Options.RequestBytesMax,
            http.RequestAborted
        );
        if (read.Denied(out denial, out var body))
        {
            await Errors.WriteAsync(http, denial, dialect);
            return;
        }

        using (body)
        {
            var refused = await AnswerAsync(http, dialect, caller, body.Bytes);
            if (refused is not null)
            {
                desk.Headers.ApplyToRefusal(http, caller);
                await Errors.WriteAsync(http, refused, dialect);
            }
        }
    }

    /// <returns>Why the request was not let in; null when it was, whatever became of it.</returns>
    private async Task<Denial?> AnswerAsync(
        HttpContext http,
        WireFormat dialect,
        Caller caller,
        ReadOnlyMemory<byte> body
    )
    {
        if (RequestScan.Read(dialect, body).Denied(out var denial, out var scan))
        {
            return denial;
        }

        var generation = GenerationId.New();
        ReplayCapture? capture = null;
        if (await admission.ReplayAsync(http, caller, body, generation) is { } replay)
        {
            if (replay.Denied(out denial, out var state))
            {
                return denial;
            }

            if (state is ReplayState.Kept kept)
            {
                await Replays.SendAsync(http, kept);
                return null;
            }

            capture = ((ReplayState.Fresh)state).Capture;
        }

        var outcome = await admission.AdmitAsync(
            http,
            dialect,
            caller,
            scan,
            body,
            capture,
            generation
        );
        if (outcome.Denied(out denial, out var exchange))
        {
            await (capture is null ? Task.CompletedTask : desk.Replays.ForgetAsync(capture));
            return denial;
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
                exchange.IsStream
                    ? new StreamedAnswer(exchange, desk).RunAsync()
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
}
