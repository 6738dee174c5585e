using System.Buffers;
using System.Text;
using System.Text.Json;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire.Embeddings;

/// <summary>
/// POST /v1/embeddings, as clients and as OpenAI-style hosts speak it. Between the two bytes pass
/// through: the model's name changes on the way out, the cost is added on the way back.
/// </summary>
public static class OpenAiEmbeddings
{
    /// <summary>The client's bytes for that model of a host.</summary>
    public static ReadOnlyMemory<byte> PassRequest(
        RequestScan scan,
        ReadOnlyMemory<byte> body,
        string upstreamModel
    )
    {
        var splice = new JsonSplice();
        var model = scan.Find("model")!.Value;
        if (scan.Model != upstreamModel)
        {
            var name = "\"" + JsonEncodedText.Encode(upstreamModel) + "\"";
            splice.Replace(
                model.ValueStart..model.ValueEnd,
                body.Length,
                Encoding.UTF8.GetBytes(name)
            );
        }

        if (scan.Find("routing") is { } routing)
        {
            splice.RemoveMember(body.Span, routing.Start, routing.ValueEnd);
        }

        if (splice.IsEmpty)
        {
            return body;
        }

        var changed = new ArrayBufferWriter<byte>(body.Length + upstreamModel.Length);
        splice.Apply(body.Span, changed);
        return changed.WrittenMemory;
    }

    /// <summary>
    /// A host's answer for the client: its own bytes with the cost, or written anew where the host
    /// says no usage or writes vectors in the other form than was asked for.
    /// </summary>
    /// <param name="body">The host's answer.</param>
    /// <param name="reading">Of it.</param>
    /// <param name="request">What was asked.</param>
    /// <param name="billed">What is charged: the host's usage, or our count.</param>
    /// <param name="cost">Of the request.</param>
    /// <param name="to">Takes the answer.</param>
    public static void PassAnswer(
        ReadOnlyMemory<byte> body,
        EmbeddingReading reading,
        EmbeddingRequest request,
        TokenUsage billed,
        Cost? cost,
        IBufferWriter<byte> to
    )
    {
        var isAsAsked = reading.IsBase64 == request.AsBase64 && reading.Answer.Usage is not null;
        if (!isAsAsked)
        {
            WriteAnswer(ReadAnswer(body, request.Inputs.Count), request, billed, cost, to);
        }
        else if (cost is null)
        {
            to.Write(body.Span);
        }
        else
        {
            UsageMembers.WriteWithCost(body.Span, reading.Answer.UsageAt, cost, to);
        }
    }

    /// <summary>Scans a finished answer without building it.</summary>
    /// <exception cref="WireFormatException">The bytes are not a JSON object.</exception>
    public static EmbeddingReading Meter(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject
                ? Scan(ref reader)
                : throw new WireFormatException("The upstream sent JSON that is not an object.");
        }
        catch (JsonException wrong)
        {
            throw new WireFormatException("The upstream sent something that is not JSON.", wrong);
        }
    }

    /// <param name="body">A finished 2xx answer.</param>
    /// <param name="inputs">How many vectors were asked for.</param>
    /// <exception cref="WireFormatException">It is not that many vectors.</exception>
    public static EmbeddingAnswer ReadAnswer(ReadOnlyMemory<byte> body, int inputs)
    {
        using var document = AnswerInput.ParseObject(body);
        var vectors = new float[inputs][];
        var found = 0;
        foreach (var item in document.RootElement.Items("data"u8))
        {
            var index = item.Whole("index"u8) ?? found;
            if (index < 0 || index >= inputs || vectors[index] is not null)
            {
                throw new WireFormatException($"The upstream sent embedding {index} of {inputs}.");
            }

            vectors[index] = Vectors.Read(item.Member("embedding"u8));
            found++;
        }

        return found == inputs
            ? new EmbeddingAnswer
            {
                Vectors = vectors,
                Usage = UsageOf(document.RootElement.Object("usage"u8)?.Whole("prompt_tokens"u8)),
            }
            : throw new WireFormatException($"The upstream sent {found} of {inputs} embeddings.");
    }

    /// <summary>Writes an answer of any provider; the client knows the model by the name it
    /// asked for.</summary>
    public static void WriteAnswer(
        EmbeddingAnswer answer,
        EmbeddingRequest request,
        TokenUsage billed,
        Cost? cost,
        IBufferWriter<byte> to
    )
    {
        using var json = WireJson.NewWriter(to);
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        for (var i = 0; i < answer.Vectors.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "embedding"u8);
            json.WriteNumber("index"u8, i);
            json.WritePropertyName("embedding"u8);
            Vectors.Write(json, answer.Vectors[i], request.AsBase64);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("model"u8, request.Model);
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, billed.PromptTotal);
        json.WriteNumber("total_tokens"u8, billed.PromptTotal);
        CostJson.WriteMembers(json, cost);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    internal static TokenUsage? UsageOf(long? promptTokens) =>
        promptTokens is { } tokens and >= 0 ? new TokenUsage { Input = tokens } : null;

    private static EmbeddingReading Scan(ref Utf8JsonReader reader)
    {
        var answer = default(AnswerReading);
        bool? isBase64 = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isUsage, isModel, isData) = (
                reader.ValueTextEquals("usage"u8),
                reader.ValueTextEquals("model"u8),
                reader.ValueTextEquals("data"u8)
            );
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            if (isUsage && reader.TokenType == JsonTokenType.StartObject)
            {
                var usage = UsageOf(PromptTokens(ref reader));
                answer = answer with { Usage = usage, UsageAt = start..(int)reader.BytesConsumed };
            }
            else if (isModel && reader.TokenType == JsonTokenType.String)
            {
                answer = answer with { ModelAt = start..(int)reader.BytesConsumed };
            }
            else if (isData && reader.TokenType == JsonTokenType.StartArray)
            {
                isBase64 = FormOfVectors(ref reader);
            }
            else
            {
                JsonScan.Skip(ref reader);
            }
        }

        return new EmbeddingReading(answer, isBase64);
    }

    private static long? PromptTokens(ref Utf8JsonReader reader)
    {
        long? tokens = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isPrompt = reader.ValueTextEquals("prompt_tokens"u8);
            reader.Read();
            tokens = isPrompt ? JsonScan.Count(ref reader) : tokens;
            JsonScan.Skip(ref reader);
        }

        return tokens;
    }

    private static bool? FormOfVectors(ref Utf8JsonReader reader)
    {
        var depth = reader.CurrentDepth;
        bool? isBase64 = null;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (
                reader.TokenType == JsonTokenType.PropertyName
                && reader.ValueTextEquals("embedding"u8)
            )
            {
                reader.Read();
                isBase64 ??= reader.TokenType == JsonTokenType.String;
            }
        }

        return isBase64;
    }
}
