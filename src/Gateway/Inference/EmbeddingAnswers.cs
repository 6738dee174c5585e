using System.Buffers;
using Arda.Gateway.Catalog;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;
using Arda.Gateway.Wire.Embeddings;

namespace Arda.Gateway.Inference;

/// <summary>Embeddings: always whole, metered and charged before they are sent.</summary>
internal sealed class EmbeddingAnswers(Exchange exchange, InferenceDesk desk)
{
    private readonly WholeAnswers _whole = new(exchange, desk);

    private sealed record Embedded(OpenAnswer Open, RentedBytes Bytes, EmbeddingReading Reading)
        : IDisposable
    {
        /// <summary>Read where the host speaks another form than the client.</summary>
        public EmbeddingAnswer? Translated { get; init; }

        public void Dispose() => Bytes.Dispose();
    }

    public async Task RunAsync()
    {
        if (EmbeddingRequest.Read(exchange.Body).Denied(out var wrong, out var request))
        {
            Settlements.Release(exchange);
            await _whole.RefuseAsync(wrong);
            return;
        }

        var outcome = await _whole.FirstGoodAsync<Embedded>(
            (open, ct) => ReadAsync(open, request, ct)
        );
        if (outcome.Denied(out var denial, out var embedded))
        {
            Settlements.Release(exchange);
            await _whole.RefuseAsync(denial);
            return;
        }

        using var owned = embedded;
        var answer = embedded.Reading.Answer;
        var bill = MeteredBill.Of(exchange, embedded.Open.Candidate, answer.Usage, bytes: 0);
        await _whole.SettleAndSendAsync(
            embedded.Open,
            bill,
            (cost, to) => Write(embedded, request, bill, cost, to)
        );
    }

    private async ValueTask<Attempt<Embedded>> ReadAsync(
        OpenAnswer open,
        EmbeddingRequest request,
        CancellationToken ct
    )
    {
        var bytes = await WholeAnswers.ReadToEndAsync(
            open.Response.Body,
            desk.Options.AnswerBytesMax,
            ct
        );
        try
        {
            var read = Judge(open, bytes, request);
            await open.Response.DisposeAsync();
            return new Attempt<Embedded>(read, null);
        }
        catch (Exception fault) when (Garbage.Is(fault))
        {
            throw new WireFormatException("The upstream sent something that is not JSON.", fault);
        }
    }

    // Before anything is charged: the right number of vectors, or another offer is tried.
    private static Embedded Judge(OpenAnswer open, RentedBytes bytes, EmbeddingRequest request)
    {
        if (open.Candidate.Protocol == OfferProtocol.OpenAiEmbeddings)
        {
            OpenAiEmbeddings.ReadAnswer(bytes.Written, request.Inputs.Count);
            return new Embedded(open, bytes, OpenAiEmbeddings.Meter(bytes.Written.Span));
        }

        return new Embedded(open, bytes, GeminiEmbeddings.Meter(bytes.Written))
        {
            Translated = GeminiEmbeddings.ReadAnswer(bytes.Written, request.Inputs.Count),
        };
    }

    private static void Write(
        Embedded embedded,
        EmbeddingRequest request,
        MeteredBill bill,
        Cost cost,
        IBufferWriter<byte> to
    )
    {
        if (embedded.Translated is { } answer)
        {
            OpenAiEmbeddings.WriteAnswer(answer, request, bill.Usage, cost, to);
        }
        else
        {
            OpenAiEmbeddings.PassAnswer(
                embedded.Bytes.Written,
                embedded.Reading,
                request,
                bill.Usage,
                cost,
                to
            );
        }
    }
}
