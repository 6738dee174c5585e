using Arda.Gateway.Kernel;

namespace Arda.Gateway.Http;

/// <summary>Our own name for each request: in both headers that clients read, in every error body
/// and in the log.</summary>
public static class RequestIds
{
    private const string Prefix = "req_";
    private const int ClientSentCharsMax = 128;

    public static string New() => Ids.Make(Prefix);

    /// <summary>The client's own id, if it is short and plain enough to stand in a log line.</summary>
    public static string? ClientSent(HttpRequest request)
    {
        if (
            !request.Headers.TryGetValue(HeaderNames.RequestId, out var values)
            || values is not [{ Length: > 0 and <= ClientSentCharsMax } id]
        )
        {
            return null;
        }

        foreach (var c in id)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.' or ':'))
            {
                return null;
            }
        }

        return id;
    }
}
