using System.Net;
using System.Text;
using Arda.Gateway.Load.Targets;

namespace Arda.Gateway.Load.Clients;

/// <summary>One request, sent again and again.</summary>
internal sealed record LoadRequest(Uri Url, byte[] Body, string[] Headers, bool IsStream)
{
    public IPEndPoint Address => new(IPAddress.Parse(Url.Host), Url.Port);

    public static LoadRequest Chat(Target target, int bytes, bool stream) =>
        new(
            new Uri(target.Url, "/v1/chat/completions"),
            RequestBodies.Chat(target.ChatModel, bytes, stream),
            ["Content-Type: application/json", $"Authorization: Bearer {target.Key}"],
            stream
        );

    public static LoadRequest Messages(Target target, int bytes, bool stream) =>
        new(
            new Uri(target.Url, "/v1/messages"),
            RequestBodies.Messages(target.MessagesModel, bytes, stream),
            [
                "Content-Type: application/json",
                $"x-api-key: {target.Key}",
                "anthropic-version: 2023-06-01",
            ],
            stream
        );

    /// <summary>The whole request as it goes onto the wire.</summary>
    public byte[] ToBytes()
    {
        var head =
            $"POST {Url.AbsolutePath} HTTP/1.1\r\nHost: {Url.Authority}\r\n"
            + string.Concat(Headers.Select(header => header + "\r\n"))
            + $"Content-Length: {Body.Length}\r\n\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. Body];
    }
}
