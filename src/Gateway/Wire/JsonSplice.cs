using System.Buffers;
using System.Text.Json;

namespace Arda.Gateway.Wire;

/// <summary>
/// Changes a few values of a JSON object and leaves every other byte as it was, so that a request
/// or an answer that stays in its dialect keeps fields, order and number forms we know nothing of.
/// </summary>
public sealed class JsonSplice
{
    private readonly List<Edit> _edits = [];

    private readonly record struct Edit(int Start, int End, ReadOnlyMemory<byte> Bytes);

    public bool IsEmpty => _edits.Count == 0;

    public void Replace(Range at, int length, ReadOnlyMemory<byte> bytes)
    {
        var (offset, count) = at.GetOffsetAndLength(length);
        _edits.Add(new Edit(offset, offset + count, bytes));
    }

    public void Insert(int at, ReadOnlyMemory<byte> bytes) => _edits.Add(new Edit(at, at, bytes));

    /// <summary>Adds a member before all others of the object that opens at <paramref name="brace"/>.</summary>
    public void AddMember(ReadOnlySpan<byte> json, int brace, string name, ReadOnlySpan<byte> value)
    {
        var rest = json[(brace + 1)..].TrimStart(" \t\r\n"u8);
        var isEmpty = !rest.IsEmpty && rest[0] == (byte)'}';
        var encoded = JsonEncodedText.Encode(name);
        var bytes = new ArrayBufferWriter<byte>(encoded.EncodedUtf8Bytes.Length + value.Length + 4);
        bytes.Write("\""u8);
        bytes.Write(encoded.EncodedUtf8Bytes);
        bytes.Write("\":"u8);
        bytes.Write(value);
        bytes.Write(isEmpty ? default : ","u8);
        Insert(brace + 1, bytes.WrittenMemory);
    }

    /// <summary>Takes a member out, with the one comma that goes with it.</summary>
    /// <param name="json">The whole.</param>
    /// <param name="start">Where the member's name begins.</param>
    /// <param name="valueEnd">Where its value ends.</param>
    public void RemoveMember(ReadOnlySpan<byte> json, int start, int valueEnd)
    {
        var before = json[..start].TrimEnd(" \t\r\n"u8);
        if (before[^1] == (byte)',')
        {
            _edits.Add(new Edit(before.Length - 1, valueEnd, default));
            return;
        }

        var next = valueEnd + json[valueEnd..].IndexOfAnyExcept(" \t\r\n"u8);
        _edits.Add(new Edit(start, json[next] == (byte)',' ? next + 1 : valueEnd, default));
    }

    public void Apply(ReadOnlySpan<byte> source, IBufferWriter<byte> to)
    {
        // At one place an insertion comes before what is replaced there.
        _edits.Sort(static (a, b) => (a.Start, a.End).CompareTo((b.Start, b.End)));
        var from = 0;
        foreach (var edit in _edits)
        {
            to.Write(source[from..edit.Start]);
            to.Write(edit.Bytes.Span);
            from = edit.End;
        }

        to.Write(source[from..]);
    }
}
