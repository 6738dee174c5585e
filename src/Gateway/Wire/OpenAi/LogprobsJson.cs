using System.Text.Json;

namespace Arda.Gateway.Wire.OpenAi;

/// <summary>Token log probabilities: Chat and Responses write the same objects.</summary>
internal static class LogprobsJson
{
    // What OpenAI itself says for a token it thinks impossible; JSON has no infinity.
    private const double LogprobMin = -9999.0;

    public static IReadOnlyList<TokenLogprob>? Read(JsonElement parent, ReadOnlySpan<byte> name)
    {
        List<TokenLogprob>? tokens = null;
        foreach (var token in parent.Items(name))
        {
            (tokens ??= []).Add(ReadToken(token));
        }
        return tokens;
    }

    public static void Write(
        Utf8JsonWriter writer,
        ReadOnlySpan<byte> name,
        IReadOnlyList<TokenLogprob> tokens
    )
    {
        writer.WriteStartArray(name);
        foreach (var token in tokens)
        {
            writer.WriteStartObject();
            WriteToken(writer, token);
            writer.WriteStartArray("top_logprobs"u8);
            foreach (var other in token.Top)
            {
                writer.WriteStartObject();
                WriteToken(writer, other);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static TokenLogprob ReadToken(JsonElement token)
    {
        List<TokenLogprob>? top = null;
        foreach (var other in token.Items("top_logprobs"u8))
        {
            (top ??= []).Add(ReadAlone(other, []));
        }
        return ReadAlone(token, top ?? []);
    }

    private static TokenLogprob ReadAlone(JsonElement token, IReadOnlyList<TokenLogprob> top) =>
        new(
            token.Text("token"u8) ?? "",
            token.Member("logprob"u8) is { ValueKind: JsonValueKind.Number } number
            && number.TryGetDouble(out var value)
            && double.IsFinite(value)
                ? value
                : LogprobMin,
            ReadBytes(token),
            top
        );

    private static byte[]? ReadBytes(JsonElement token)
    {
        if (token.Member("bytes"u8) is not { ValueKind: JsonValueKind.Array } array)
        {
            return null;
        }
        var bytes = new List<byte>(array.GetArrayLength());
        foreach (var item in array.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetByte(out var value))
            {
                return null;
            }
            bytes.Add(value);
        }
        return [.. bytes];
    }

    private static void WriteToken(Utf8JsonWriter writer, TokenLogprob token)
    {
        writer.WriteString("token"u8, token.Token);
        writer.WriteNumber("logprob"u8, token.Logprob);
        if (token.Bytes is not { } bytes)
        {
            writer.WriteNull("bytes"u8);
            return;
        }
        writer.WriteStartArray("bytes"u8);
        foreach (var value in bytes)
        {
            writer.WriteNumberValue(value);
        }
        writer.WriteEndArray();
    }
}
