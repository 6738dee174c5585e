using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire.Messages;

/// <summary>
/// The parameter of Messages that leans on state kept at the provider. There is none here, for the
/// reason that <see cref="Responses.ResponsesState"/> gives.
/// </summary>
public static class MessagesState
{
    /// <summary>A conversation that the server holds. Anthropic's own clients ask for one by
    /// themselves (the tool runner), and send the whole history once they are told
    /// <see cref="ThreadUnsupported"/>.</summary>
    public const string Thread = "thread";

    public const string ThreadUnsupported = "thread_unsupported_request";

    /// <summary>The refusal of a scanned request, whatever its upstream; null if it may go
    /// on.</summary>
    public static Denial? Refuse(RequestScan scan, ReadOnlySpan<byte> body) =>
        scan.Find(Thread) is { } member
        && !body[member.ValueStart..member.ValueEnd].SequenceEqual("null"u8)
            ? new Denial.UnsupportedParameter(
                Thread,
                "Nothing is stored between requests, so 'thread' cannot be used: send the whole "
                    + "conversation in 'messages'."
            )
            : null;
}
