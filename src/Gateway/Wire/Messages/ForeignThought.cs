using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace Arda.Gateway.Wire.Messages;

/// <summary>
/// Thoughts of another vendor on their way through an Anthropic client. The dialect has one place
/// that clients return untouched, the signature of a thinking block (or the data of a redacted one),
/// so what the maker needs back is sealed into it. Anthropic's own signatures are plain base64 and
/// never contain the dot of our mark.
/// </summary>
public static class ForeignThought
{
    private const string Mark = "arda1.";

    /// <summary>What the sealed text belongs to.</summary>
    internal enum Place
    {
        /// <summary>The thinking block itself.</summary>
        Thought,

        /// <summary>The tool call that follows.</summary>
        Call,

        /// <summary>The text before it.</summary>
        Text,
    }

    internal sealed record Sealed(Vendor Vendor, Place Place)
    {
        public string? Signature { get; init; }

        public string? Redacted { get; init; }

        public string? ItemId { get; init; }
    }

    internal static string Seal(Sealed thought)
    {
        var json = WireJson.Build(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("v"u8, NameOf(thought.Vendor));
            writer.WriteString("p"u8, PlaceNameOf(thought.Place));
            if (thought.Signature is { } signature)
            {
                writer.WriteString("s"u8, signature);
            }
            if (thought.Redacted is { } redacted)
            {
                writer.WriteString("r"u8, redacted);
            }
            if (thought.ItemId is { } id)
            {
                writer.WriteString("i"u8, id);
            }
            writer.WriteEndObject();
        });
        return Mark + Base64Url.EncodeToString(json.RawUtf8());
    }

    /// <summary>Null when the text is not one of ours.</summary>
    internal static Sealed? Open(string? text)
    {
        if (text is null || !text.StartsWith(Mark, StringComparison.Ordinal))
        {
            return null;
        }
        try
        {
            var json = RawJson.Parse(Base64Url.DecodeFromChars(text.AsSpan(Mark.Length)));
            return new Sealed(VendorOf(json.Text("v"u8)), PlaceOf(json.Text("p"u8)))
            {
                Signature = json.Text("s"u8),
                Redacted = json.Text("r"u8),
                ItemId = json.Text("i"u8),
            };
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            // Marked but broken: nobody's thought, so nobody gets it.
            return new Sealed(Vendor.Other, Place.Thought);
        }
    }

    /// <summary>
    /// Takes sealed blocks out of a Messages request that passes through to Anthropic, which would
    /// refuse them as invalid signatures. The same memory comes back when there are none.
    /// </summary>
    /// <exception cref="WireFormatException">The body is not JSON.</exception>
    public static ReadOnlyMemory<byte> RemoveFrom(ReadOnlyMemory<byte> body)
    {
        if (body.Span.IndexOf("arda1."u8) < 0)
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
        return reader.TokenType == JsonTokenType.String && reader.ValueSpan.StartsWith("arda1."u8);
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

    private static string NameOf(Vendor vendor) =>
        vendor switch
        {
            Vendor.OpenAi => "openai",
            Vendor.Anthropic => "anthropic",
            Vendor.Google => "google",
            _ => "other",
        };

    private static Vendor VendorOf(string? name) =>
        name switch
        {
            "openai" => Vendor.OpenAi,
            "anthropic" => Vendor.Anthropic,
            "google" => Vendor.Google,
            _ => Vendor.Other,
        };

    private static string PlaceNameOf(Place place) =>
        place switch
        {
            Place.Call => "call",
            Place.Text => "text",
            _ => "thought",
        };

    private static Place PlaceOf(string? name) =>
        name switch
        {
            "call" => Place.Call,
            "text" => Place.Text,
            _ => Place.Thought,
        };
}
