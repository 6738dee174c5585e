using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Arda.Gateway.Load.Mock;

/// <summary>What differs between two answers of one kind.</summary>
internal readonly record struct Blanks(byte[] Id, byte[] Model, long Created, int PromptTokens);

/// <summary>
/// A text with blanks, cut once at start, so that the mock spends its core on sockets and not on
/// JSON. Blanks are <c>‹id›</c>, <c>‹model›</c>, <c>‹created›</c>, <c>‹prompt›</c> and
/// <c>‹total›</c>.
/// </summary>
internal sealed class Template
{
    private readonly List<(byte[] Text, string Blank)> _parts = [];

    public Template(string text)
    {
        foreach (var piece in text.Split('›'))
        {
            var at = piece.IndexOf('‹', StringComparison.Ordinal);
            _parts.Add(
                at < 0
                    ? (Encoding.UTF8.GetBytes(piece), "")
                    : (Encoding.UTF8.GetBytes(piece[..at]), piece[(at + 1)..])
            );
        }
    }

    public void Write(IBufferWriter<byte> to, in Blanks blanks)
    {
        foreach (var (text, blank) in _parts)
        {
            to.Write(text);
            switch (blank)
            {
                case "id":
                    to.Write(blanks.Id);
                    break;
                case "model":
                    to.Write(blanks.Model);
                    break;
                case "created":
                    WriteNumber(to, blanks.Created);
                    break;
                case "prompt":
                    WriteNumber(to, blanks.PromptTokens);
                    break;
                case "total":
                    WriteNumber(to, blanks.PromptTokens + MockAnswers.Tokens);
                    break;
            }
        }
    }

    private static void WriteNumber(IBufferWriter<byte> to, long number)
    {
        Utf8Formatter.TryFormat(number, to.GetSpan(20), out var length);
        to.Advance(length);
    }
}
