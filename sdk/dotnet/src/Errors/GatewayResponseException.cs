namespace Arda.Gateway.Sdk;

/// <summary>The answer is not what the protocol promises, such as a proxy's HTML page.
/// <see cref="GatewayException.Code"/> is <c>invalid_response</c>.</summary>
public sealed class GatewayResponseException : GatewayException
{
    internal GatewayResponseException(
        string message,
        int status,
        string? requestId,
        Exception? inner = null
    )
        : base("invalid_response", message, inner) => (Status, RequestId) = (status, requestId);
}
