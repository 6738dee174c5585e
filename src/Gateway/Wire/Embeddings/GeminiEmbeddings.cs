using System.Buffers;
using System.Text.Json;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire.Embeddings;

/// <summary>POST …:batchEmbedContents, upstream only.</summary>
public static class GeminiEmbeddings
{
    /// <summary>Gemini's limit of one request; OpenAI's clients batch larger by themselves.</summary>
    public const int InputsMax = 100;

    /// <summary>Writes a request for that model. Tokens are a vocabulary that Gemini does not have,
    /// so they are refused.</summary>
    public static Outcome<TranslatedRequest> WriteRequest(
        EmbeddingRequest request,
        string upstreamModel
    )
    {
        if (request.Inputs.Count > InputsMax)
        {
            return new Denial.UnsupportedParameter(
                "input",
                $"This model embeds at most {InputsMax} texts at a time; send the rest apart."
            );
        }

        var body = new ArrayBufferWriter<byte>(512);
        using var json = WireJson.NewWriter(body);
        json.WriteStartObject();
        json.WriteStartArray("requests"u8);
        for (var i = 0; i < request.Inputs.Count; i++)
        {
            if (request.Inputs[i] is not EmbeddingInput.Text text)
            {
                return new Denial.UnsupportedParameter(
                    $"input[{i}]",
                    "This model reads texts, not the token numbers of another; send the text."
                );
            }

            WriteOne(json, text.Value, request.Dimensions, upstreamModel);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return new TranslatedRequest(body.WrittenMemory, request.Untranslatable);
    }

    /// <summary>What the provider counted; newer models say it, older ones do not.</summary>
    /// <exception cref="WireFormatException">The bytes are not a JSON object.</exception>
    public static EmbeddingReading Meter(ReadOnlyMemory<byte> body)
    {
        using var document = AnswerInput.ParseObject(body);
        return new EmbeddingReading(
            new AnswerReading { Usage = UsageOf(document.RootElement) },
            IsBase64: false
        );
    }

    /// <param name="body">A finished 2xx answer.</param>
    /// <param name="inputs">How many vectors were asked for.</param>
    /// <exception cref="WireFormatException">It is not that many vectors.</exception>
    public static EmbeddingAnswer ReadAnswer(ReadOnlyMemory<byte> body, int inputs)
    {
        using var document = AnswerInput.ParseObject(body);
        var vectors = new List<float[]>(inputs);
        foreach (var item in document.RootElement.Items("embeddings"u8))
        {
            vectors.Add(Vectors.Read(item.Member("values"u8)));
        }

        return vectors.Count == inputs
            ? new EmbeddingAnswer { Vectors = vectors, Usage = UsageOf(document.RootElement) }
            : throw new WireFormatException(
                $"The upstream sent {vectors.Count} of {inputs} embeddings."
            );
    }

    private static TokenUsage? UsageOf(JsonElement answer) =>
        OpenAiEmbeddings.UsageOf(answer.Object("usageMetadata"u8)?.Whole("promptTokenCount"u8));

    private static void WriteOne(
        Utf8JsonWriter json,
        string text,
        int? dimensions,
        string upstreamModel
    )
    {
        json.WriteStartObject();
        // Each request of the batch must name the model of the address again.
        json.WriteString("model"u8, "models/" + upstreamModel);
        json.WriteStartObject("content"u8);
        json.WriteStartArray("parts"u8);
        json.WriteStartObject();
        json.WriteString("text"u8, text);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        if (dimensions is { } wanted)
        {
            json.WriteNumber("outputDimensionality"u8, wanted);
        }

        json.WriteEndObject();
    }
}
