namespace Arda.Gateway.Sdk;

/// <summary>The gateway refused a call that was made with a key, or broke off its answer.
/// <see cref="GatewayException.Code"/> is the error's code, such as
/// <c>insufficient_balance</c>; <see cref="GatewayException.Status"/> is null for an error that
/// came inside a stream, under the status of success.</summary>
public sealed class GatewayApiException : GatewayException
{
    internal GatewayApiException(
        string code,
        string message,
        int? status,
        string? requestId,
        Exception? inner = null
    )
        : base(code, message, inner) => (Status, RequestId) = (status, requestId);

    /// <summary>OpenAI's error type, such as <c>authentication_error</c>.</summary>
    public string? Type { get; internal init; }

    /// <summary>The parameter at fault, where there is one.</summary>
    public string? Param { get; internal init; }

    /// <summary>A page about this error.</summary>
    public string? DocsUrl { get; internal init; }

    /// <summary>The way out, where the gateway knows one.</summary>
    public GatewayDenial? Denial { get; internal init; }

    /// <summary>How long to wait before asking again, where the server said so.</summary>
    public TimeSpan? RetryAfter { get; internal init; }
}
