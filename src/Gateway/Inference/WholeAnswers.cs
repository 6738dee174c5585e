using System.Buffers;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Inference;

/// <summary>
/// What all answers that are sent whole have in common: read to the end under one deadline, charged,
/// kept for a retry where one was announced, and only then sent.
/// </summary>
internal sealed class WholeAnswers(Exchange exchange, InferenceDesk desk)
{
    /// <summary>Another offer may take over until <paramref name="read"/> has an answer. Broken
    /// bodies are faults of the provider.</summary>
    public async ValueTask<Outcome<T>> FirstGoodAsync<T>(
        Func<OpenAnswer, CancellationToken, ValueTask<Attempt<T>>> read
    )
        where T : class
    {
        using var deadline = new CancellationTokenSource(
            desk.Options.RequestDurationMax,
            desk.Time
        );
        // Declared after the deadline, so that it is let go of first: it may be cancelling it.
        using var left = IsFinishedAnyway()
            ? default
            : exchange.Http.RequestAborted.UnsafeRegister(
                static deadline => ((CancellationTokenSource)deadline!).Cancel(),
                deadline
            );
        var ct = deadline.Token;
        try
        {
            return await desk.Attempts.FirstGoodAsync<T>(exchange, ReadAsync, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Nothing was delivered and the provider was told to stop: nothing is charged.
            return new Denial.ProviderUnavailable(exchange.Scan.Model, TimeSpan.FromSeconds(5));
        }

        async ValueTask<Attempt<T>> ReadAsync(OpenAnswer open)
        {
            try
            {
                return await read(open, ct);
            }
            catch (Exception fault) when (BrokenStreams.Are(fault, ct))
            {
                return new Attempt<T>(null, CutStream.Error);
            }
        }
    }

    public async Task SettleAndSendAsync(
        OpenAnswer open,
        MeteredBill bill,
        Action<Cost, IBufferWriter<byte>> write
    )
    {
        var settled = await Settlements.SettleAsync(exchange, open, bill, StreamEnd.Complete);
        if (settled.Denied(out var denial, out var cost))
        {
            // The store takes the charge as soon as it can: the key must not run, and pay, again.
            await RefuseAsync(denial, mayBeCharged: true);
            return;
        }

        AnswerHeaders.ApplyToAnswer(exchange, open.Candidate);
        using var body = new RentedBytes(4096);
        write(cost, body);
        if (exchange.Replay is { } replay)
        {
            replay.Bytes.Write(body.Written.Span);
            await desk.Replays.EndAsync(replay, exchange, wasCharged: true, isWhole: true);
        }

        exchange.Http.Response.ContentLength = body.Length;
        await exchange.Http.Response.Body.WriteAsync(body.Written, exchange.Http.RequestAborted);
    }

    public async Task RefuseAsync(Denial denial, bool mayBeCharged = false)
    {
        Settlements.Refused(exchange, denial);
        if (exchange.Replay is { } replay)
        {
            await desk.Replays.EndAsync(replay, exchange, mayBeCharged, isWhole: false);
        }

        if (!exchange.Http.RequestAborted.IsCancellationRequested)
        {
            desk.Headers.ApplyBalance(exchange.Http, exchange.Caller);
            await Errors.WriteAsync(exchange.Http, denial, exchange.Dialect);
        }
    }

    /// <summary>The whole body. Whoever takes it gives it back once the answer is written.</summary>
    public static async ValueTask<RentedBytes> ReadToEndAsync(
        Stream body,
        int bytesMax,
        CancellationToken ct
    )
    {
        var bytes = new RentedBytes(16 << 10);
        try
        {
            while (await body.ReadAsync(bytes.GetMemory(), ct) is var read and > 0)
            {
                bytes.Advance(read);
                if (bytes.Length > bytesMax)
                {
                    throw new WireFormatException($"The answer is larger than {bytesMax} bytes.");
                }
            }
        }
        catch
        {
            bytes.Dispose();
            throw;
        }

        return bytes;
    }

    // A client that left is still answered where it can ask again, or where the provider bills a
    // cancelled request in full: then the true usage is what is charged.
    private bool IsFinishedAnyway() =>
        exchange.Replay is not null
        || exchange.Route.Candidates.Any(candidate =>
            desk.Upstreams.BillsOnDisconnect(candidate.Offer.ProviderId)
        );
}

/// <summary>What an upstream's stream can do to its reader, besides ending.</summary>
internal static class BrokenStreams
{
    public static bool Are(Exception fault, CancellationToken ct) =>
        fault is IOException or WireFormatException or HttpRequestException
        || (fault is OperationCanceledException && !ct.IsCancellationRequested);
}
