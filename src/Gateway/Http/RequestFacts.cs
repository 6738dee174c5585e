using System.Collections;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Http;

/// <summary>What the edge must know of a request and cannot find out by itself: the room that
/// admits the caller writes it here. It is also the scope of all log lines of the request.</summary>
public sealed class RequestFacts : IReadOnlyList<KeyValuePair<string, object?>>
{
    /// <summary>The log's name for <see cref="RequestId"/>.</summary>
    public const string LogScopeKey = "RequestId";

    public required string RequestId { get; init; }

    /// <summary>What the client called this request: for the log, never for us.</summary>
    public string? ClientRequestId { get; init; }

    /// <summary>The app of the caller's key; null until known and for keys without an app.</summary>
    public AppId? App { get; set; }

    /// <summary>Set once the caller proved to have <c>balance:read</c>.</summary>
    public bool BalanceVisible { get; set; }

    int IReadOnlyCollection<KeyValuePair<string, object?>>.Count => 1;

    KeyValuePair<string, object?> IReadOnlyList<KeyValuePair<string, object?>>.this[int index] =>
        index is 0
            ? new(LogScopeKey, RequestId)
            : throw new ArgumentOutOfRangeException(nameof(index));

    public override string ToString() => RequestId;

    public static RequestFacts Of(HttpContext context)
    {
        if (context.Features.Get<RequestFacts>() is { } known)
        {
            return known;
        }

        var facts = new RequestFacts
        {
            RequestId = RequestIds.New(),
            ClientRequestId = RequestIds.ClientSent(context.Request),
        };
        context.Features.Set(facts);
        return facts;
    }

    IEnumerator<KeyValuePair<string, object?>> IEnumerable<
        KeyValuePair<string, object?>
    >.GetEnumerator()
    {
        yield return new(LogScopeKey, RequestId);
    }

    IEnumerator IEnumerable.GetEnumerator() =>
        ((IEnumerable<KeyValuePair<string, object?>>)this).GetEnumerator();
}
