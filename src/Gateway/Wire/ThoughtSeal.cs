using System.Buffers.Text;
using System.Text.Json;

namespace Arda.Gateway.Wire;

/// <summary>
/// Thoughts of another vendor on their way through a client. Each dialect has one place that clients
/// return untouched, so what the maker needs back is sealed into it: the signature of a thinking block
/// or the data of a redacted one in Messages, <c>encrypted_content</c> in Responses. What vendors put
/// there themselves is plain base64 and never contains the dot of our mark.
/// </summary>
internal static class ThoughtSeal
{
    public const string Mark = "arda1.";

    /// <summary>As it begins a JSON string.</summary>
    public static ReadOnlySpan<byte> MarkInJson => "\"arda1."u8;

    /// <summary>What the sealed text belongs to.</summary>
    public enum Place
    {
        /// <summary>The thinking block itself.</summary>
        Thought,

        /// <summary>The tool call that follows.</summary>
        Call,

        /// <summary>The text before it.</summary>
        Text,
    }

    public sealed record Sealed(Vendor Vendor, Place Place)
    {
        public string? Signature { get; init; }

        public string? Redacted { get; init; }

        public string? ItemId { get; init; }
    }

    public static string Seal(Sealed thought)
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
    public static Sealed? Open(string? text)
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
