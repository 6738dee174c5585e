using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Arda.Gateway.Tests.Fuzz;

/// <summary>Bytes that are no HTTP, or HTTP that breaks off, over sockets.</summary>
public sealed class RawFuzzTests
{
    private const int Percent = 10;
    private const int WarmShare = 8;

    // The web server itself refuses what it cannot read as HTTP, before any request exists: with an
    // empty body, closing the connection.
    private static readonly int[] s_ofTheProtocol =
    [
        400,
        405,
        408,
        411,
        413,
        414,
        417,
        431,
        501,
        505,
    ];

    [Fact]
    public async Task Broken_HTTP_is_refused_and_leaves_no_trace()
    {
        await using var host = await FuzzHost.StartAsync();
        var cases = FuzzRun.Cases(Percent);
        await FuzzRun.RunAsync(
            "raw-warm",
            cases / WarmShare,
            (random, _) => RunAsync(host, random)
        );
        host.IsWarm();
        await FuzzRun.RunAsync(
            "raw",
            cases - (cases / WarmShare),
            (random, _) => RunAsync(host, random)
        );
        await host.AssertUnharmedAsync();
    }

    private static async Task<string?> RunAsync(FuzzHost host, SeededRandom random)
    {
        var address = host.Gateway.Address;
        var sent = RawRequest.Of(ref random, address.Authority, host.Gateway.ApiKey);
        var heard = await ExchangeAsync(address, sent, random);
        return WrongWith(heard) is { } wrong
            ? $"{wrong}\n{Encoding.Latin1.GetString(sent)}\nbase64 {Convert.ToBase64String(sent)}\n{host.LastError}"
            : null;
    }

    private static async Task<byte[]> ExchangeAsync(Uri address, byte[] sent, SeededRandom random)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        var heard = new MemoryStream();
        try
        {
            await socket.ConnectAsync(address.Host, address.Port, limit.Token);
            await socket.SendAsync(sent, limit.Token);
            if (random.OneIn(10))
            {
                return [];
            }

            // To close one's side is to hang up: mostly the server gets a moment to answer before.
            var buffer = new byte[8192];
            if (!random.OneIn(4))
            {
                await HearFirstAsync(socket, buffer, heard);
            }

            socket.Shutdown(SocketShutdown.Send);
            while (await socket.ReceiveAsync(buffer, limit.Token) is > 0 and var read)
            {
                heard.Write(buffer, 0, read);
            }
        }
        catch (SocketException)
        {
            // The server may reset a connection whose bytes it does not want; what it said counts.
        }

        return heard.ToArray();
    }

    private static async Task HearFirstAsync(Socket socket, byte[] buffer, MemoryStream heard)
    {
        using var moment = new CancellationTokenSource(TimeSpan.FromMilliseconds(60));
        try
        {
            heard.Write(buffer, 0, await socket.ReceiveAsync(buffer, moment.Token));
        }
        catch (OperationCanceledException)
        {
            // It waits for the rest of the request.
        }
    }

    // Only the first answer: what follows a broken request is not a request.
    private static string? WrongWith(byte[] heard)
    {
        var text = Encoding.UTF8.GetString(heard);
        if (text.Length == 0)
        {
            return null;
        }

        if (text.StartsWith("HTTP/1.1 100", StringComparison.Ordinal))
        {
            text = text[(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        }

        if (!text.StartsWith("HTTP/1.1 ", StringComparison.Ordinal))
        {
            // Frames of HTTP/2, for who began with its preface.
            return text.Length < 200 ? null : $"It answers no HTTP: {text}";
        }

        var status = int.Parse(text.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture);
        var isOfTheProtocol =
            s_ofTheProtocol.Contains(status)
            && text.Contains("\r\nContent-Length: 0\r\n", StringComparison.OrdinalIgnoreCase);
        if (status < 400 || isOfTheProtocol)
        {
            return null;
        }

        var start = text.IndexOf('{', StringComparison.Ordinal);
        var end = text.IndexOf("HTTP/1.1 ", 9, StringComparison.Ordinal);
        var body = start < 0 ? "" : text[start..(end < 0 ? text.Length : end)];
        return FuzzHost.WrongWith("POST", "/", status, Encoding.UTF8.GetBytes(body));
    }
}
