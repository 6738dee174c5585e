using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Arda.Gateway.Load.Clients;

/// <summary>
/// HTTP/1.1 over one blocking socket: a thread that waits in the kernel sees an answer sooner and
/// more evenly than a task that must first be scheduled.
/// </summary>
internal sealed class WireConnection(IPEndPoint to) : IDisposable
{
    private const int WaitMillisecondsMax = 30_000;

    private readonly byte[] _buffer = new byte[32 * 1024];
    private Socket? _socket;
    private int _start;
    private int _end;
    private long _left;
    private bool _isChunked;
    private bool _closes;

    public void Send(ReadOnlySpan<byte> request)
    {
        _socket ??= Open();
        while (!request.IsEmpty)
        {
            request = request[_socket.Send(request)..];
        }
    }

    /// <summary>Reads the answer's head; its status.</summary>
    public int ReadHead()
    {
        int length;
        while ((length = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n\r\n"u8)) < 0)
        {
            Receive();
        }

        var head = Encoding.ASCII.GetString(_buffer, _start, length);
        _start += length + 4;
        _isChunked = Value(head, "transfer-encoding") == "chunked";
        _closes = Value(head, "connection") == "close";
        _left = _isChunked ? 0 : long.Parse(Value(head, "content-length") ?? "0", null);
        return int.Parse(head.AsSpan(9, 3), null);
    }

    /// <summary>The next bytes of the body, valid until the next call; false at its end.</summary>
    public bool TryReadPiece(out ReadOnlySpan<byte> piece)
    {
        piece = default;
        if (_left == 0 && (!_isChunked || !StartChunk()))
        {
            EndAnswer();
            return false;
        }

        if (_start == _end)
        {
            Receive();
        }

        var take = (int)Math.Min(_left, _end - _start);
        piece = _buffer.AsSpan(_start, take);
        _start += take;
        _left -= take;
        if (_left == 0 && _isChunked)
        {
            // Its line end is read with the next chunk's size.
            _chunkEnds = true;
        }

        return true;
    }

    private bool _chunkEnds;

    public void Dispose()
    {
        _socket?.Dispose();
        _socket = null;
        (_start, _end, _left, _chunkEnds) = (0, 0, 0, false);
    }

    private bool StartChunk()
    {
        if (_chunkEnds)
        {
            _ = ReadLine();
            _chunkEnds = false;
        }

        var line = ReadLine();
        if (!Utf8Parser.TryParse(line, out _left, out _, 'x'))
        {
            throw new IOException("The answer's chunks are broken.");
        }

        if (_left > 0)
        {
            return true;
        }

        while (!ReadLine().IsEmpty) { }
        return false;
    }

    private ReadOnlySpan<byte> ReadLine()
    {
        int length;
        while ((length = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8)) < 0)
        {
            Receive();
        }

        var line = _buffer.AsSpan(_start, length);
        _start += length + 2;
        return line;
    }

    private void Receive()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        var read = _socket!.Receive(_buffer.AsSpan(_end));
        if (read == 0)
        {
            throw new IOException("The target closed the connection inside an answer.");
        }

        _end += read;
    }

    private void EndAnswer()
    {
        if (_closes)
        {
            Dispose();
        }
    }

    private Socket Open()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = WaitMillisecondsMax,
            SendTimeout = WaitMillisecondsMax,
        };
        socket.Connect(to);
        return socket;
    }

    private static string? Value(string head, string name)
    {
        foreach (var line in head.AsSpan().EnumerateLines())
        {
            if (
                line.Length > name.Length
                && line[name.Length] == ':'
                && line.StartsWith(name, StringComparison.OrdinalIgnoreCase)
            )
            {
                return line[(name.Length + 1)..].Trim().ToString();
            }
        }

        return null;
    }
}
