using System.Buffers;
using System.Text.Json;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire.Gemini;

/// <summary>Writes chunks as <c>streamGenerateContent?alt=sse</c> sends them: each a whole answer
/// with a piece of the content, a call in one piece, the reason and the usage in the last.</summary>
internal sealed class GeminiStreamWriter(AnswerFrame frame) : IStreamWriter
{
    private Utf8JsonWriter? _writer;
    private StreamEvent.Finished? _finished;
    private TokenUsage? _usage;
    private string? _id;

    public void Write(StreamEvent from, IBufferWriter<byte> to)
    {
        switch (from)
        {
            case StreamEvent.Started started:
                _id = started.Id;
                break;
            case StreamEvent.TextDelta text:
                WriteText(text.Text, text.Logprobs, to);
                break;
            case StreamEvent.RefusalDelta text:
                WriteText(text.Text, null, to);
                break;
            case StreamEvent.ReasoningDelta thought:
                WritePart(new Block.Reasoning(thought.Text) { Source = Vendor.Google }, null, to);
                break;
            case StreamEvent.BlockStopped stopped:
                WriteStopped(stopped.Block, to);
                break;
            case StreamEvent.UsageReported reported:
                _usage = reported.Usage;
                break;
            case StreamEvent.Finished finished:
                _finished = finished;
                break;
        }
    }

    public void Complete(TokenUsage? usage, Cost? cost, IBufferWriter<byte> to) =>
        End(_finished?.Reason ?? StopReason.EndTurn, _finished?.Native, usage ?? _usage, cost, to);

    public void Truncate(TokenUsage? usage, Cost? cost, IBufferWriter<byte> to) =>
        End(StopReason.MaxTokens, null, usage ?? _usage, cost, to);

    /// <summary>Google's own shape of an error, since nobody but our simulated provider speaks it to
    /// a client.</summary>
    public void Fail(ErrorFacts error, IBufferWriter<byte> to)
    {
        SseOutput.StartData(to);
        using (var writer = WireJson.NewWriter(to))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("error"u8);
            writer.WriteNumber("code"u8, error.Status);
            writer.WriteString("message"u8, error.Message);
            writer.WriteString("status"u8, StatusName(error.Status));
            ErrorJson.WriteGateway(error, writer);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        SseOutput.End(to);
    }

    public void KeepAlive(IBufferWriter<byte> to) => SseOutput.Comment(to);

    private void WriteText(
        string text,
        IReadOnlyList<TokenLogprob>? logprobs,
        IBufferWriter<byte> to
    )
    {
        if (text.Length > 0)
        {
            WritePart(new Block.Text(text), logprobs, to);
        }
    }

    // Text went out in its deltas; what is left are the blocks that come whole, and signatures.
    private void WriteStopped(Block block, IBufferWriter<byte> to)
    {
        switch (block)
        {
            case Block.ToolCall or Block.Image or Block.Opaque { Content.Vendor: Vendor.Google }:
                WritePart(block, null, to);
                break;
            case Block.Text text when ThoughtSignature.Of(text) is not null:
                WritePart(text with { Value = "" }, null, to);
                break;
            case Block.Reasoning { Source: Vendor.Google, Signature: { } signature }:
                WriteThoughtSignature(signature, to);
                break;
        }
    }

    private void WritePart(
        Block part,
        IReadOnlyList<TokenLogprob>? logprobs,
        IBufferWriter<byte> to
    )
    {
        var writer = BeginCandidate(to);
        GeminiParts.WriteAnswer(writer, part);
        EndContent(writer);
        if (logprobs is not null)
        {
            GeminiLogprobs.Write(writer, logprobs);
        }
        EndCandidate(writer);
        EndChunk(writer, to);
    }

    private void WriteThoughtSignature(string signature, IBufferWriter<byte> to)
    {
        var writer = BeginCandidate(to);
        GeminiParts.WriteText(writer, "", signature, isThought: true);
        EndContent(writer);
        EndCandidate(writer);
        EndChunk(writer, to);
    }

    private void End(
        StopReason reason,
        string? native,
        TokenUsage? usage,
        Cost? cost,
        IBufferWriter<byte> to
    )
    {
        Utf8JsonWriter writer;
        if (GeminiFinish.Write(reason, native) is { } finish)
        {
            writer = BeginCandidate(to);
            GeminiParts.WriteText(writer, "", null, isThought: false);
            EndContent(writer);
            writer.WriteString("finishReason"u8, finish);
            EndCandidate(writer);
        }
        else
        {
            writer = BeginChunk(to);
            GeminiAnswers.WriteBlocked(writer, native!);
        }
        if (usage is not null)
        {
            writer.WriteStartObject("usageMetadata"u8);
            GeminiUsage.Write(writer, usage);
            CostJson.WriteMembers(writer, cost);
            writer.WriteEndObject();
        }
        EndChunk(writer, to);
    }

    private Utf8JsonWriter BeginChunk(IBufferWriter<byte> to)
    {
        SseOutput.StartData(to);
        if (_writer is null)
        {
            _writer = WireJson.NewWriter(to);
        }
        else
        {
            _writer.Reset(to);
        }
        _writer.WriteStartObject();
        return _writer;
    }

    private Utf8JsonWriter BeginCandidate(IBufferWriter<byte> to)
    {
        var writer = BeginChunk(to);
        writer.WriteStartArray("candidates"u8);
        writer.WriteStartObject();
        writer.WriteStartObject("content"u8);
        writer.WriteStartArray("parts"u8);
        return writer;
    }

    private static void EndContent(Utf8JsonWriter writer)
    {
        writer.WriteEndArray();
        writer.WriteString("role"u8, "model"u8);
        writer.WriteEndObject();
    }

    private static void EndCandidate(Utf8JsonWriter writer)
    {
        writer.WriteNumber("index"u8, 0);
        writer.WriteEndObject();
        writer.WriteEndArray();
    }

    private void EndChunk(Utf8JsonWriter writer, IBufferWriter<byte> to)
    {
        writer.WriteString("modelVersion"u8, frame.Model);
        writer.WriteString("responseId"u8, GeminiAnswers.IdOf(_id, frame));
        writer.WriteEndObject();
        writer.Flush();
        SseOutput.End(to);
    }

    private static string StatusName(int status) =>
        status switch
        {
            400 => "INVALID_ARGUMENT",
            401 => "UNAUTHENTICATED",
            403 => "PERMISSION_DENIED",
            404 => "NOT_FOUND",
            429 => "RESOURCE_EXHAUSTED",
            503 => "UNAVAILABLE",
            504 => "DEADLINE_EXCEEDED",
            _ => "INTERNAL",
        };
}
