using System.Buffers;
using System.Text.Json;

namespace Arda.Gateway.Wire.Messages;

/// <summary>
/// Sealed thoughts of other vendors (<see cref="ThoughtSeal"/>) in a Messages request that passes
/// through to Anthropic, which would refuse them as invalid signatures.
/// </summary>
public static class ForeignThought
{
    /// <summary>Takes sealed blocks out. The same memory comes back when there are none.</summary>
    /// <exception cref="WireFormatException">The body is not JSON.</exception>
    public static ReadOnlyMemory<byte> RemoveFrom(ReadOnlyMemory<byte> body)
    {
        if (body.Span.IndexOf(ThoughtSeal.MarkInJson) < 0)
        {
            return body;
        }
        var splice = new JsonSplice();
        try
        {
            MarkSealed(body.Span, splice);
        }
        catch (Exception e) when (Garbage.Is(e))
        {
            throw new WireFormatException("The request is not JSON.", e);
        }
        if (splice.IsEmpty)
        {
            return body;
        }
        var changed = new ArrayBufferWriter<byte>(body.Length);
        splice.Apply(body.Span, changed);
        return changed.WrittenMemory;
    }

    // A block is an object at depth 4: { messages [ { content [ { … } ] } ] }.
    private const int BlockDepth = 4;

    private static void MarkSealed(ReadOnlySpan<byte> body, JsonSplice splice)
    {
        var reader = new Utf8JsonReader(body);
        var (start, isSealed, isFirst) = (0, false, true);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartArray when reader.CurrentDepth == BlockDepth - 1:
                    isFirst = true;
                    break;
                case JsonTokenType.StartObject when reader.CurrentDepth == BlockDepth:
                    (start, isSealed) = ((int)reader.TokenStartIndex, false);
                    break;
                case JsonTokenType.PropertyName when reader.CurrentDepth == BlockDepth + 1:
                    isSealed |= IsSealedMember(ref reader);
                    break;
                case JsonTokenType.EndObject when reader.CurrentDepth == BlockDepth && isSealed:
                    var end = (int)reader.BytesConsumed;
                    splice.Replace(WithComma(body, start, end, isFirst), body.Length, default);
                    isSealed = false;
                    break;
                case JsonTokenType.EndObject when reader.CurrentDepth == BlockDepth:
                    isFirst = false;
                    break;
            }
        }
    }

    private static bool IsSealedMember(ref Utf8JsonReader reader)
    {
        if (!reader.ValueTextEquals("signature"u8) && !reader.ValueTextEquals("data"u8))
        {
            return false;
        }
        reader.Read();
        if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            reader.Skip();
        }
        return reader.TokenType == JsonTokenType.String
            && reader.ValueSpan.StartsWith(ThoughtSeal.MarkInJson[1..]);
    }

    // The first that stays has no comma before it, so what goes before it takes the comma after.
    private static Range WithComma(ReadOnlySpan<byte> body, int start, int end, bool isFirst)
    {
        if (!isFirst)
        {
            return body[..start].LastIndexOf((byte)',')..end;
        }
        var rest = body[end..].IndexOfAnyExcept(" \t\r\n"u8);
        return rest >= 0 && body[end + rest] == (byte)',' ? start..(end + rest + 1) : start..end;
    }
}
