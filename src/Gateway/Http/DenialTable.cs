using System.Buffers;
using System.Diagnostics;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;
using Arda.Gateway.Wire.Messages;

namespace Arda.Gateway.Http;

/// <summary>
/// Gives every <see cref="Denial"/> its status, stable code, sentence and way out. 402 is for what
/// only the user can end and is never retried; what passes by itself is 429 or 503.
/// </summary>
/// <param name="publicUrl">Where the error pages live, without a trailing slash.</param>
/// <param name="topupAmountsCents">The amounts that can be bought, in US cents.</param>
public sealed partial class DenialTable(string publicUrl, IReadOnlyList<long> topupAmountsCents)
{
    /// <summary>Clients obey any length they are told, hours included, so we never say more.</summary>
    private static readonly TimeSpan s_retryAfterMax = TimeSpan.FromSeconds(60);

    private const string ProviderRejectedPage = "provider_rejected";

    private static readonly SearchValues<char> s_nameCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyz0123456789_"
    );

    private readonly long[] _topupAmountsCents = [.. topupAmountsCents.Order()];

    public string DocsUrl(string code) => $"{publicUrl}/docs/errors/{code}";

    /// <param name="denial">Why not.</param>
    /// <param name="dialect">Overload has a status of its own in the Anthropic dialect.</param>
    /// <param name="balanceVisible">Whether the caller may read the balance; figures that tell it
    /// are left out otherwise.</param>
    /// <param name="requestId">The id that the log knows this request by.</param>
    public Refusal Refuse(Denial denial, WireFormat dialect, bool balanceVisible, string? requestId)
    {
        var row =
            OfTheRequest(denial)
            ?? OfTheKey(denial)
            ?? OfMoney(denial, balanceVisible)
            ?? OfTheMoment(denial, dialect, balanceVisible)
            ?? throw new UnreachableException($"No row for the denial {denial.GetType().Name}.");
        var retryAfter = row.RetryAfter is { } wait ? Bounded(wait) : (TimeSpan?)null;
        return new Refusal
        {
            Page = row.Page ?? row.Code,
            Facts = new ErrorFacts
            {
                Status = row.Status,
                Code = row.Code,
                OpenAiType = row.OpenAiType,
                AnthropicType = row.AnthropicType,
                Message = row.Message,
                Param = row.Param,
                AnthropicErrorCode = row.AnthropicErrorCode,
                DocsUrl = DocsUrl(row.Page ?? row.Code),
                Gateway =
                    retryAfter is { } after && row.Gateway is { } member
                        ? member with
                        {
                            RetryAfterSeconds = SecondsCeiling(after),
                        }
                        : row.Gateway,
                RequestId = requestId,
            },
            ShouldRetry = row.ShouldRetry,
            RetryAfter = retryAfter,
            Challenge = row.Challenge,
            Allow = row.Allow,
        };
    }

    /// <summary>Whole seconds for Retry-After: never 0, which clients read as "at once".</summary>
    public static int SecondsCeiling(TimeSpan wait) =>
        Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));

    private static TimeSpan Bounded(TimeSpan wait) =>
        wait > s_retryAfterMax ? s_retryAfterMax
        : wait > TimeSpan.Zero ? wait
        : TimeSpan.FromSeconds(1);

    private sealed record Row(int Status, string Code, string Message)
    {
        public string OpenAiType { get; init; } = "invalid_request_error";

        public string AnthropicType { get; init; } = "invalid_request_error";

        /// <summary>Set where the code is not ours: what the page is called.</summary>
        public string? Page { get; init; }

        public string? Param { get; init; }

        /// <summary>Anthropic's own name for this very error.</summary>
        public string? AnthropicErrorCode { get; init; }

        public GatewayMember? Gateway { get; init; }

        public TimeSpan? RetryAfter { get; init; }

        public bool ShouldRetry { get; init; }

        public string? Challenge { get; init; }

        public string? Allow { get; init; }
    }

    private static Row? OfTheRequest(Denial denial) =>
        denial switch
        {
            Denial.InvalidRequest bad => new(400, "invalid_request", bad.Message)
            {
                Param = bad.Param,
            },
            Denial.InvalidReturnUrl bad => new(400, "invalid_return_url", bad.Message)
            {
                Param = "return_url",
            },
            Denial.UnsupportedParameter bad => new(400, "unsupported_parameter", bad.Message)
            {
                Param = bad.Param,
                AnthropicErrorCode =
                    bad.Param == MessagesState.Thread ? MessagesState.ThreadUnsupported : null,
            },
            Denial.NoEligibleModel none => new(
                400,
                "no_eligible_model",
                $"No model meets the requirement '{none.Gate}'; relax it or name a model yourself."
            )
            {
                Param = "routing",
            },
            Denial.ModelNotFound missing => new(
                404,
                "model_not_found",
                missing.Hint is { } hint
                    ? $"There is no model '{missing.Shown}' here. {hint}"
                    : $"There is no model '{missing.Shown}' here; GET /v1/models lists those that "
                        + "are."
            )
            {
                Param = "model",
                AnthropicType = "not_found_error",
            },
            Denial.ProviderRejected rejected => OfTheProvider(rejected),
            Denial.NotFound missing => new(
                404,
                "not_found",
                $"There is no {missing.What} here; check the address and the id in it."
            )
            {
                AnthropicType = "not_found_error",
            },
            Denial.MethodNotAllowed method => new(
                405,
                "method_not_allowed",
                $"This address answers {method.Allow} only; send the request with that method."
            )
            {
                Allow = method.Allow,
            },
            Denial.IdempotencyInFlight { Charged: { } charged } => new(
                409,
                "idempotency_in_flight",
                "The request with this Idempotency-Key was charged, but its answer was lost on the "
                    + $"way; its receipt is GET /v1/gateway/generations/{charged.Value}. Use a new "
                    + "key to ask again."
            ),
            Denial.IdempotencyInFlight => new(
                409,
                "idempotency_in_flight",
                "A request with this Idempotency-Key is still running; ask again in a moment for "
                    + "its answer."
            )
            {
                RetryAfter = TimeSpan.FromSeconds(1),
                ShouldRetry = true,
            },
            Denial.PayoutsIncomplete payouts => new(409, "payouts_incomplete", payouts.Message),
            Denial.RequestTooLarge large => new(
                413,
                "request_too_large",
                $"A request body may have up to {large.BytesMax} bytes; send less, or send files "
                    + "by URL."
            )
            {
                AnthropicType = "request_too_large",
            },
            Denial.UnsupportedMediaType media => new(
                415,
                "unsupported_media_type",
                $"{media.Found} is not accepted; send plain 'Content-Type: application/json' "
                    + "without a Content-Encoding."
            ),
            Denial.IdempotencyMismatch => new(
                422,
                "idempotency_mismatch",
                "This Idempotency-Key was used with another request body; use a new key for a new "
                    + "request."
            ),
            _ => null,
        };

    /// <summary>The provider's own words and code, because clients act on them
    /// ("context_length_exceeded"). What would read as a fault of the caller's key, money or rate is
    /// about our account there and not the provider's to say.</summary>
    private static Row OfTheProvider(Denial.ProviderRejected rejected)
    {
        var status = rejected.Status is 400 or 404 or 413 or 422 ? rejected.Status : 400;
        var code = IsName(rejected.Code) ? rejected.Code! : ProviderRejectedPage;
        return new(status, code, Sentence(rejected.Message))
        {
            Page = ProviderRejectedPage,
            // Gemini's words are upper case, and no client knows them.
            OpenAiType =
                IsName(rejected.Type) && !rejected.Type.AsSpan().ContainsAnyInRange('A', 'Z')
                    ? rejected.Type!
                    : "invalid_request_error",
            AnthropicType = status switch
            {
                404 => "not_found_error",
                413 => "request_too_large",
                _ => "invalid_request_error",
            },
            Param = rejected.Param,
        };
    }

    private static bool IsName(string? text) =>
        text is { Length: > 0 and <= 60 } && !text.AsSpan().ContainsAnyExcept(s_nameCharacters);

    private static string Sentence(string words) =>
        words.AsSpan().TrimEnd() is [.., '.' or '!' or '?'] ? words : words + ".";

    private static Row? OfTheKey(Denial denial) =>
        denial switch
        {
            Denial.InvalidKey bad => Unauthorized("invalid_key", bad.Message),
            Denial.KeyRevoked => Unauthorized(
                "key_revoked",
                "This key was revoked; connect again to get a new one."
            ),
            Denial.KeyExpired => Unauthorized(
                "key_expired",
                "This key has expired; connect again to get a new one."
            ),
            Denial.InsufficientScope { Missing: var missing } => Forbidden(
                "insufficient_scope",
                $"This key lacks the scope {string.Join(' ', missing)}; connect again and ask "
                    + "for it.",
                new GatewayMember { Action = "reconnect", MissingScopes = missing },
                $"error=\"insufficient_scope\", scope=\"{string.Join(' ', missing)}\""
            ),
            Denial.ConsentRequired => Forbidden(
                "consent_required",
                "The app's markup was raised since the user agreed to it; connect again so that "
                    + "the user can agree to the new price.",
                new GatewayMember { Action = "reconnect" },
                "error=\"consent_required\""
            ),
            Denial.AppSuspended => Forbidden(
                "app_suspended",
                "This app is suspended; its publisher has to settle that with the operator.",
                new GatewayMember { Action = "contact_app" },
                "error=\"app_suspended\""
            ),
            Denial.SignInRequired person => new(401, "sign_in_required", person.Message)
            {
                AnthropicType = "authentication_error",
            },
            Denial.Forbidden no => new(403, "forbidden", no.Message)
            {
                OpenAiType = "permission_denied",
                AnthropicType = "permission_error",
            },
            _ => null,
        };

    private static Row Unauthorized(string code, string message) =>
        new(401, code, message)
        {
            AnthropicType = "authentication_error",
            Gateway = new GatewayMember { Action = "reconnect" },
            Challenge = "error=\"invalid_token\"",
        };

    private static Row Forbidden(
        string code,
        string message,
        GatewayMember member,
        string challenge
    ) =>
        new(403, code, message)
        {
            OpenAiType = "permission_denied",
            AnthropicType = "permission_error",
            Gateway = member,
            Challenge = challenge,
        };
}
