using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Providers.Simulated;

/// <summary>A place in a prompt up to which it may be cached.</summary>
/// <param name="Key">Of everything before it.</param>
/// <param name="Tokens">Before it.</param>
/// <param name="Ttl">As the client asked: "5m", "1h" or nothing.</param>
/// <param name="Wanted">The client marked it; otherwise it is only the end of a turn.</param>
internal readonly record struct PromptMark(UInt128 Key, long Tokens, string? Ttl, bool Wanted);

/// <summary>
/// One walk over a request: how many tokens it has, the seed of its answer, and where its prefix
/// can be cached. Same request, same reading.
/// </summary>
internal sealed class PromptReading : IDisposable
{
    private const int TokensPerTurn = 4;
    private const int TokensPerImage = 765;
    private const int TokensPerTool = 12;
    private const int BytesPerDocumentToken = 48;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<PromptMark> _marks = [];
    private string _lastUserText = "";

    private PromptReading() { }

    public long Tokens { get; private set; }

    public ulong Seed { get; private set; }

    public IReadOnlyList<PromptMark> Marks => _marks;

    /// <summary>The text of the last turn if it is the user's; empty while a tool loop
    /// runs.</summary>
    public string LastUserText => _lastUserText;

    public static PromptReading Of(Conversation conversation, string model)
    {
        var reading = new PromptReading();
        reading.Add(model);
        foreach (var tool in conversation.Tools)
        {
            reading.Tokens += TokensPerTool;
            reading.Count(tool.Name);
            reading.Count(tool.Description ?? "");
            reading.Count(tool.Schema is { } schema ? schema.GetRawText() : "");
            reading.Mark(tool.Cache);
        }

        foreach (var turn in conversation.Turns)
        {
            reading.Tokens += TokensPerTurn;
            reading.Add(turn.Role.ToString());
            foreach (var block in turn.Blocks)
            {
                reading.Read(block);
            }

            reading.Mark(null);
        }

        if (conversation.Turns is [.., { Role: Role.User } last])
        {
            reading._lastUserText = string.Join(
                '\n',
                last.Blocks.OfType<Block.Text>().Select(text => text.Value)
            );
        }

        reading.Add(conversation.Seed is { } seed ? FormattableString.Invariant($"{seed}") : "");
        reading.Add(conversation.Format?.Schema?.GetRawText() ?? "");
        reading.Seed = BinaryPrimitives.ReadUInt64LittleEndian(reading._hash.GetCurrentHash());
        return reading;
    }

    /// <summary>A seed from a short text.</summary>
    public static ulong SeedOf(string text) =>
        BinaryPrimitives.ReadUInt64LittleEndian(
            SHA256.HashData(MemoryMarshal.AsBytes(text.AsSpan()))
        );

    public void Dispose() => _hash.Dispose();

    private void Read(Block block)
    {
        switch (block)
        {
            case Block.Text text:
                Count(text.Value);
                break;
            case Block.Refusal refusal:
                Count(refusal.Value);
                break;
            case Block.Reasoning reasoning:
                Count(reasoning.Value);
                break;
            case Block.ToolCall call:
                Count(call.Name);
                Count(call.ArgumentsJson);
                break;
            case Block.ToolResult result:
                Add(result.CallId);
                foreach (var part in result.Content)
                {
                    Read(part);
                }

                break;
            case Block.Image image:
                Tokens += TokensPerImage;
                Add(image.Source.Base64 ?? image.Source.Url ?? image.Source.FileId ?? "");
                break;
            case Block.Document document:
                ReadMedia(document.Source);
                break;
            case Block.Audio audio:
                ReadMedia(audio.Source);
                break;
            case Block.Opaque opaque:
                Count(opaque.Content.Json.GetRawText());
                break;
        }

        Mark(block.Cache);
    }

    private void ReadMedia(MediaSource source)
    {
        if (MediaData.PlainText(source) is { } text)
        {
            Count(text);
            return;
        }

        Tokens += 1 + ((source.Base64?.Length ?? 0) * 3L / 4 / BytesPerDocumentToken);
        Add(source.Base64 ?? source.Url ?? source.FileId ?? "");
    }

    private void Count(string text)
    {
        Tokens += SimulatedTokens.Count(text);
        Add(text);
    }

    private void Add(string text)
    {
        _hash.AppendData(MemoryMarshal.AsBytes(text.AsSpan()));
        _hash.AppendData([0xFF]); // "ab" + "c" is not "a" + "bc".
    }

    private void Mark(CacheMark? mark)
    {
        if (mark is null && (_marks.Count > 0 && _marks[^1].Tokens == Tokens))
        {
            return;
        }

        var key = BinaryPrimitives.ReadUInt128LittleEndian(_hash.GetCurrentHash());
        _marks.Add(new PromptMark(key, Tokens, mark?.Ttl, mark is not null));
    }
}
