using System.Globalization;
using System.Text;

namespace Arda.Gateway.Tests.Fuzz;

/// <summary>The bytes of a request whose framing is wrong, or that breaks off.</summary>
internal static class RawRequest
{
    private static readonly string[] s_lines =
    [
        "POST /v1/chat/completions HTTP/1.1",
        "POST /v1/messages HTTP/1.1",
        "POST /v1/embeddings HTTP/1.1",
        "POST /v1/messages HTTP/1.0",
        "POST /v1/messages HTTP/9.9",
        "POST /v1/messages",
        "POST  /v1/messages  HTTP/1.1",
        "POST v1/messages HTTP/1.1",
        "POST * HTTP/1.1",
        "POST http://other.example/v1/messages HTTP/1.1",
        "CONNECT 127.0.0.1:80 HTTP/1.1",
        "POST /v1/\u0001\u0000 HTTP/1.1",
        "POST /v1/%zz HTTP/1.1",
        "GET /v1/models/%00 HTTP/1.1",
        "PRI * HTTP/2.0",
        " ",
        "GET / HTTP/1.1\r\nGET / HTTP/1.1",
    ];

    private static readonly string[] s_headers =
    [
        "X",
        ": x",
        "X : y",
        " folded: x",
        "X: \u0001",
        "X: a\u0000b",
        "X: \u00ff\u00fe",
        "Host: evil.example",
        "Host:",
        "Host: a b",
        "Content-Length: -1",
        "Content-Length: 99999999999999999999",
        "Content-Length: 5, 5",
        "Content-Length: x",
        "Content-Length: 34000000",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: \u000bchunked",
        "Expect: 100-continue",
        "Expect: the impossible",
        "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk",
        "Upgrade: websocket\r\nConnection: Upgrade",
        "Authorization: Bearer \u00e9",
        "Connection: keep-alive, close, x",
    ];

    public static byte[] Of(ref SeededRandom random, string host, string apiKey)
    {
        if (random.OneIn(20))
        {
            return random.OneIn(2)
                ? [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, .. random.Bytes(200)]
                : random.Bytes(random.Next(1, 400));
        }

        var (path, valid) = random.Pick(ValidRequests.All);
        var body = random.OneIn(2) ? valid : JsonMutation.Mutate(ref random, valid);
        var head = new StringBuilder();
        head.Append(random.OneIn(4) ? random.Pick(s_lines) : $"POST {path} HTTP/1.1")
            .Append("\r\n");
        if (!random.OneIn(20))
        {
            head.Append("Host: ").Append(host).Append("\r\n");
        }

        head.Append("Authorization: Bearer ").Append(apiKey).Append("\r\n");
        head.Append("Content-Type: application/json\r\n");
        for (var more = random.Next(3); more > 0; more--)
        {
            head.Append(random.Pick(s_headers)).Append("\r\n");
        }

        AddGiant(ref random, head);
        var framed = Frame(ref random, head, body);
        byte[] whole = [.. Encoding.Latin1.GetBytes(head.ToString()), .. framed];
        return random.Next(6) switch
        {
            0 => whole[..random.Next(whole.Length)],
            1 => JsonMutation.ByBytes(ref random, whole),
            _ => whole,
        };
    }

    private static void AddGiant(ref SeededRandom random, StringBuilder head)
    {
        switch (random.Next(60))
        {
            case 0:
                head.Append("X-Giant: ").Append('g', random.Next(20_000, 90_000)).Append("\r\n");
                break;
            case 1:
                for (var i = 0; i < 150; i++)
                {
                    head.Append(CultureInfo.InvariantCulture, $"X-{i}: {i}\r\n");
                }

                break;
        }
    }

    // The end of the head, and the body as the head says or does not say.
    private static byte[] Frame(ref SeededRandom random, StringBuilder head, byte[] body)
    {
        var length = body.Length;
        switch (random.Next(8))
        {
            case 0:
                head.Append("Transfer-Encoding: chunked\r\n\r\n");
                return Chunked(ref random, body);
            case 1:
                head.Append(
                    CultureInfo.InvariantCulture,
                    $"Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n"
                );
                return Chunked(ref random, body);
            case 2:
                length += random.Next(1, 500);
                break;
            case 3:
                length = random.Next(length);
                break;
            case 4:
                head.Append("\r\n");
                return body;
        }

        head.Append(CultureInfo.InvariantCulture, $"Content-Length: {length}\r\n");
        head.Append("Connection: close\r\n\r\n");
        return body;
    }

    private static byte[] Chunked(ref SeededRandom random, byte[] body)
    {
        string[] sizes = ["x", "-1", "ffffffffffffffff", "7fffffff", "0x5", "5;a=b", "", "5 "];
        var framed = new List<byte>();
        var at = 0;
        while (at < body.Length)
        {
            var length = Math.Min(body.Length - at, random.Next(1, 200));
            var size = random.OneIn(6)
                ? random.Pick(sizes)
                : length.ToString("x", CultureInfo.InvariantCulture);
            framed.AddRange(Encoding.ASCII.GetBytes(size + "\r\n"));
            framed.AddRange(body[at..(at + length)]);
            framed.AddRange("\r\n"u8);
            at += length;
        }

        framed.AddRange(random.OneIn(3) ? "0\r\n"u8 : "0\r\n\r\n"u8);
        return [.. framed];
    }
}
