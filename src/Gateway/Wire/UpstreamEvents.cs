using System.Buffers;

namespace Arda.Gateway.Wire;

/// <summary>
/// Reads an upstream's event stream piece by piece and hands out whole events in place. One pooled
/// buffer per stream; it grows only for an event that does not fit, up to a limit.
/// </summary>
public sealed class UpstreamEvents(Stream source) : IDisposable
{
    // Most events are under 1 KiB; a read of several at once is what a busy provider gives.
    private const int StartBytes = 8 * 1024;

    /// <summary>Longer than any real event (an image as base64 in one event); more is garbage.</summary>
    public const int EventBytesMax = 16 * 1024 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(StartBytes);
    private int _start;
    private int _end;
    private int _scanned;

    /// <summary>The next whole event with its blank line; valid until the next call of Fill.</summary>
    public bool TryNext(out ReadOnlyMemory<byte> raw)
    {
        var length = SseScanner.FindEnd(_buffer.AsSpan(_start, _end - _start), ref _scanned);
        raw = _buffer.AsMemory(_start, length);
        _start += length;
        return length > 0;
    }

    /// <summary>What is left after the upstream closed: an event without its blank line.</summary>
    public ReadOnlyMemory<byte> Rest => _buffer.AsMemory(_start, _end - _start);

    /// <summary>Reads more; false when the upstream closed.</summary>
    /// <exception cref="WireFormatException">One event is over <see cref="EventBytesMax"/>.</exception>
    public async ValueTask<bool> FillAsync(CancellationToken ct)
    {
        MakeRoom();
        var read = await source.ReadAsync(_buffer.AsMemory(_end), ct);
        _end += read;
        return read > 0;
    }

    public void Dispose()
    {
        var buffer = _buffer;
        _buffer = [];
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void MakeRoom()
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }

        if (_end < _buffer.Length)
        {
            return;
        }

        var length = _end - _start;
        if (_start > 0 && length <= _buffer.Length / 2)
        {
            _buffer.AsSpan(_start, length).CopyTo(_buffer);
        }
        else
        {
            if (length >= EventBytesMax)
            {
                throw new WireFormatException("An event of the stream is larger than 16 MiB.");
            }

            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.AsSpan(_start, length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        (_start, _end) = (0, length);
    }
}
