namespace Arda.Gateway.Sdk;

/// <summary>
/// The authorization server said no: RFC 6749 §4.1.2.1 in a redirect, §5.2 from the token endpoint,
/// RFC 8628 §3.5 for device codes. <see cref="GatewayException.Code"/> is OAuth's <c>error</c>,
/// such as <c>invalid_grant</c>.
/// </summary>
public class GatewayOAuthException : GatewayException
{
    internal GatewayOAuthException(string error, GatewayOAuthErrorFacts facts)
        : base(error, facts.Description ?? $"The gateway answered {error}.")
    {
        (Status, RequestId) = (facts.Status, facts.RequestId);
        ErrorDescription = facts.Description;
        ErrorUri = facts.Uri;
        AppStatus = facts.AppStatus;
        RetryAfter = facts.RetryAfter;
    }

    /// <summary>OAuth's <c>error_description</c>: a sentence for the developer.</summary>
    public string? ErrorDescription { get; }

    /// <summary>OAuth's <c>error_uri</c>: a page about this error.</summary>
    public string? ErrorUri { get; }

    /// <summary>Review state of an app that may not be used yet or any more, such as
    /// <c>pending</c>.</summary>
    public string? AppStatus { get; }

    /// <summary>How long to wait before asking again, where the server said so.</summary>
    public TimeSpan? RetryAfter { get; }
}

/// <summary>The user said no (<c>access_denied</c>: RFC 6749 §4.1.2.1, RFC 8628 §3.5).</summary>
public sealed class GatewayAccessDeniedException : GatewayOAuthException
{
    internal GatewayAccessDeniedException(string error, GatewayOAuthErrorFacts facts)
        : base(error, facts) { }
}

/// <summary>Nobody approved the device code in time (<c>expired_token</c>, RFC 8628 §3.5): start
/// again.</summary>
public sealed class GatewayDeviceCodeExpiredException : GatewayOAuthException
{
    internal GatewayDeviceCodeExpiredException(string error, GatewayOAuthErrorFacts facts)
        : base(error, facts) { }
}

/// <summary>What an OAuth error says beside its code.</summary>
internal sealed record GatewayOAuthErrorFacts
{
    public int? Status { get; init; }

    public string? RequestId { get; init; }

    public string? Description { get; init; }

    public string? Uri { get; init; }

    public string? AppStatus { get; init; }

    public TimeSpan? RetryAfter { get; init; }
}
