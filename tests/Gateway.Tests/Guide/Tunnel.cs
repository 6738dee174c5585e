using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Arda.Gateway.Tests.Guide;

/// <summary>
/// An HTTPS proxy that brings one name to a port of this machine and refuses every other, so that
/// unmodified code reaches the gateway under its public name and nothing leaves the machine.
/// </summary>
internal sealed class Tunnel : IAsyncDisposable
{
    private const int HeadBytesMax = 8 << 10;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly string _host;
    private readonly int _port;
    private readonly Task _accepting;

    public Tunnel(string host, int port)
    {
        (_host, _port) = (host, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Where else somebody wanted to go.</summary>
    public ConcurrentQueue<string> Refused { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                open.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
            }
        }
        catch (Exception error)
            when (error is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var left = client;
        using var right = new TcpClient();
        try
        {
            var stream = left.GetStream();
            var line = (await ReadHeadAsync(stream)).Split("\r\n")[0];
            if (!line.StartsWith($"CONNECT {_host} HTTP/1.", StringComparison.Ordinal))
            {
                Refused.Enqueue(line);
                await stream.WriteAsync("HTTP/1.1 403 Forbidden\r\n\r\n"u8.ToArray(), _end.Token);
                return;
            }

            await right.ConnectAsync(IPAddress.Loopback, _port, _end.Token);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray(), _end.Token);
            var gateway = right.GetStream();
            await Task.WhenAny(
                stream.CopyToAsync(gateway, _end.Token),
                gateway.CopyToAsync(stream, _end.Token)
            );
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            // Either side may hang up at any time.
        }
    }

    private async Task<string> ReadHeadAsync(NetworkStream stream)
    {
        var head = new byte[HeadBytesMax];
        var length = 0;
        while (head.AsSpan(0, length).IndexOf("\r\n\r\n"u8) < 0)
        {
            var read = await stream.ReadAsync(head.AsMemory(length), _end.Token);
            if (read == 0)
            {
                throw new IOException("The head is too long, or the client has left.");
            }

            length += read;
        }

        return Encoding.ASCII.GetString(head, 0, length);
    }
}
