using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Providers.Simulated;

/// <summary>
/// Vectors of length one, made from the words of a text, so that texts with words in common are
/// near each other. The same text always gets the same vector.
/// </summary>
internal static class SimulatedEmbeddings
{
    private const int DimensionsDefault = 256;
    private const int DimensionsMax = 8_192;

    /// <summary>What was asked, or what is wrong with it.</summary>
    public sealed record Asked
    {
        public IReadOnlyList<string> Texts { get; init; } = [];

        public int Dimensions { get; init; } = DimensionsDefault;

        public bool AsBase64 { get; init; }

        public string? Wrong { get; init; }

        public string? Param { get; init; }

        public long Tokens => Texts.Sum(text => SimulatedTokens.Count(text));
    }

    public static Asked Read(ReadOnlyMemory<byte> body, bool isGemini, int dimensionsDefault)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return isGemini
                ? ReadGemini(document.RootElement, dimensionsDefault)
                : ReadOpenAi(document.RootElement, dimensionsDefault);
        }
        catch (JsonException)
        {
            return new Asked { Wrong = "We could not parse the JSON body of your request." };
        }
    }

    public static void WriteOpenAi(
        Asked asked,
        string model,
        bool withUsage,
        IBufferWriter<byte> to
    )
    {
        using var writer = WireJson.NewWriter(to);
        writer.WriteStartObject();
        writer.WriteString("object"u8, "list"u8);
        writer.WriteStartArray("data"u8);
        for (var i = 0; i < asked.Texts.Count; i++)
        {
            var vector = Vector(asked.Texts[i], asked.Dimensions);
            writer.WriteStartObject();
            writer.WriteString("object"u8, "embedding"u8);
            writer.WriteNumber("index"u8, i);
            if (asked.AsBase64)
            {
                var bytes = new byte[vector.Length * sizeof(float)];
                for (var j = 0; j < vector.Length; j++)
                {
                    BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(j * 4), vector[j]);
                }

                writer.WriteBase64String("embedding"u8, bytes);
            }
            else
            {
                writer.WritePropertyName("embedding"u8);
                WriteNumbers(writer, vector);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteString("model"u8, model);
        if (withUsage)
        {
            writer.WriteStartObject("usage"u8);
            writer.WriteNumber("prompt_tokens"u8, asked.Tokens);
            writer.WriteNumber("total_tokens"u8, asked.Tokens);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    public static void WriteGemini(Asked asked, IBufferWriter<byte> to)
    {
        using var writer = WireJson.NewWriter(to);
        writer.WriteStartObject();
        writer.WriteStartArray("embeddings"u8);
        foreach (var text in asked.Texts)
        {
            writer.WriteStartObject();
            writer.WritePropertyName("values"u8);
            WriteNumbers(writer, Vector(text, asked.Dimensions));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static Asked ReadOpenAi(JsonElement root, int dimensionsDefault)
    {
        var texts = Inputs(root.Member("input"u8));
        if (texts is null or { Count: 0 })
        {
            return new Asked
            {
                Wrong = "'input' must be a text, texts, or tokens.",
                Param = "input",
            };
        }

        var dimensions = root.Member("dimensions"u8) is null
            ? dimensionsDefault
            : root.Whole("dimensions"u8) ?? 0;
        if (dimensions is < 1 or > DimensionsMax)
        {
            return new Asked
            {
                Wrong = $"{dimensions} is not from 1 to {DimensionsMax} - 'dimensions'",
                Param = "dimensions",
            };
        }

        var format = root.Text("encoding_format"u8) ?? "float";
        return format is "float" or "base64"
            ? new Asked
            {
                Texts = texts,
                Dimensions = (int)dimensions,
                AsBase64 = format == "base64",
            }
            : new Asked
            {
                Wrong = $"'{format}' is not one of float, base64 - 'encoding_format'",
                Param = "encoding_format",
            };
    }

    private static Asked ReadGemini(JsonElement root, int dimensionsDefault)
    {
        var texts = new List<string>();
        var dimensions = (long)dimensionsDefault;
        foreach (var request in root.Items("requests"u8))
        {
            var parts = request.Object("content"u8)?.Items("parts"u8) ?? default;
            texts.Add(string.Concat(parts.Select(part => part.Text("text"u8) ?? "")));
            dimensions = request.Whole("outputDimensionality"u8) ?? dimensions;
        }

        return texts.Count == 0 || dimensions is < 1 or > DimensionsMax
            ? new Asked { Wrong = "* BatchEmbedContentsRequest.requests: unexpected value" }
            : new Asked { Texts = texts, Dimensions = (int)dimensions };
    }

    private static List<string>? Inputs(JsonElement? input)
    {
        if (input is { ValueKind: JsonValueKind.String } one)
        {
            return [one.Lenient()];
        }

        if (input is not { ValueKind: JsonValueKind.Array } many || many.GetArrayLength() == 0)
        {
            return null;
        }

        if (many[0].ValueKind == JsonValueKind.Number)
        {
            return [Tokens(many)];
        }

        return
        [
            .. many.EnumerateArray()
                .Select(item =>
                    item.ValueKind == JsonValueKind.String ? item.Lenient() : Tokens(item)
                ),
        ];
    }

    // Token ids stand for words we do not know; each is a word of its own.
    private static string Tokens(JsonElement ids) => ids.GetRawText().Replace(',', ' ');

    private static float[] Vector(string text, int dimensions)
    {
        var sum = new double[dimensions];
        Add(sum, text, 0.25); // Texts with the same words in another order still differ.
        foreach (var word in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            Add(sum, word.Trim('.', ',', '?', '!', ';', ':').ToLowerInvariant(), 1);
        }

        var length = Math.Sqrt(sum.Sum(x => x * x));
        return [.. sum.Select(x => (float)(x / length))];
    }

    private static void Add(double[] sum, string word, double weight)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(word), hash);
        var random = new SeededRandom(BinaryPrimitives.ReadUInt64LittleEndian(hash));
        for (var i = 0; i < sum.Length; i++)
        {
            sum[i] += weight * (random.Fraction() - 0.5);
        }
    }

    private static void WriteNumbers(Utf8JsonWriter writer, float[] vector)
    {
        writer.WriteStartArray();
        foreach (var x in vector)
        {
            writer.WriteNumberValue(x);
        }

        writer.WriteEndArray();
    }
}
