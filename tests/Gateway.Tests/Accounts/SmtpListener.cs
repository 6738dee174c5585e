using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Arda.Gateway.Tests.Accounts;

/// <summary>What one connection said, and the mail it left.</summary>
internal sealed record SmtpVisit(IReadOnlyList<string> Commands, string? Data);

/// <summary>A mail server of RFC 5321 on a port of this machine that keeps what it is given.</summary>
internal sealed class SmtpListener : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<SmtpVisit> _visits = new();
    private readonly Task _serving;
    private int _dropped;

    public SmtpListener()
    {
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public bool TakesPasswords { get; init; }

    /// <summary>So many connections are closed before a word is said.</summary>
    public int Drops { get; init; }

    public IReadOnlyList<SmtpVisit> Visits => [.. _visits];

    public async Task<SmtpVisit> NextAsync(int after, CancellationToken ct)
    {
        while (_visits.Count <= after)
        {
            await Task.Delay(5, ct);
        }

        return Visits[after];
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                if (_dropped++ < Drops)
                {
                    continue;
                }

                _visits.Enqueue(await TalkAsync(client.GetStream()));
            }
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            // The test is over; what a closed listener throws depends on where the loop was.
        }
    }

    private async Task<SmtpVisit> TalkAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.Latin1);
        await using var writer = new StreamWriter(stream, Encoding.Latin1) { NewLine = "\r\n" };
        writer.AutoFlush = true;
        List<string> commands = [];
        string? data = null;
        await writer.WriteLineAsync("220 mail.example ready");
        while (await reader.ReadLineAsync(_stop.Token) is { } line)
        {
            commands.Add(line);
            if (line == "DATA")
            {
                await writer.WriteLineAsync("354 go on");
                data = await ReadDataAsync(reader);
            }

            await writer.WriteLineAsync(AnswerTo(line));
            if (line == "QUIT")
            {
                break;
            }
        }

        return new SmtpVisit(commands, data);
    }

    private string AnswerTo(string line) =>
        line.Split(' ')[0] switch
        {
            "EHLO" => TakesPasswords ? "250-mail.example\r\n250 AUTH PLAIN" : "250 mail.example",
            "AUTH" => "235 welcome",
            "QUIT" => "221 bye",
            _ => "250 ok",
        };

    private async Task<string> ReadDataAsync(StreamReader reader)
    {
        var data = new StringBuilder();
        while (await reader.ReadLineAsync(_stop.Token) is { } line && line != ".")
        {
            data.Append(line).Append("\r\n");
        }

        return data.ToString();
    }
}
