using System.Buffers;
using System.Globalization;
using Arda.Gateway.Http.Telemetry;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Http;

/// <summary>Says a denial over HTTP.</summary>
public static class Errors
{
    private const string Realm = "Bearer realm=\"Arda Gateway\"";

    /// <summary>Answers with the denial in that dialect. The answer must not have begun; inside a
    /// stream use <see cref="FactsOf"/> and the stream's own writer.</summary>
    public static Task WriteAsync(HttpContext context, Denial denial, WireFormat dialect)
    {
        var refusal = RefusalOf(context, denial, dialect);
        WriteHeaders(context, refusal);

        var body = new ArrayBufferWriter<byte>(512);
        ErrorJson.WriteBody(dialect, refusal.Facts, body);
        context.Response.ContentType = "application/json";
        return WriteBodyAsync(context, body.WrittenMemory);
    }

    /// <summary>The same for callers that do not know where they are: in the dialect of the path
    /// under /v1, by the writer registered for the path elsewhere.</summary>
    public static Task WriteForPathAsync(HttpContext context, Denial denial)
    {
        var path = context.Request.Path;
        var dialects = context.RequestServices.GetRequiredService<ErrorDialects>();
        return Dialects.IsApi(path) || dialects.WriterFor(path) is not { } write
            ? WriteAsync(context, denial, Dialects.Of(context.Request))
            : write(context, RefusalOf(context, denial, WireFormat.OpenAiChat));
    }

    /// <summary>The facts for an error event inside a stream.</summary>
    public static ErrorFacts FactsOf(HttpContext context, Denial denial, WireFormat dialect) =>
        RefusalOf(context, denial, dialect).Facts;

    /// <summary>The stable code alone, for spans; it is not counted as told to anyone.</summary>
    public static string CodeOf(HttpContext context, Denial denial, WireFormat dialect) =>
        context
            .RequestServices.GetRequiredService<DenialTable>()
            .Refuse(denial, dialect, balanceVisible: false, requestId: null)
            .Facts.Code;

    public static Refusal RefusalOf(HttpContext context, Denial denial, WireFormat dialect)
    {
        var facts = RequestFacts.Of(context);
        var table = context.RequestServices.GetRequiredService<DenialTable>();
        var refusal = table.Refuse(denial, dialect, facts.BalanceVisible, facts.RequestId);
        GatewayMetrics.Denied(refusal.Page);
        return refusal;
    }

    /// <summary>Sets the status and the headers that go with a refusal; for writers of other
    /// bodies (OAuth, pages).</summary>
    public static void WriteHeaders(HttpContext context, Refusal refusal)
    {
        var response = context.Response;
        Invariant.Holds(!response.HasStarted, "An error is only written before its answer begins.");

        // What a handler said about a body that will not come would now be a lie.
        response.ContentLength = null;
        response.Headers.Remove("Content-Encoding");
        response.Headers.Remove("ETag");
        response.Headers.CacheControl = "no-store";

        response.StatusCode = refusal.Facts.Status;
        response.Headers[HeaderNames.ShouldRetry] = refusal.ShouldRetry ? "true" : "false";
        if (refusal.RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = DenialTable
                .SecondsCeiling(wait)
                .ToString(CultureInfo.InvariantCulture);
            response.Headers[HeaderNames.RetryAfterMs] = (
                (long)Math.Ceiling(wait.TotalMilliseconds)
            ).ToString(CultureInfo.InvariantCulture);
        }

        if (refusal.Challenge is { } challenge)
        {
            // RFC 6750 §3.1: a request without credentials is told nothing but to bring some.
            response.Headers.WWWAuthenticate = HasCredentials(context.Request)
                ? $"{Realm}, {challenge}"
                : Realm;
        }

        if (refusal.Allow is { } allow)
        {
            response.Headers.Allow = allow;
        }
    }

    internal static async Task WriteBodyAsync(HttpContext context, ReadOnlyMemory<byte> body)
    {
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    private static bool HasCredentials(HttpRequest request) =>
        request.Headers.Authorization.Count > 0 || request.Headers.ContainsKey("x-api-key");
}

/// <summary>Who writes errors outside of /v1: rooms above register themselves in Program.cs.</summary>
public sealed class ErrorDialects
{
    private readonly List<(PathString Prefix, Func<HttpContext, Refusal, Task> Write)> _writers =
    [];

    /// <param name="prefix">The first segments of the path; the longest that matches wins.</param>
    /// <param name="write">Writes headers (<see cref="Errors.WriteHeaders"/>) and body.</param>
    public void Register(PathString prefix, Func<HttpContext, Refusal, Task> write) =>
        _writers.Add((prefix, write));

    public Func<HttpContext, Refusal, Task>? WriterFor(PathString path)
    {
        var (longest, found) = (-1, default(Func<HttpContext, Refusal, Task>));
        foreach (var (prefix, write) in _writers)
        {
            if (
                prefix.Value!.Length > longest
                && path.StartsWithSegments(prefix, StringComparison.Ordinal)
            )
            {
                (longest, found) = (prefix.Value.Length, write);
            }
        }

        return found;
    }
}
