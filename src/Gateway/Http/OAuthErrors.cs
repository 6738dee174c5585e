using System.Buffers;
using System.Text.Json;

namespace Arda.Gateway.Http;

/// <summary>An error of RFC 6749 §5.2, RFC 6750 or RFC 8628, for a program.</summary>
/// <param name="Status">400, or 401 for <c>invalid_client</c>.</param>
/// <param name="Error">Its registered name.</param>
/// <param name="Description">What is wrong and what to do; plain ASCII (RFC 6749 §5.2).</param>
public sealed record OAuthError(int Status, string Error, string Description)
{
    /// <summary>Only when the client used the Authorization header: a challenge hides the body
    /// from clients that did not expect one.</summary>
    public string? Challenge { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    public static OAuthError InvalidRequest(string description) =>
        new(StatusCodes.Status400BadRequest, "invalid_request", description);

    public static OAuthError InvalidGrant(string description) =>
        new(StatusCodes.Status400BadRequest, "invalid_grant", description);

    public static OAuthError Busy(TimeSpan retryAfter, string description) =>
        new(StatusCodes.Status429TooManyRequests, "temporarily_unavailable", description)
        {
            RetryAfter = retryAfter,
        };

    /// <summary>The store does not answer; nothing was decided.</summary>
    public static OAuthError Unavailable { get; } =
        new(
            StatusCodes.Status503ServiceUnavailable,
            "temporarily_unavailable",
            "The gateway cannot reach its store; try again in a moment."
        )
        {
            RetryAfter = TimeSpan.FromSeconds(5),
        };
}

/// <summary>The one place that writes errors for OAuth clients: <c>application/json</c> with a
/// string <c>error</c>. Neither Problem Details nor the shape of /v1 is understood there.</summary>
public static class OAuthErrors
{
    /// <summary>Addresses whose every answer speaks OAuth, those of the framework's own refusals
    /// (404, 405, 413, 500) included.</summary>
    public static void SpeakUnder(ErrorDialects dialects, params ReadOnlySpan<string> prefixes)
    {
        foreach (var prefix in prefixes)
        {
            dialects.Register(prefix, WriteAsync);
        }
    }

    public static Task WriteAsync(HttpContext context, OAuthError error)
    {
        var response = context.Response;
        response.StatusCode = error.Status;
        if (error.Challenge is { } challenge)
        {
            response.Headers.WWWAuthenticate = challenge;
        }

        if (error.RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = DenialTable
                .SecondsCeiling(wait)
                .ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        return WriteBodyAsync(context, error.Error, error.Description, page: null);
    }

    private static Task WriteAsync(HttpContext context, Refusal refusal)
    {
        Errors.WriteHeaders(context, refusal);
        // No address here takes a Bearer key where this writer is asked; see OAuthError.Challenge.
        context.Response.Headers.Remove("WWW-Authenticate");
        var facts = refusal.Facts;
        var error = facts.Status switch
        {
            429 or 503 or 529 => "temporarily_unavailable",
            >= 500 => "server_error",
            403 => "access_denied",
            _ => "invalid_request",
        };
        return WriteBodyAsync(context, error, facts.Message, facts.DocsUrl);
    }

    private static Task WriteBodyAsync(
        HttpContext context,
        string error,
        string description,
        string? page
    )
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers.Pragma = "no-cache";
        var body = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("error"u8, error);
            json.WriteString("error_description"u8, Ascii(description));
            if (page is not null)
            {
                json.WriteString("error_uri"u8, page);
            }

            json.WriteEndObject();
        }

        context.Response.ContentType = "application/json";
        return Errors.WriteBodyAsync(context, body.WrittenMemory);
    }

    // RFC 6749 §5.2 allows neither quotes nor backslashes nor anything beyond ASCII.
    private static string Ascii(string text) =>
        new([.. text.Select(c => c is >= ' ' and <= '~' and not ('"' or '\\') ? c : '\'')]);
}
