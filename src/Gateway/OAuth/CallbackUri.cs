namespace Arda.Gateway.OAuth;

/// <summary>The way back to an app. The issuer goes along with errors too (RFC 9207), and nothing
/// is appended that was not there: a state that was not sent is not a state that is empty.</summary>
internal static class CallbackUri
{
    public static string WithCode(
        string redirectUri,
        string code,
        string? escapedState,
        string issuer
    ) => redirectUri + "?code=" + code + Rest(escapedState, issuer);

    public static string WithError(
        string redirectUri,
        string error,
        string description,
        string? escapedState,
        string issuer
    ) =>
        redirectUri
        + "?error="
        + error
        + "&error_description="
        + Uri.EscapeDataString(description)
        + Rest(escapedState, issuer);

    private static string Rest(string? escapedState, string issuer) =>
        (escapedState is null ? "" : "&state=" + escapedState)
        + "&iss="
        + Uri.EscapeDataString(issuer);
}
