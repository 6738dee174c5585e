using System.Text;
using System.Text.Json;

namespace Arda.Gateway.Wire.Gemini;

/// <summary><c>logprobsResult</c>: the chosen tokens, and beside each the likeliest ones.</summary>
internal static class GeminiLogprobs
{
    public static IReadOnlyList<TokenLogprob>? Read(JsonElement candidate)
    {
        if (candidate.Object("logprobsResult"u8) is not { } result)
        {
            return null;
        }
        var tops = result.Items("topCandidates"u8).ToList();
        var tokens = new List<TokenLogprob>();
        foreach (var chosen in result.Items("chosenCandidates"u8))
        {
            var top =
                tokens.Count < tops.Count
                    ? tops[tokens.Count].Items("candidates"u8).Select(c => Token(c, [])).ToList()
                    : [];
            tokens.Add(Token(chosen, top));
        }
        return tokens.Count > 0 ? tokens : null;
    }

    public static void Write(Utf8JsonWriter writer, IReadOnlyList<TokenLogprob> tokens)
    {
        writer.WriteStartObject("logprobsResult"u8);
        writer.WriteStartArray("chosenCandidates"u8);
        foreach (var token in tokens)
        {
            WriteToken(writer, token);
        }
        writer.WriteEndArray();
        writer.WriteStartArray("topCandidates"u8);
        foreach (var token in tokens)
        {
            writer.WriteStartObject();
            writer.WriteStartArray("candidates"u8);
            foreach (var top in token.Top)
            {
                WriteToken(writer, top);
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static TokenLogprob Token(JsonElement from, IReadOnlyList<TokenLogprob> top)
    {
        var text = from.Text("token"u8) ?? "";
        var logprob =
            from.Member("logProbability"u8) is { ValueKind: JsonValueKind.Number } number
            && number.TryGetDouble(out var value)
                ? value
                : 0;
        return new TokenLogprob(text, logprob, Encoding.UTF8.GetBytes(text), top);
    }

    private static void WriteToken(Utf8JsonWriter writer, TokenLogprob token)
    {
        writer.WriteStartObject();
        writer.WriteString("token"u8, token.Token);
        writer.WriteNumber("logProbability"u8, token.Logprob);
        writer.WriteEndObject();
    }
}
