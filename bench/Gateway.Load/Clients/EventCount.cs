namespace Arda.Gateway.Load.Clients;

/// <summary>Counts server-sent events in a body that comes in pieces, and looks at its end.</summary>
internal sealed class EventCount
{
    private readonly byte[] _tail = new byte[64];
    private bool _lineEnded;

    public int Count { get; private set; }

    public bool EndsProperly =>
        _tail.AsSpan().IndexOf("data: [DONE]\n\n"u8) >= 0
        || _tail.AsSpan().IndexOf("\"message_stop\""u8) >= 0;

    public void Add(ReadOnlySpan<byte> piece)
    {
        Keep(piece);
        while (!piece.IsEmpty)
        {
            var end = piece.IndexOf((byte)'\n');
            if (end < 0)
            {
                _lineEnded = false;
                return;
            }

            // Two line ends in a row end an event.
            Count += end == 0 && _lineEnded ? 1 : 0;
            _lineEnded = end > 0 || !_lineEnded;
            piece = piece[(end + 1)..];
        }
    }

    private void Keep(ReadOnlySpan<byte> piece)
    {
        var from = piece[^Math.Min(piece.Length, _tail.Length)..];
        _tail.AsSpan(from.Length).CopyTo(_tail);
        from.CopyTo(_tail.AsSpan(_tail.Length - from.Length));
    }
}
