using System.Buffers.Binary;
using System.Text.Json;

namespace Arda.Gateway.Wire.Embeddings;

/// <summary>Vectors as numbers and as base64 of little-endian float32, both ways.</summary>
internal static class Vectors
{
    /// <exception cref="WireFormatException">It is no vector.</exception>
    public static float[] Read(JsonElement? from)
    {
        var vector = from switch
        {
            { ValueKind: JsonValueKind.Array } numbers => OfNumbers(numbers),
            { ValueKind: JsonValueKind.String } text => OfBase64(text),
            _ => null,
        };
        // JSON has no word for infinity, and a vector with one measures nothing.
        return vector is { Length: > 0 } && Array.TrueForAll(vector, float.IsFinite)
            ? vector
            : throw new WireFormatException("The upstream sent an embedding that is no vector.");
    }

    public static void Write(Utf8JsonWriter json, float[] vector, bool asBase64)
    {
        if (asBase64)
        {
            var bytes = new byte[vector.Length * sizeof(float)];
            for (var i = 0; i < vector.Length; i++)
            {
                BinaryPrimitives.WriteSingleLittleEndian(
                    bytes.AsSpan(i * sizeof(float)),
                    vector[i]
                );
            }

            json.WriteBase64StringValue(bytes);
            return;
        }

        json.WriteStartArray();
        foreach (var value in vector)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }

    private static float[]? OfNumbers(JsonElement numbers)
    {
        var vector = new float[numbers.GetArrayLength()];
        var i = 0;
        foreach (var number in numbers.EnumerateArray())
        {
            if (number.ValueKind != JsonValueKind.Number || !number.TryGetSingle(out vector[i++]))
            {
                return null;
            }
        }

        return vector;
    }

    private static float[]? OfBase64(JsonElement text)
    {
        if (!text.TryGetBytesFromBase64(out var bytes) || bytes.Length % sizeof(float) != 0)
        {
            return null;
        }

        var vector = new float[bytes.Length / sizeof(float)];
        for (var i = 0; i < vector.Length; i++)
        {
            vector[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i * sizeof(float)));
        }

        return vector;
    }
}
