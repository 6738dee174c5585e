namespace Arda.Gateway.Sdk;

/// <summary>An answer whose body is gone or unread still has its status.</summary>
internal static class RecoveryByStatus
{
    public static RecoveryInstruction? Of(
        int status,
        IEnumerable<KeyValuePair<string, string>>? headers,
        GatewayRecoveryOptions? options,
        TimeSpan? retryAfter = null,
        string message = "The gateway refused the request."
    ) =>
        status switch
        {
            401 => new RecoveryInstruction.Reconnect { Reason = "invalid_key", Message = message },
            402 => new RecoveryInstruction.OpenPortal
            {
                Reason = "insufficient_balance",
                Message = message,
                PortalOptions = GatewayRecovery.PortalOptionsOf(
                    GatewayPortalPurposes.Topup,
                    options?.SuggestedTopupCents,
                    options
                ),
            },
            403 => OfChallenge(Header(headers, "WWW-Authenticate") ?? "", message),
            429 or 503 => new RecoveryInstruction.Wait
            {
                Reason = status is 429 ? "rate_limited" : "unavailable",
                Message = message,
                RetryAfter =
                    retryAfter
                    ?? RetryAfterHeader.Read(Header(headers, "Retry-After"), TimeProvider.System),
            },
            _ => null,
        };

    /// <summary><c>Bearer error="insufficient_scope", scope="…"</c> (RFC 6750 §3).</summary>
    private static RecoveryInstruction.Reconnect? OfChallenge(string challenge, string message)
    {
        if (!challenge.Contains("error=\"insufficient_scope\"", StringComparison.Ordinal))
        {
            return null;
        }

        const string Opening = " scope=\"";
        var at = challenge.IndexOf(Opening, StringComparison.Ordinal);
        var scopes = at < 0 ? "" : challenge[(at + Opening.Length)..].Split('"')[0];
        return new RecoveryInstruction.Reconnect
        {
            Reason = "insufficient_scope",
            Message = message,
            MissingScopes = scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        };
    }

    private static string? Header(IEnumerable<KeyValuePair<string, string>>? headers, string name)
    {
        foreach (var (found, value) in headers ?? [])
        {
            if (found.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        return null;
    }
}
