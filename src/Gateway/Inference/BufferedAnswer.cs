using System.Buffers;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Inference;

/// <summary>One conversation's answer that is sent whole. Until it is read to its end another offer
/// may still take over.</summary>
internal sealed class BufferedAnswer(Exchange exchange, InferenceDesk desk)
{
    private readonly WholeAnswers _whole = new(exchange, desk);

    private sealed record Read(OpenAnswer Open, RentedBytes Bytes, AnswerReading Reading)
        : IDisposable
    {
        /// <summary>Built where the client speaks another dialect.</summary>
        public Answer? Translated { get; init; }

        public void Dispose() => Bytes.Dispose();
    }

    public async Task RunAsync()
    {
        var outcome = await _whole.FirstGoodAsync<Read>(ReadAsync);
        if (outcome.Denied(out var denial, out var read))
        {
            Settlements.Release(exchange);
            await _whole.RefuseAsync(denial);
            return;
        }

        using var owned = read;
        var bill = MeteredBill.Of(
            exchange,
            read.Open.Candidate,
            read.Reading.Usage,
            read.Reading.OutputBytes
        );
        await _whole.SettleAndSendAsync(read.Open, bill, (cost, to) => Write(read, bill, cost, to));
    }

    private async ValueTask<Attempt<Read>> ReadAsync(OpenAnswer open, CancellationToken ct)
    {
        var bytes = await WholeAnswers.ReadToEndAsync(
            open.Response.Body,
            desk.Options.AnswerBytesMax,
            ct
        );
        var reading = open.Upstream.Meter(bytes.Written.Span);
        var answer =
            open.IsPassthrough && !SaysNothing(reading)
                ? null
                : open.Upstream.ReadAnswer(bytes.Written);
        if (answer is { Stop: StopReason.Error })
        {
            bytes.Dispose();
            return new Attempt<Read>(null, BrokenAnswer(answer));
        }

        await open.Response.DisposeAsync();
        var translated = open.IsPassthrough ? null : answer;
        return new Attempt<Read>(new Read(open, bytes, reading) { Translated = translated }, null);
    }

    // What would pass as it came is not read, unless it may be no answer at all: hosts say errors
    // with a 200 too.
    private static bool SaysNothing(AnswerReading reading) =>
        reading is { Usage: null, OutputBytes: 0 };

    private void Write(Read read, MeteredBill bill, Cost cost, IBufferWriter<byte> to)
    {
        if (read.Translated is { } answer)
        {
            var frame = exchange.FrameFor(read.Open.Candidate, cost);
            read.Open.Client.WriteAnswer(answer with { Usage = bill.Usage }, frame, to);
        }
        else if (read.Reading.Usage is not null)
        {
            UsageMembers.WriteWithCost(read.Bytes.Written.Span, read.Reading.UsageAt, cost, to);
        }
        else
        {
            var said = read.Bytes.Written.Span;
            UsageAdded.Write(exchange.Dialect, said, bill.Usage, cost, to);
        }
    }

    private static UpstreamError BrokenAnswer(Answer answer) =>
        new()
        {
            Message = $"The model's provider ended the answer with '{answer.NativeStop}'.",
            Code = answer.NativeStop,
            Kind = UpstreamErrorKind.Server,
        };
}
