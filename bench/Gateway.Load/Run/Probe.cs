using System.Text;
using System.Text.Json;
using Arda.Gateway.Load.Clients;
using Arda.Gateway.Load.Mock;
using Arda.Gateway.Load.Targets;

namespace Arda.Gateway.Load.Run;

/// <summary>
/// Looks closely at a few answers before anything is measured: a target that answers quickly and
/// wrongly would win.
/// </summary>
internal static class Probe
{
    public static void Check(Target target)
    {
        using var http = new HttpClient();
        foreach (var bytes in new[] { RequestBodies.SmallBytes, RequestBodies.LargeBytes })
        {
            CheckAnswer(target, http, LoadRequest.Chat(target, bytes, stream: false));
        }

        CheckAnswer(target, http, LoadRequest.Messages(target, RequestBodies.SmallBytes, false));
        CheckStream(target, http, LoadRequest.Chat(target, RequestBodies.SmallBytes, true));
        CheckStream(target, http, LoadRequest.Messages(target, RequestBodies.SmallBytes, true));
    }

    private static void CheckAnswer(Target target, HttpClient http, LoadRequest request)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 2; i++)
        {
            using var json = JsonDocument.Parse(Send(target, http, request));
            ids.Add(json.RootElement.GetProperty("id").GetString()!);
            var usage = json.RootElement.GetProperty("usage");
            var tokens = usage.TryGetProperty("completion_tokens", out var chat)
                ? chat
                : usage.GetProperty("output_tokens");
            Need(
                target,
                tokens.GetInt32() == MockAnswers.Tokens,
                "the usage of an answer is wrong"
            );
        }

        Need(target, ids.Count == 2, "two answers have one id, so one of them is a copy");
    }

    private static void CheckStream(Target target, HttpClient http, LoadRequest request)
    {
        var events = new EventCount();
        events.Add(Send(target, http, request));
        Need(
            target,
            events is { Count: MockAnswers.Events, EndsProperly: true },
            $"a stream has {events.Count} of {MockAnswers.Events} events or no proper end"
        );
    }

    private static byte[] Send(Target target, HttpClient http, LoadRequest request)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, request.Url)
        {
            Content = new ByteArrayContent(request.Body),
        };
        foreach (var header in request.Headers)
        {
            var (name, value) = (
                header[..header.IndexOf(':')],
                header[(header.IndexOf(':') + 2)..]
            );
            if (!message.Headers.TryAddWithoutValidation(name, value))
            {
                message.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        using var answer = http.Send(message);
        using var body = new MemoryStream();
        answer.Content.ReadAsStream().CopyTo(body);
        var text = Encoding.UTF8.GetString(body.ToArray());
        Need(
            target,
            answer.IsSuccessStatusCode,
            $"{request.Url.AbsolutePath} answered {(int)answer.StatusCode}: {text}"
        );
        return body.ToArray();
    }

    private static void Need(Target target, bool isSo, string otherwise)
    {
        if (!isSo)
        {
            throw new BenchException($"{target.Name}: {otherwise}");
        }
    }
}
