namespace Arda.Gateway.Wire.Responses;

/// <summary>
/// Another vendor's signature inside <c>encrypted_content</c>: the one member of a reasoning item that
/// every client sends back unread. What does not begin like this is OpenAI's own.
/// </summary>
public static class SealedThought
{
    /// <summary>A body that holds this text came from a conversation with another vendor; OpenAI
    /// itself would refuse it.</summary>
    public const string Prefix = "arda.";

    private const string Signature = "signature.";
    private const string Redacted = "redacted.";

    /// <summary>A false alarm costs a translation, nothing else.</summary>
    public static bool IsIn(ReadOnlySpan<byte> body) => body.IndexOf("\"arda."u8) >= 0;

    internal static string? Seal(Block.Reasoning thought)
    {
        if (thought.Source == Vendor.OpenAi)
        {
            return thought.Redacted;
        }
        var vendor = Prefix + NameOf(thought.Source) + ".";
        return thought.Signature is { } signature ? vendor + Signature + signature
            : thought.Redacted is { } data ? vendor + Redacted + data
            : null;
    }

    internal static Block.Reasoning Open(string text, string? itemId, string? encrypted)
    {
        if (encrypted?.StartsWith(Prefix, StringComparison.Ordinal) != true)
        {
            return new Block.Reasoning(text)
            {
                Source = encrypted is null && itemId is null ? Vendor.Other : Vendor.OpenAi,
                ItemId = itemId,
                Redacted = encrypted,
            };
        }
        var rest = encrypted[Prefix.Length..];
        var dot = rest.IndexOf('.', StringComparison.Ordinal);
        var value = rest[(dot + 1)..];
        var isSignature = value.StartsWith(Signature, StringComparison.Ordinal);
        var isRedacted = value.StartsWith(Redacted, StringComparison.Ordinal);
        return new Block.Reasoning(text)
        {
            Source = dot < 0 ? Vendor.Other : VendorOf(rest[..dot]),
            Signature = isSignature ? value[Signature.Length..] : null,
            Redacted = isRedacted ? value[Redacted.Length..] : null,
        };
    }

    private static string NameOf(Vendor vendor) =>
        vendor switch
        {
            Vendor.Anthropic => "anthropic",
            Vendor.Google => "google",
            _ => "other",
        };

    private static Vendor VendorOf(string name) =>
        name switch
        {
            "anthropic" => Vendor.Anthropic,
            "google" => Vendor.Google,
            _ => Vendor.Other,
        };
}
