namespace Arda.Gateway.Sdk;

/// <summary>
/// The base of everything that this package throws of its own accord. <see cref="Code"/> is the
/// stable word to branch on; messages are for people and may change. No exception holds a key, a
/// code or a verifier. A cancelled call throws <see cref="OperationCanceledException"/> as usual.
/// </summary>
public abstract class GatewayException : Exception
{
    private protected GatewayException(string code, string message, Exception? inner = null)
        : base(message, inner) => Code = code;

    /// <summary>The stable word for this kind of failure.</summary>
    public string Code { get; }

    /// <summary>HTTP status of the answer; null when there was no answer.</summary>
    public int? Status { get; private protected init; }

    /// <summary>The gateway's id of the request; quote it when you ask for help.</summary>
    public string? RequestId { get; private protected init; }
}
