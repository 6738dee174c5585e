namespace Arda.Gateway.Sdk;

/// <summary>No answer came, or not all of it: no network, no such host, a cut connection, a time
/// limit. <see cref="GatewayException.Code"/> is <c>connection_failed</c>.</summary>
public sealed class GatewayConnectionException : GatewayException
{
    internal GatewayConnectionException(string message, Exception? inner = null)
        : base("connection_failed", message, inner) { }
}
