namespace Arda.Gateway.Wire.Responses;

/// <summary>
/// Another vendor's signature inside <c>encrypted_content</c>: the one member of a reasoning item that
/// every client sends back unread. What is not sealed (<see cref="ThoughtSeal"/>) is OpenAI's own.
/// </summary>
public static class SealedThought
{
    /// <summary>Such a body came from a conversation with another vendor; OpenAI itself would refuse
    /// it. A false alarm costs a translation, nothing else.</summary>
    public static bool IsIn(ReadOnlySpan<byte> body) => body.IndexOf(ThoughtSeal.MarkInJson) >= 0;

    internal static string? Seal(Block.Reasoning thought)
    {
        if (thought.Source == Vendor.OpenAi)
        {
            return thought.Redacted;
        }
        return thought is { Signature: null, Redacted: null }
            ? null
            : ThoughtSeal.Seal(
                new ThoughtSeal.Sealed(thought.Source, ThoughtSeal.Place.Thought)
                {
                    Signature = thought.Signature,
                    Redacted = thought.Redacted,
                }
            );
    }

    internal static Block.Reasoning Open(string text, string? itemId, string? encrypted) =>
        ThoughtSeal.Open(encrypted) is { } foreign
            ? new Block.Reasoning(text)
            {
                Source = foreign.Vendor,
                Signature = foreign.Signature,
                Redacted = foreign.Redacted,
            }
            : new Block.Reasoning(text)
            {
                Source = encrypted is null && itemId is null ? Vendor.Other : Vendor.OpenAi,
                ItemId = itemId,
                Redacted = encrypted,
            };
}
