using System.Buffers;
using System.Globalization;
using Arda.Gateway.Developers;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.OAuth;

/// <summary>
/// Judges an authorize request in the order that keeps people safe: until client and redirect URI
/// are known to be right, every error is a page and never a redirect.
/// </summary>
internal sealed class AuthorizeJudge(Apps apps, IdTokens idTokens, EdgeOptions edge)
{
    private const int StateBytesMax = 4_096;
    private const int NonceCharsMax = 512;
    private const int HintCharsMax = 320;
    private const int ChallengeChars = 43;

    private static readonly SearchValues<char> s_base64Url = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    );

    private static readonly string[] s_prompts = ["none", "login", "consent", "select_account"];

    private static readonly Judgement s_unknownApp = Page(
        StatusCodes.Status400BadRequest,
        "This link does not work",
        "The link names no app that is known here. Go back to the app and start again; if that "
            + "does not help, tell its makers."
    );

    private static readonly Judgement s_badRedirect = Page(
        StatusCodes.Status400BadRequest,
        "This link does not work",
        "The app asks for an answer at an address that it has not registered, so nothing was sent "
            + "there. If this keeps happening, tell the app's makers."
    );

    public static AuthorizeStep.ErrorPage NotAvailable { get; } =
        new(
            StatusCodes.Status403Forbidden,
            "This app is not available",
            "The app has not been approved, or it was stopped. If it is yours and waits for review, "
                + "sign in first and open the link again."
        );

    public async Task<Judgement> JudgeAsync(StrictForm asked, UserId? viewer, CancellationToken ct)
    {
        if (asked.IsRepeated("client_id") || asked["client_id"] is not { } clientId)
        {
            return s_unknownApp;
        }

        if (await apps.FindAsync(new AppId(clientId), ct) is not { } app)
        {
            return s_unknownApp;
        }

        if (
            asked.IsRepeated("redirect_uri")
            || asked["redirect_uri"] is not { } redirectUri
            || !RedirectUriMatch.IsRegistered(app, redirectUri)
        )
        {
            return s_badRedirect;
        }

        if (!IsAvailableTo(app, viewer))
        {
            return new Judgement.Bad(NotAvailable);
        }

        // One that is too long goes nowhere, not even back.
        var state =
            asked["state"] is { } text && !IsTooLong(text) ? Uri.EscapeDataString(text) : null;
        return await JudgeRestAsync(asked, app, redirectUri, state);
    }

    /// <summary>A pending app is its owner's to try (ruling 18); one whose owner was turned away
    /// where money goes is nobody's.</summary>
    public static bool IsAvailableTo(App app, UserId? viewer) =>
        app.ClosedBecause is null
        && (
            app.State == AppState.Approved || (app.State == AppState.Pending && app.Owner == viewer)
        );

    private async Task<Judgement> JudgeRestAsync(
        StrictForm asked,
        App app,
        string redirectUri,
        string? state
    )
    {
        Judgement.Bad Back(string error, string description) =>
            new(
                new AuthorizeStep.Redirect(
                    CallbackUri.WithError(redirectUri, error, description, state, edge.PublicUrl)
                )
            );

        if (Malformed(asked) is var (error, why))
        {
            return Back(error, why);
        }

        if (ScopeTexts.Asked(asked["scope"], app).Denied(out var denial, out var scopes))
        {
            return Back("invalid_scope", ((Denial.InvalidRequest)denial).Message);
        }

        if (WrongPrompt(PromptOf(asked)) is { } wrongPrompt)
        {
            return Back("invalid_request", wrongPrompt);
        }

        if (!TryMaxAge(asked["max_age"], out var maxAge))
        {
            return Back("invalid_request", "The max_age is a whole number of seconds.");
        }

        UserId? hinted = null;
        if (asked["id_token_hint"] is { } hint)
        {
            if (await idTokens.OwnerOfHintAsync(hint, app) is not { } owner)
            {
                return Back(
                    "invalid_request",
                    "The id_token_hint is not a token of this issuer for this app."
                );
            }

            hinted = owner;
        }

        return new Judgement.Good(
            new AuthorizeRequest
            {
                App = app,
                RedirectUri = redirectUri,
                Scopes = scopes,
                EscapedState = state,
                EscapedNonce = asked["nonce"] is { } nonce ? Uri.EscapeDataString(nonce) : null,
                Challenge = asked["code_challenge"]!,
                Prompt = PromptOf(asked),
                MaxAgeSeconds = maxAge,
                LoginHint = Shown(asked["login_hint"]),
                HintedOwner = hinted,
            }
        );
    }

    private static string[] PromptOf(StrictForm asked) =>
        (asked["prompt"] ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string? WrongPrompt(string[] prompt) =>
        prompt.Except(s_prompts).Any() || (prompt.Contains("none") && prompt.Length > 1)
            ? "The prompt is none alone, or of login, consent and select_account."
            : null;

    private static bool TryMaxAge(string? text, out long? seconds)
    {
        var isNumber = long.TryParse(
            text,
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var number
        );
        seconds = isNumber ? number : null;
        return text is null || (isNumber && number <= int.MaxValue);
    }

    private static (string Error, string Why)? Malformed(StrictForm asked) =>
        asked.Repeated is not null ? ("invalid_request", "A parameter is sent twice.")
        : asked["request"] is not null
            ? ("request_not_supported", "Request objects are not supported.")
        : asked["request_uri"] is not null
            ? ("request_uri_not_supported", "Request objects by reference are not supported.")
        : asked["registration"] is not null
            ? ("registration_not_supported", "Apps are registered by their developers.")
        : asked["response_type"] is not { } type
            ? ("invalid_request", "The response_type is missing; write code.")
        : type != "code" ? ("unsupported_response_type", "The only response_type is code.")
        : asked["response_mode"] is { } mode && mode != "query"
            ? ("invalid_request", "The only response_mode is query.")
        : asked["code_challenge"] is not { } challenge
            ? ("invalid_request", "The code_challenge is missing; PKCE is required for every app.")
        : asked["code_challenge_method"] != "S256"
            ? ("invalid_request", "The code_challenge_method is S256; plain is not accepted.")
        : challenge.Length != ChallengeChars || challenge.AsSpan().ContainsAnyExcept(s_base64Url)
            ? ("invalid_request", "The code_challenge is 43 characters of base64url.")
        : asked["state"] is { } state && IsTooLong(state)
            ? ("invalid_request", "The state is longer than 4 KiB.")
        : asked["nonce"] is { Length: > NonceCharsMax }
            ? ("invalid_request", "The nonce is longer than 512 characters.")
        : null;

    private static bool IsTooLong(string state) =>
        System.Text.Encoding.UTF8.GetByteCount(state) > StateBytesMax;

    private static string? Shown(string? hint) =>
        hint is { Length: <= HintCharsMax } && !hint.Any(char.IsControl) ? hint : null;

    private static Judgement.Bad Page(int status, string title, string text) =>
        new(new AuthorizeStep.ErrorPage(status, title, text));
}
