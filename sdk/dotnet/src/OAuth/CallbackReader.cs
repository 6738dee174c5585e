namespace Arda.Gateway.Sdk;

/// <summary>Believes a callback only when <c>state</c> belongs to our authorization
/// (RFC 6749 §10.12) and <c>iss</c> is this gateway (RFC 9207 §2.4).</summary>
internal static class CallbackReader
{
    private static readonly string[] s_single =
    [
        "code",
        "state",
        "iss",
        "error",
        "error_description",
        "error_uri",
    ];

    public static GatewayCallback Read(Uri callback, string state, string issuer)
    {
        if (!callback.IsAbsoluteUri)
        {
            throw new GatewayArgumentException(
                "invalid_callback_url",
                "The callback is not a full URL."
            );
        }

        var parameters = Parameters(callback.Query);
        var code = parameters.GetValueOrDefault("code");
        var error = parameters.GetValueOrDefault("error");
        if (code is null && error is null)
        {
            throw new GatewayCallbackException(
                "not_a_callback",
                "The URL has neither code nor error."
            );
        }

        // The sender is checked before anything that it says is passed on, an error included.
        CheckIssuer(parameters.GetValueOrDefault("iss"), issuer);
        CheckState(parameters.GetValueOrDefault("state"), state);
        return error is null
            ? new GatewayCallback
            {
                Code = code!,
                State = state,
                Issuer = issuer,
            }
            : throw OAuthErrors.Of(
                error,
                new GatewayOAuthErrorFacts
                {
                    Description = parameters.GetValueOrDefault("error_description"),
                    Uri = parameters.GetValueOrDefault("error_uri"),
                }
            );
    }

    private static void CheckIssuer(string? found, string issuer)
    {
        // Compared as text: RFC 9207 §2.4 allows no normalisation.
        if (!string.Equals(found, issuer, StringComparison.Ordinal))
        {
            throw new GatewayCallbackException(
                "issuer_mismatch",
                found is null
                    ? "The callback does not say which server it is from (iss is missing)."
                    : $"The callback is from {found}, not from {issuer}. If that is your gateway, "
                        + "make it the base address."
            );
        }
    }

    private static void CheckState(string? found, string state)
    {
        if (!string.Equals(found, state, StringComparison.Ordinal))
        {
            throw new GatewayCallbackException(
                "state_mismatch",
                "This callback does not belong to the authorization that was started here. Start "
                    + "again."
            );
        }
    }

    private static Dictionary<string, string> Parameters(string query)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            var name = Decoded(at < 0 ? part : part[..at]);
            if (!found.TryAdd(name, at < 0 ? "" : Decoded(part[(at + 1)..])))
            {
                if (s_single.Contains(name))
                {
                    throw new GatewayCallbackException(
                        "duplicate_parameter",
                        $"The callback has {name} more than once."
                    );
                }
            }
        }

        return found;
    }

    private static string Decoded(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
