using System.Text.Json;

namespace Arda.Gateway.Wire;

/// <summary>One piece of a turn or of an answer. The order of blocks is kept everywhere.</summary>
public abstract record Block
{
    private Block() { }

    public CacheMark? Cache { get; init; }

    /// <summary>What came with the block that only its vendor reads: item ids, citations, thought
    /// signatures on a function call. A writer for another vendor leaves it out.</summary>
    public VendorBag? Bag { get; init; }

    public sealed record Text(string Value) : Block
    {
        public IReadOnlyList<TokenLogprob>? Logprobs { get; init; }
    }

    /// <summary>The model declined, in its own words (Chat <c>message.refusal</c>).</summary>
    public sealed record Refusal(string Value) : Block;

    public sealed record Image(MediaSource Source, string? Detail = null) : Block;

    /// <summary>A PDF or text document.</summary>
    public sealed record Document(MediaSource Source, string? Name = null) : Block;

    public sealed record Audio(MediaSource Source) : Block;

    /// <summary>The model asks for a function. <paramref name="ArgumentsJson"/> is the text of a JSON
    /// object, never empty: no arguments is "{}".</summary>
    public sealed record ToolCall(string Id, string Name, string ArgumentsJson) : Block;

    /// <summary><paramref name="ToolName"/> is looked up from the call where the client did not say
    /// it; Gemini needs it.</summary>
    public sealed record ToolResult(
        string CallId,
        string? ToolName,
        IReadOnlyList<Block> Content,
        bool IsError
    ) : Block;

    /// <summary>
    /// Thoughts. <paramref name="Value"/> may be empty with a signature (display omitted), and
    /// <see cref="Redacted"/> holds data that only the vendor can read (redacted_thinking,
    /// encrypted_content). Both must return unchanged to the <see cref="Source"/> that made them and
    /// to nobody else.
    /// </summary>
    public sealed record Reasoning(string Value) : Block
    {
        public string? Signature { get; init; }

        public string? Redacted { get; init; }

        /// <summary>Responses: the item's id; "rs_…".</summary>
        public string? ItemId { get; init; }

        public required Vendor Source { get; init; }
    }

    /// <summary>A block of a kind we do not model, such as a server tool's result.</summary>
    public sealed record Opaque(VendorBag Content) : Block;
}

/// <summary>Inline bytes as base64, or an address the vendor fetches itself, or a vendor's file id.</summary>
public sealed record MediaSource
{
    public string? MediaType { get; init; }

    public string? Base64 { get; init; }

    public string? Url { get; init; }

    public string? FileId { get; init; }
}

public sealed record TokenLogprob(
    string Token,
    double Logprob,
    byte[]? Bytes,
    IReadOnlyList<TokenLogprob> Top
);

/// <summary>An upstream's own words kept raw where a message has to quote them.</summary>
public static class RawJson
{
    /// <summary>A copy that outlives the document it was read from.</summary>
    public static JsonElement Parse(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        return JsonElement.ParseValue(ref reader);
    }
}
