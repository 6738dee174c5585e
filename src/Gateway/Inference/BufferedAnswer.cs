using System.Buffers;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Providers;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Inference;

/// <summary>
/// One answer that is sent whole: read to its end, metered, charged, and only then sent. Until it
/// is read to its end another offer may still take over.
/// </summary>
internal sealed class BufferedAnswer(Exchange exchange, InferenceDesk desk)
{
    private sealed record WholeAnswer(OpenAnswer Open, byte[] Bytes, AnswerReading Reading)
    {
        /// <summary>Built where the client speaks another dialect.</summary>
        public Answer? Translated { get; init; }
    }

    public async Task RunAsync()
    {
        using var deadline = new CancellationTokenSource(
            desk.Options.RequestDurationMax,
            desk.Time
        );
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            deadline.Token,
            // With a key to ask again by, the answer is finished for the retry.
            exchange.Replay
                is null
                ? exchange.Http.RequestAborted
                : CancellationToken.None
        );
        Outcome<WholeAnswer> outcome;
        try
        {
            outcome = await desk.Attempts.FirstGoodAsync<WholeAnswer>(
                exchange,
                answer => ReadAsync(answer, either.Token),
                either.Token
            );
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // Nothing was delivered and the provider was told to stop: nothing is charged.
            outcome = new Denial.ProviderUnavailable(exchange.Scan.Model, TimeSpan.FromSeconds(5));
        }

        if (outcome.Denied(out var denial, out var whole))
        {
            Settlements.Release(exchange);
            await RefuseAsync(denial);
            return;
        }

        await SendAsync(whole);
    }

    // A client that left is still answered where it can ask again, or where the provider bills a
    // cancelled request in full: then the true usage is what is charged.
    private bool IsFinishedAnyway() =>
        exchange.Replay is not null
        || exchange.Route.Candidates.Any(candidate =>
            desk.Upstreams.BillsOnDisconnect(candidate.Offer.ProviderId)
        );

    private async ValueTask<Attempt<WholeAnswer>> ReadAsync(OpenAnswer open, CancellationToken ct)
    {
        try
        {
            var bytes = await ReadToEndAsync(open.Response.Body, desk.Options.AnswerBytesMax, ct);
            await open.Response.DisposeAsync();
            var reading = open.Upstream.Meter(bytes);
            var translated = open.IsPassthrough ? null : open.Upstream.ReadAnswer(bytes);
            return translated is { Stop: StopReason.Error }
                ? new Attempt<WholeAnswer>(null, BrokenAnswer(translated))
                : new Attempt<WholeAnswer>(
                    new WholeAnswer(open, bytes, reading) { Translated = translated },
                    null
                );
        }
        catch (Exception fault) when (BrokenStreams.Are(fault, ct))
        {
            return new Attempt<WholeAnswer>(null, CutStream.Error);
        }
    }

    private async Task SendAsync(WholeAnswer whole)
    {
        var candidate = whole.Open.Candidate;
        var bill = MeteredBill.Of(
            exchange,
            candidate,
            whole.Reading.Usage,
            whole.Reading.OutputBytes
        );
        var settled = await desk.Settlements.SettleAsync(
            exchange,
            whole.Open,
            bill,
            StreamEnd.Complete
        );
        if (settled.Denied(out var denial, out var cost))
        {
            await RefuseAsync(denial);
            return;
        }

        AnswerHeaders.ApplyToAnswer(exchange, candidate);
        var body = new ArrayBufferWriter<byte>(whole.Bytes.Length + 256);
        Write(whole, bill, cost, body);
        if (exchange.Replay is { } replay)
        {
            replay.Bytes.Write(body.WrittenSpan);
            await desk.Replays.EndAsync(replay, exchange, wasCharged: true, isWhole: true);
        }

        exchange.Http.Response.ContentLength = body.WrittenCount;
        await exchange.Http.Response.Body.WriteAsync(
            body.WrittenMemory,
            exchange.Http.RequestAborted
        );
    }

    private void Write(WholeAnswer whole, MeteredBill bill, Cost cost, IBufferWriter<byte> to)
    {
        var frame = exchange.FrameFor(whole.Open.Candidate, cost);
        if (whole.Translated is { } answer)
        {
            whole.Open.Client.WriteAnswer(answer with { Usage = bill.Usage }, frame, to);
        }
        else if (whole.Reading.Usage is not null)
        {
            UsageMembers.WriteWithCost(whole.Bytes, whole.Reading.UsageAt, cost, to);
        }
        else
        {
            to.Write(whole.Bytes);
        }
    }

    private async Task RefuseAsync(Denial denial)
    {
        Settlements.Refused(exchange, denial);
        if (exchange.Replay is { } replay)
        {
            await desk.Replays.EndAsync(replay, exchange, wasCharged: false, isWhole: false);
        }

        if (!exchange.Http.RequestAborted.IsCancellationRequested)
        {
            desk.Headers.ApplyToRefusal(exchange.Http, exchange.Caller);
            await Errors.WriteAsync(exchange.Http, denial, exchange.Dialect);
        }
    }

    private static UpstreamError BrokenAnswer(Answer answer) =>
        new()
        {
            Message = $"The model's provider ended the answer with '{answer.NativeStop}'.",
            Code = answer.NativeStop,
            Kind = UpstreamErrorKind.Server,
        };

    private static async ValueTask<byte[]> ReadToEndAsync(
        Stream body,
        int bytesMax,
        CancellationToken ct
    )
    {
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            var length = 0;
            while (true)
            {
                var read = await body.ReadAsync(buffer.AsMemory(length), ct);
                if (read == 0)
                {
                    return buffer.AsSpan(0, length).ToArray();
                }

                length += read;
                if (length > bytesMax)
                {
                    throw new WireFormatException($"The answer is larger than {bytesMax} bytes.");
                }

                if (length == buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                    buffer.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

/// <summary>What an upstream's stream can do to its reader, besides ending.</summary>
internal static class BrokenStreams
{
    public static bool Are(Exception fault, CancellationToken ct) =>
        fault is IOException or WireFormatException or HttpRequestException
        || (fault is OperationCanceledException && !ct.IsCancellationRequested);
}
