using System.Text;
using Arda.Gateway.Kernel;
using Microsoft.Extensions.Primitives;

namespace Arda.Gateway.Http;

/// <summary>Asks whether a web origin may read answers: of that app, or of any app when none is
/// known. The rooms above know the apps; Program.cs brings the answer here.</summary>
public delegate ValueTask<bool> OriginApproval(string origin, AppId? app);

/// <summary>
/// CORS for the programs' addresses (never for pages). A preflight knows no key, so it passes for
/// an origin approved for any app; the answer itself is readable only for an origin approved for
/// the key's app, errors and streams included. Credentials are never allowed: cookies mean nothing
/// here. The origin "null" never passes.
/// </summary>
public sealed class Cors(OriginApproval isApproved)
{
    private const int OriginCharsMax = 512;
    private const string AllowedMethods = "GET, POST, DELETE";

    private static readonly string[] s_paths =
    [
        "/v1",
        "/oauth/token",
        "/oauth/revoke",
        "/oauth/device/code",
        "/oauth/userinfo",
    ];

    private static readonly HashSet<string> s_requestHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "Authorization",
        "X-Api-Key",
        "Content-Type",
        "Accept",
        "Idempotency-Key",
        "Anthropic-Version",
        "Anthropic-Beta",
        "Anthropic-Dangerous-Direct-Browser-Access",
        "OpenAI-Organization",
        "OpenAI-Project",
        "OpenAI-Beta",
        "X-Request-Id",
        "X-Arda-Conversation-Id",
        "X-Arda-Routing",
        "X-Arda-Explain",
        "X-Arda-Simulate",
        "traceparent",
        "tracestate",
    };

    public static bool AppliesTo(PathString path)
    {
        foreach (var prefix in s_paths)
        {
            if (path.StartsWithSegments(prefix, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True when this was a preflight and is answered.</summary>
    public async ValueTask<bool> AnswersAsync(HttpContext context)
    {
        var request = context.Request;
        var response = context.Response;
        response.Headers.Append("Vary", "Origin");
        if (request.Headers.Origin is not [{ Length: > 0 } origin])
        {
            return false;
        }

        if (
            HttpMethods.IsOptions(request.Method)
            && request.Headers.AccessControlRequestMethod.Count > 0
        )
        {
            await AnswerPreflightAsync(context, origin);
            return true;
        }

        response.OnStarting(() => ExposeAsync(context, origin));
        return false;
    }

    private async Task AnswerPreflightAsync(HttpContext context, string origin)
    {
        var headers = context.Response.Headers;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        headers.Append("Vary", "Access-Control-Request-Headers");
        if (!await PassesAsync(origin, app: null))
        {
            return;
        }

        headers.AccessControlAllowOrigin = origin;
        headers.AccessControlAllowMethods = AllowedMethods;
        headers.AccessControlMaxAge = "600";
        var allowed = Matching(context.Request.Headers.AccessControlRequestHeaders);
        if (allowed.Length > 0)
        {
            headers.AccessControlAllowHeaders = allowed;
        }
    }

    private async Task ExposeAsync(HttpContext context, string origin)
    {
        if (await PassesAsync(origin, RequestFacts.Of(context).App))
        {
            context.Response.Headers.AccessControlAllowOrigin = origin;
            context.Response.Headers.AccessControlExposeHeaders = HeaderNames.Exposed;
        }
    }

    private async ValueTask<bool> PassesAsync(string origin, AppId? app) =>
        origin.Length <= OriginCharsMax && origin != "null" && await isApproved(origin, app);

    /// <summary>Echoes the asked names that are ours to allow: x-stainless-* is an open family.</summary>
    private static string Matching(StringValues asked)
    {
        var allowed = new StringBuilder();
        foreach (var line in asked)
        {
            foreach (var range in line.AsSpan().Split(','))
            {
                var name = line.AsSpan()[range].Trim();
                if (IsAllowed(name))
                {
                    allowed.Append(allowed.Length > 0 ? ", " : "").Append(name);
                }
            }
        }

        return allowed.ToString();
    }

    private static bool IsAllowed(ReadOnlySpan<char> name)
    {
        const string Stainless = "x-stainless-";
        if (!name.StartsWith(Stainless, StringComparison.OrdinalIgnoreCase))
        {
            return s_requestHeaders.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name);
        }

        foreach (var c in name[Stainless.Length..])
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not '-')
            {
                return false;
            }
        }

        return name.Length > Stainless.Length;
    }
}
