using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Arda.Gateway.Kernel;
using Arda.Gateway.Tests.Fuzz;

namespace Arda.Gateway.Tests.Crash;

/// <summary>Many clients at once, each asking for one thing after the other until the gateway is
/// gone: plain and streamed, two dialects, some with an Idempotency-Key.</summary>
internal sealed class ClientLoad(GatewayProcess gateway, ClientHistory history, ulong seed)
    : IDisposable
{
    private const int Clients = 16;
    private const int KindsMax = 8;

    // Anthropic's own status for a server that takes no more.
    private const HttpStatusCode Overloaded = (HttpStatusCode)529;

    private readonly HttpClient _http = new(
        new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }
    )
    {
        BaseAddress = gateway.Address,
        Timeout = TimeSpan.FromSeconds(60),
    };

    // What former loads left without an answer is asked for first, once.
    private readonly ConcurrentQueue<ClientWish> _retries = TakeAll(history.Unfinished);

    private volatile bool _stopped;

    /// <summary>Completed when the first answer has been read to its end.</summary>
    public TaskCompletionSource FirstAnswer { get; } =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Returns when every client has met a broken connection or was stopped.</summary>
    public Task RunAsync() => Task.WhenAll(Enumerable.Range(0, Clients).Select(RunClientAsync));

    /// <summary>Clients end after the answer that they wait for.</summary>
    public void Stop() => _stopped = true;

    /// <summary>Asks once more for what was asked for under an Idempotency-Key.</summary>
    public Task<HttpStatusCode> RetryAsync(ClientWish wish) => AskAsync(wish);

    public void Dispose() => _http.Dispose();

    private static ConcurrentQueue<ClientWish> TakeAll(ConcurrentQueue<ClientWish> from)
    {
        var taken = new ConcurrentQueue<ClientWish>();
        while (from.TryDequeue(out var wish))
        {
            taken.Enqueue(wish);
        }

        return taken;
    }

    private async Task RunClientAsync(int number)
    {
        var random = SeededRandom.For(seed, number);
        while (!_stopped)
        {
            var wish = _retries.TryDequeue(out var again) ? again : NewWish(ref random);
            try
            {
                var status = await AskAsync(wish);
                if (status == HttpStatusCode.OK)
                {
                    FirstAnswer.TrySetResult();
                }
                else if (status == HttpStatusCode.Conflict)
                {
                    history.Unfinished.Enqueue(wish);
                }
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException)
            {
                if (wish.IdempotencyKey is not null)
                {
                    history.Unfinished.Enqueue(wish);
                }

                return;
            }
        }
    }

    private ClientWish NewWish(ref SeededRandom random)
    {
        var tokens = history.NextInputTokens();
        var kind = random.Next(KindsMax);
        var key = random.OneIn(3)
            ? string.Create(CultureInfo.InvariantCulture, $"wish-{tokens}")
            : null;
        return new ClientWish(tokens, kind, key);
    }

    private async Task<HttpStatusCode> AskAsync(ClientWish wish)
    {
        using var request = RequestFor(wish);
        using var response = await _http.SendAsync(
            request,
            HttpCompletionOption.ResponseHeadersRead
        );
        var body = await response.Content.ReadAsStringAsync();
        if (response.StatusCode == HttpStatusCode.OK)
        {
            Remember(wish, response, body);
        }
        else if (!IsExpected(response.StatusCode))
        {
            history.Surprises.Enqueue($"{(int)response.StatusCode} for {wish}: {body}");
        }

        return response.StatusCode;
    }

    private static bool IsExpected(HttpStatusCode refusal) =>
        refusal is HttpStatusCode.Conflict or HttpStatusCode.ServiceUnavailable or Overloaded;

    private HttpRequestMessage RequestFor(ClientWish wish)
    {
        var isMessages = wish.Kind >= 4;
        var model = wish.Kind % 4 == 3 ? "simulated/gemini-only" : "simulated/chat";
        var pace = wish.Kind % 2 == 0 ? "" : ", token-ms=3";
        var length = 5 + (wish.InputTokens % 40);
        var options = isMessages ? "" : ""","stream_options":{"include_usage":true}""";
        var stream = wish.Kind % 4 == 0 ? "" : $""","stream":true{options}""";
        var json = string.Create(
            CultureInfo.InvariantCulture,
            $$$"""
            {"model":"{{{model}}}","max_tokens":4000{{{stream}}},"messages":[{"role":"user","content":
            "Go [simulate: usage={{{wish.InputTokens}}}/{{{length}}}, tokens={{{length}}}{{{pace}}}]"}]}
            """
        );
        var path = isMessages ? "/v1/messages" : "/v1/chat/completions";
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(json, Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + gateway.ApiKey);
        if (wish.IdempotencyKey is { } key)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        }

        return request;
    }

    private void Remember(ClientWish wish, HttpResponseMessage response, string body)
    {
        var isStream = response.Content.Headers.ContentType?.MediaType == "text/event-stream";
        var isWhole =
            !isStream
            || body.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal)
            || body.Contains("event: message_stop", StringComparison.Ordinal);
        if (!isWhole)
        {
            if (wish.IdempotencyKey is not null)
            {
                history.Unfinished.Enqueue(wish);
            }

            return;
        }

        var generation = response.Headers.GetValues("X-Arda-Generation-Id").Single();
        var isReplay = response.Headers.Contains("X-Arda-Idempotent-Replay");
        history.Seen.Enqueue(new SeenAnswer(wish, generation, CostIn(body, isStream), isReplay));
    }

    private static NanoUsd? CostIn(string body, bool isStream)
    {
        IEnumerable<string> documents = isStream
            ? body.Split('\n')
                .Where(line => line.StartsWith("data: {", StringComparison.Ordinal))
                .Select(line => line[6..])
            : [body];
        NanoUsd? cost = null;
        foreach (var text in documents)
        {
            using var json = JsonDocument.Parse(text);
            if (
                json.RootElement.TryGetProperty("usage", out var usage)
                && usage.ValueKind == JsonValueKind.Object
                && usage.TryGetProperty("cost", out var said)
            )
            {
                cost = NanoUsd.FromUsd(said.GetDecimal());
            }
        }

        return cost;
    }
}
