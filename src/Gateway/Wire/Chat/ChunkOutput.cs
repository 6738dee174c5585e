using System.Buffers;
using System.Text.Json;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Chat;

/// <summary>Everything of a chunk around its delta.</summary>
internal sealed class ChunkOutput(AnswerFrame frame)
{
    private readonly Utf8JsonWriter _json = WireJson.NewWriter(new ArrayBufferWriter<byte>(1));

    public string Id { get; set; } = frame.Generation.Value;

    /// <summary>Starts a chunk; write the delta's members into the writer and call <see cref="End"/>.</summary>
    public Utf8JsonWriter Begin(IBufferWriter<byte> to)
    {
        StartChunk(to);
        _json.WriteStartArray("choices"u8);
        _json.WriteStartObject();
        _json.WriteNumber("index"u8, 0);
        _json.WriteStartObject("delta"u8);
        return _json;
    }

    public void End(
        IBufferWriter<byte> to,
        IReadOnlyList<TokenLogprob>? logprobs = null,
        string? finish = null,
        string? native = null
    )
    {
        _json.WriteEndObject();
        if (logprobs is null)
        {
            _json.WriteNull("logprobs"u8);
        }
        else
        {
            _json.WriteStartObject("logprobs"u8);
            LogprobsJson.Write(_json, "content"u8, logprobs);
            _json.WriteNull("refusal"u8);
            _json.WriteEndObject();
        }
        _json.WriteString("finish_reason"u8, finish);
        if (native is not null)
        {
            _json.WriteString("native_finish_reason"u8, native);
        }
        _json.WriteEndObject();
        _json.WriteEndArray();
        if (frame.IncludeUsage)
        {
            _json.WriteNull("usage"u8);
        }
        EndChunk(to);
    }

    public void WriteUsage(TokenUsage usage, Cost? cost, IBufferWriter<byte> to)
    {
        StartChunk(to);
        _json.WriteStartArray("choices"u8);
        _json.WriteEndArray();
        UsageJson.WriteChat(_json, usage, cost);
        EndChunk(to);
    }

    private void StartChunk(IBufferWriter<byte> to)
    {
        SseOutput.StartData(to);
        _json.Reset(to);
        _json.WriteStartObject();
        ChatHead.Write(_json, frame, Id, "chat.completion.chunk"u8);
    }

    private void EndChunk(IBufferWriter<byte> to)
    {
        _json.WriteEndObject();
        _json.Flush();
        SseOutput.End(to);
    }
}
