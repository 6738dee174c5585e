using Arda.Gateway.Kernel;

namespace Arda.Gateway.OAuth;

/// <summary>Notices keys in the address of a request. They are never accepted there (OAuth 2.1
/// §5.1); their owner is told that a log now has them.</summary>
internal sealed partial class KeyInAddress(
    RequestDelegate next,
    LeakedKeys leaked,
    ILogger<KeyInAddress> log
)
{
    private const int CharsMax = 4_096;

    public Task InvokeAsync(HttpContext http)
    {
        if (
            http.Request.QueryString.Value is { Length: > Secrets.Length and < CharsMax } query
            && Find(query) is { } secret
        )
        {
            // Beside the request, so that its time tells nothing of whether the key is good.
            _ = Task.Run(() => NoteAsync(secret));
        }

        return next(http);
    }

    private static string? Find(string query)
    {
        for (
            var at = query.IndexOf(Secrets.ApiKey, StringComparison.Ordinal);
            at >= 0 && at + Secrets.Length <= query.Length;
            at = query.IndexOf(Secrets.ApiKey, at + 1, StringComparison.Ordinal)
        )
        {
            var candidate = query.AsSpan(at, Secrets.Length);
            if (Secrets.IsWellFormed(candidate, Secrets.ApiKey))
            {
                return candidate.ToString();
            }
        }

        return null;
    }

    private async Task NoteAsync(string secret)
    {
        try
        {
            LogExposed(log, Secrets.HintOf(secret));
            await leaked.NoteInAddressAsync(secret, CancellationToken.None);
        }
#pragma warning disable CA1031 // Nobody waits for this; what cannot be told now is told next time.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            LogFailed(log, failure.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The key {Hint} was exposed in the address of a request.")]
    private static partial void LogExposed(ILogger log, string hint);

    [LoggerMessage(2, LogLevel.Warning, "An exposed key could not be reported: {Failure}")]
    private static partial void LogFailed(ILogger log, string failure);
}
