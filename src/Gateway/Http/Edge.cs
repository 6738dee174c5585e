using Arda.Gateway.Http.Telemetry;
using Arda.Gateway.Kernel;
using Microsoft.AspNetCore.Connections;

namespace Arda.Gateway.Http;

/// <summary>
/// The outermost step of every request: names it, refuses what is not meant for us or comes too
/// late, answers preflights, and turns whatever is left without an answer (no such address, wrong
/// method, an exception) into an error in the caller's dialect.
/// </summary>
public sealed partial class Edge(
    RequestDelegate next,
    EdgeOptions options,
    HostGate hosts,
    Cors cors,
    Drain drain,
    TimeProvider time,
    ILoggerFactory loggers
)
{
    public const string AccessLog = "Arda.Gateway.Access";

    private readonly ILogger _log = loggers.CreateLogger("Arda.Gateway.Http.Edge");
    private readonly ILogger _access = loggers.CreateLogger(AccessLog);

    public async Task InvokeAsync(HttpContext context)
    {
        var started = time.GetTimestamp();
        var facts = RequestFacts.Of(context);
        context.TraceIdentifier = facts.RequestId;

        var headers = context.Response.Headers;
        headers[HeaderNames.RequestId] = facts.RequestId;
        headers[HeaderNames.AnthropicRequestId] = facts.RequestId;
        SecurityHeaders.Apply(headers, options.IsHttps);

        // Whatever is logged below, by whom ever, carries the request id.
        using var scope = _log.IsEnabled(LogLevel.Error) ? _log.BeginScope(facts) : null;
        try
        {
            await AnswerAsync(context);
        }
        catch (Exception failure) when (!context.RequestAborted.IsCancellationRequested)
        {
            await RecoverAsync(context, failure);
        }
        catch (Exception left) when (left is OperationCanceledException or IOException)
        {
            // The client hung up; there is nobody to answer.
            LogHungUp(_log, context.Request.Method, context.Request.Path, facts.RequestId);
        }

        RequestMetrics.Count(context);
        if (_access.IsEnabled(LogLevel.Information))
        {
            LogAccess(
                _access,
                context.Request.Method,
                context.Request.Path,
                context.Response.StatusCode,
                (long)time.GetElapsedTime(started).TotalMilliseconds,
                facts.RequestId,
                facts.ClientRequestId is { } theirs ? ", client " + theirs : ""
            );
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (!hosts.Admits(context.Request))
        {
            await Errors.WriteForPathAsync(
                context,
                new Denial.InvalidRequest(
                    "This server does not answer to that host name; use its public address or add "
                        + "the name to Http:AllowedHosts."
                )
            );
            return;
        }

        var isApi = Cors.AppliesTo(context.Request.Path);
        if (isApi && await cors.AnswersAsync(context))
        {
            return;
        }

        if (drain.IsRefusing)
        {
            context.Response.Headers.Connection = "close";
            await Errors.WriteForPathAsync(context, new Denial.Overloaded(TimeSpan.FromSeconds(1)));
            return;
        }

        await next(context);
        if (!context.Response.HasStarted && UnsaidDenial(context.Response) is { } denial)
        {
            await Errors.WriteForPathAsync(context, denial);
        }
    }

    /// <summary>What routing decided without saying it: a status alone, without a body.</summary>
    private static Denial? UnsaidDenial(HttpResponse response) =>
        response is { ContentLength: null or 0, ContentType: null }
            ? response.StatusCode switch
            {
                StatusCodes.Status404NotFound => new Denial.NotFound("such address"),
                StatusCodes.Status405MethodNotAllowed => new Denial.MethodNotAllowed(
                    response.Headers.Allow.ToString()
                ),
                StatusCodes.Status415UnsupportedMediaType => new Denial.UnsupportedMediaType(
                    "This body's type"
                ),
                StatusCodes.Status400BadRequest => new Denial.InvalidRequest(
                    "The request cannot be understood; compare it with the API reference."
                ),
                _ => null,
            }
            : null;

    private async Task RecoverAsync(HttpContext context, Exception failure)
    {
        var denial = DenialOf(failure);
        if (denial is Denial.Internal)
        {
            LogFailure(
                _log,
                failure,
                context.Request.Method,
                context.Request.Path,
                context.TraceIdentifier
            );
        }

        if (context.Response.HasStarted)
        {
            // Half an answer must not look whole: the client sees the connection break.
            context.Abort();
            return;
        }

        await Errors.WriteForPathAsync(context, denial);
    }

    private Denial DenialOf(Exception failure) =>
        failure switch
        {
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } =>
                new Denial.RequestTooLarge(options.RequestBytesMax),
            BadHttpRequestException or ConnectionResetException => new Denial.InvalidRequest(
                "The request broke off or is malformed; send it again whole."
            ),
            _ => new Denial.Internal(),
        };

    [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed ({RequestId}).")]
    private static partial void LogFailure(
        ILogger log,
        Exception failure,
        string method,
        PathString path,
        string requestId
    );

    [LoggerMessage(2, LogLevel.Debug, "{Method} {Path}: the client hung up ({RequestId}).")]
    private static partial void LogHungUp(
        ILogger log,
        string method,
        PathString path,
        string requestId
    );

    [LoggerMessage(
        3,
        LogLevel.Information,
        "{Method} {Path} {Status} in {DurationMs} ms ({RequestId}{ClientRequestId})"
    )]
    private static partial void LogAccess(
        ILogger log,
        string method,
        PathString path,
        int status,
        long durationMs,
        string requestId,
        string clientRequestId
    );
}
