using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Arda.Gateway.Payments.Stripe;

/// <summary>One call of the API.</summary>
internal sealed record StripeCall(HttpMethod Method, string Path)
{
    public StripeForm? Form { get; init; }

    /// <summary>Derived from a stored row before the call; every POST has one.</summary>
    public string? Key { get; init; }

    /// <summary>A connected account in whose name it is asked.</summary>
    public string? Account { get; init; }
}

/// <summary>
/// Sends calls: pinned version, form encoding, idempotency keys, and the retry rules of the
/// provider's own libraries. A retry has the same key and the same bytes.
/// </summary>
internal sealed partial class StripeTransport(
    HttpClient http,
    StripeOptions options,
    StripeHealth health,
    TimeProvider time,
    ILogger<StripeTransport> log
)
{
    private static readonly MediaTypeHeaderValue s_formType = new(
        "application/x-www-form-urlencoded"
    );

    public async Task<StripeAnswer<T>> SendAsync<T>(
        StripeCall call,
        Func<JsonElement, T> read,
        CancellationToken ct
    )
    {
        if (health.IsResting)
        {
            return new StripeAnswer<T>.Unknown("the provider refuses our key");
        }

        var why = "";
        for (var attempt = 1; attempt <= options.TriesMax; attempt++)
        {
            if (attempt > 1)
            {
                await Task.Delay(DelayBefore(attempt), time, ct);
            }

            var (answer, mayRetry) = await TryAsync(call, read, ct);
            if (answer is not StripeAnswer<T>.Unknown unknown)
            {
                return answer;
            }

            why = unknown.Why;
            if (!mayRetry)
            {
                break;
            }
        }

        return new StripeAnswer<T>.Unknown(why);
    }

    private async Task<(StripeAnswer<T> Answer, bool MayRetry)> TryAsync<T>(
        StripeCall call,
        Func<JsonElement, T> read,
        CancellationToken ct
    )
    {
        using var limit = new CancellationTokenSource(options.Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            using var request = RequestOf(call);
            using var response = await http.SendAsync(request, both.Token);
            var body = await response.Content.ReadAsByteArrayAsync(both.Token);
            LogCall(log, call.Method, call.Path, (int)response.StatusCode, RequestIdOf(response));
            return Judge(response, body, read);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return (new StripeAnswer<T>.Unknown("no answer in time"), true);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            return (new StripeAnswer<T>.Unknown("no answer: " + fault.Message), true);
        }
    }

    private (StripeAnswer<T> Answer, bool MayRetry) Judge<T>(
        HttpResponseMessage response,
        byte[] body,
        Func<JsonElement, T> read
    )
    {
        var status = (int)response.StatusCode;
        using var json = Parse(body);
        if (
            response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
            && !IsAboutOneAccount(json)
        )
        {
            health.Refused($"the provider answered {status} to our secret key");
            return (new StripeAnswer<T>.Unknown("the provider refuses our key"), false);
        }

        health.Answered(response.Headers.Date);
        if (json is null)
        {
            return (new StripeAnswer<T>.Unknown($"{status} without JSON"), true);
        }

        if (response.IsSuccessStatusCode)
        {
            return (new StripeAnswer<T>.Done(read(json.RootElement)), false);
        }

        var error = StripeError.Read(json.RootElement.Object("error") ?? default, status);
        var isOpen = status is 409 or 429 or >= 500;
        var mayRetry = ShouldRetry(response) ?? isOpen;
        return isOpen || mayRetry
            ? (new StripeAnswer<T>.Unknown($"{status} {error.Code ?? error.Type}"), mayRetry)
            : (new StripeAnswer<T>.Refused(error), false);
    }

    private HttpRequestMessage RequestOf(StripeCall call)
    {
        var isPost = call.Method == HttpMethod.Post;
        var query = !isPost && call.Form?.ToString() is { Length: > 0 } text ? "?" + text : "";
        var request = new HttpRequestMessage(
            call.Method,
            options.BaseUrl.AbsoluteUri.TrimEnd('/') + call.Path + query
        );
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.SecretKey);
        request.Headers.Add("Stripe-Version", StripeOptions.Version);
        if (call.Account is { } account)
        {
            request.Headers.Add("Stripe-Account", account);
        }

        if (isPost)
        {
            Kernel.Invariant.Holds(call.Key is { Length: > 0 and <= 255 }, "every POST has a key");
            request.Headers.Add("Idempotency-Key", call.Key);
            request.Content = new ByteArrayContent(
                Encoding.UTF8.GetBytes(call.Form?.ToString() ?? "")
            );
            request.Content.Headers.ContentType = s_formType;
        }

        return request;
    }

    // A connected account that has left us: our key is as good as before.
    private static bool IsAboutOneAccount(JsonDocument? json) =>
        json?.RootElement.Object("error")?.Text("code") == "account_invalid";

    // Half of it at least, so that many callers do not come back together.
    private TimeSpan DelayBefore(int attempt)
    {
        var longest = options.RetryFirst * Math.Pow(2, attempt - 2);
        longest = longest < options.RetryMax ? longest : options.RetryMax;
        return longest * (RandomNumberGenerator.GetInt32(50, 101) / 100.0);
    }

    private static JsonDocument? Parse(byte[] body)
    {
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool? ShouldRetry(HttpResponseMessage response) =>
        response.Headers.TryGetValues("stripe-should-retry", out var values)
        && bool.TryParse(values.FirstOrDefault(), out var flag)
            ? flag
            : null;

    private static string RequestIdOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Request-Id", out var values)
            ? values.FirstOrDefault() ?? ""
            : "";

    // Never a body: it may hold what belongs to a card.
    [LoggerMessage(1, LogLevel.Debug, "Payment provider: {Method} {Path} {Status} ({RequestId}).")]
    private static partial void LogCall(
        ILogger log,
        HttpMethod method,
        string path,
        int status,
        string requestId
    );
}
