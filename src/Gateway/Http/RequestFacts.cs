using Arda.Gateway.Kernel;

namespace Arda.Gateway.Http;

/// <summary>What the edge must know of a request and cannot find out by itself: the room that
/// admits the caller writes it here.</summary>
public sealed class RequestFacts
{
    public required string RequestId { get; init; }

    /// <summary>What the client called this request: for the log, never for us.</summary>
    public string? ClientRequestId { get; init; }

    /// <summary>The app of the caller's key; null until known and for keys without an app.</summary>
    public AppId? App { get; set; }

    /// <summary>Set once the caller proved to have <c>balance:read</c>.</summary>
    public bool BalanceVisible { get; set; }

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
}
