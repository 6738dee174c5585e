namespace Arda.Gateway.Sdk;

/// <summary>
/// The redirect back to the app was not believed; no code was sent anywhere.
/// <see cref="GatewayException.Code"/> is one of
/// <c>state_mismatch</c> (not the state of the authorization that was started here, RFC 6749
/// §10.12), <c>issuer_mismatch</c> (<c>iss</c> is missing or another server's, RFC 9207 §2.4),
/// <c>duplicate_parameter</c> (RFC 6749 §3.1) and
/// <c>not_a_callback</c> (neither <c>code</c> nor <c>error</c>).
/// </summary>
public sealed class GatewayCallbackException : GatewayException
{
    internal GatewayCallbackException(string code, string message)
        : base(code, message) { }
}
