using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;

namespace Arda.Gateway.Cli;

/// <summary>Calls the gateway. What is no success becomes a <see cref="CliFailure"/>.</summary>
internal sealed class GatewayHttp : IDisposable
{
    private static readonly TimeSpan s_answerMax = TimeSpan.FromMinutes(10);

    private readonly HttpClient _http;

    public GatewayHttp(Connection connection, string? bearer)
    {
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = connection.BaseUrl,
            Timeout = s_answerMax,
        };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("arda-cli");
        if (bearer is not null)
        {
            try
            {
                _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                    "Bearer",
                    bearer
                );
            }
            catch (FormatException)
            {
                throw new CliFailure(
                    ExitCode.Usage,
                    "The key or token holds characters that cannot be sent.",
                    "copy it again, without line breaks"
                );
            }

            if (connection.BaseUrl is { Scheme: "http", IsLoopback: false })
            {
                Console.Error.WriteLine(
                    "warning: the key crosses the network unencrypted; use https"
                );
            }
        }
    }

    public void Dispose() => _http.Dispose();

    public async Task<JsonElement> GetAsync(string path, CancellationToken ct)
    {
        using var response = await SendAsync(new(HttpMethod.Get, path), ct);
        return await ReadAsync(response, ct);
    }

    public async Task<JsonElement> PostAsync(string path, CancellationToken ct)
    {
        using var response = await SendAsync(new(HttpMethod.Post, path), ct);
        return await ReadAsync(response, ct);
    }

    public async Task<JsonElement> PostFormAsync(
        string path,
        IReadOnlyDictionary<string, string> form,
        CancellationToken ct
    )
    {
        using var content = new FormUrlEncodedContent(form);
        using var response = await SendAsync(new(HttpMethod.Post, path) { Content = content }, ct);
        return await ReadAsync(response, ct);
    }

    /// <summary>For what is answered with no content.</summary>
    public async Task PostForNothingAsync(string path, CancellationToken ct)
    {
        using var response = await SendAsync(new(HttpMethod.Post, path), ct);
    }

    /// <summary>The answer's body is left to be streamed.</summary>
    public Task<HttpResponseMessage> PostJsonAsync(
        string path,
        ReadOnlyMemory<byte> json,
        CancellationToken ct
    )
    {
        var content = new ReadOnlyMemoryContent(json);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return SendAsync(new(HttpMethod.Post, path) { Content = content }, ct);
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken ct
    )
    {
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        }
        catch (HttpRequestException failure)
        {
            throw Unreachable(failure);
        }
        catch (TaskCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new CliFailure(ExitCode.TryLater, "The gateway did not answer in time.");
        }

        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            var body = await response.Content.ReadAsStringAsync(ct);
            throw GatewayErrors.Read(response, body, _http.BaseAddress!);
        }
    }

    private static async Task<JsonElement> ReadAsync(
        HttpResponseMessage response,
        CancellationToken ct
    )
    {
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(ct);
            using var json = await JsonDocument.ParseAsync(body, cancellationToken: ct);
            return json.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw new CliFailure(
                ExitCode.Refused,
                "The answer is not JSON, so this is probably no Arda Gateway.",
                "check --base-url"
            );
        }
        catch (Exception cut) when (cut is IOException or HttpRequestException)
        {
            throw new CliFailure(ExitCode.TryLater, "The answer broke off.", "run it again");
        }
    }

    private CliFailure Unreachable(HttpRequestException failure) =>
        failure.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused }
            ? new CliFailure(
                ExitCode.TryLater,
                $"Nothing answers at {_http.BaseAddress}.",
                "start it with ./build run, or point --base-url at a gateway that runs"
            )
            : new CliFailure(
                ExitCode.TryLater,
                $"{_http.BaseAddress} cannot be reached: {failure.Message}",
                "check --base-url and the network"
            );
}

/// <summary>Reads refusals in every shape that a gateway, or a proxy before it, may send.</summary>
internal static class GatewayErrors
{
    public static CliFailure Read(HttpResponseMessage response, string body, Uri baseUrl)
    {
        var status = (int)response.StatusCode;
        var requestId = response.Headers.TryGetValues("x-request-id", out var ids)
            ? ids.First()
            : null;
        return Read(status, body, baseUrl, requestId, response.Headers.RetryAfter?.Delta);
    }

    /// <summary>The same for an error inside a stream, which has no status of its own.</summary>
    public static CliFailure Read(
        int? status,
        string body,
        Uri baseUrl,
        string? requestId = null,
        TimeSpan? retryAfter = null
    )
    {
        var error = ErrorOf(body);
        var gateway = error.Member("gateway") ?? default;
        var action = gateway.Text("action");
        return new CliFailure(
            ExitCodeOf(status, action),
            error.Text("message")
                ?? error.Text("error_description")
                ?? error.Text("detail")
                ?? error.Text("title")
                ?? $"The gateway answered with HTTP {status} and gave no reason.",
            WayOut(action, gateway, baseUrl, retryAfter)
        )
        {
            // The last is how OAuth's endpoints say it (RFC 6749 §5.2).
            Code = error.Text("code") ?? error.Text("type") ?? error.Text("error") ?? "unknown",
            Status = status,
            DocsUrl = error.Text("docs_url"),
            RequestId = requestId,
        };
    }

    private static JsonElement ErrorOf(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var root = json.RootElement.Clone();
            return root.Member("error") is { ValueKind: JsonValueKind.Object } inner ? inner : root;
        }
        catch (JsonException)
        {
            return default;
        }
    }

    private static int ExitCodeOf(int? status, string? action) =>
        action switch
        {
            "open_portal" => ExitCode.UserMustAct,
            "wait" => ExitCode.TryLater,
            "reconnect" or "contact_app" => ExitCode.Refused,
            _ => status switch
            {
                402 => ExitCode.UserMustAct,
                429 or >= 500 => ExitCode.TryLater,
                _ => ExitCode.Refused,
            },
        };

    private static string? WayOut(
        string? action,
        JsonElement gateway,
        Uri baseUrl,
        TimeSpan? retryAfter
    ) =>
        action switch
        {
            "open_portal" => $"open the billing portal: {new Uri(baseUrl, "billing")}"
                + (
                    gateway.Member("suggested_topup_cents") is { } cents
                    && cents.TryGetInt64(out var amount)
                        ? $" (a top-up of {Money.Cents(amount)} is enough)"
                        : ""
                ),
            "reconnect" =>
                "run arda login for a new key, or pass one with --api-key or ARDA_API_KEY",
            "wait" => retryAfter is { } wait
                ? $"try again in {(int)Math.Ceiling(wait.TotalSeconds)} s"
                : "try again in a moment",
            "contact_app" => "ask the publisher of the app",
            _ => null,
        };
}
