using System.ClientModel;
using System.Globalization;
using System.Text.Json;

namespace Arda.Gateway.Sdk;

/// <summary>Turns a balance or an error into what the app does next. Calls nobody.</summary>
public static class GatewayRecovery
{
    // Deep enough for a wrapped error's cause, and an end for what goes on and on.
    private const int DepthMax = 8;

    private static readonly RecoveryInstruction s_none = new RecoveryInstruction.None
    {
        Reason = "none",
        Message = "There is nothing to do about billing.",
    };

    /// <summary>Whether a balance that still sufficed wants a top-up, before the next request
    /// fails. Suggests the smallest amount on sale that restores the floor.</summary>
    /// <param name="balance">Of an answer; nothing is to be done where it is not known.</param>
    /// <param name="options">The floor, the amounts on sale and the way back.</param>
    public static RecoveryInstruction OfBalance(
        GatewayBalance? balance,
        GatewayRecoveryOptions? options = null
    )
    {
        if (balance is null)
        {
            return s_none;
        }

        var cents = balance.BalanceCents;
        var floor = options?.MinimumBalanceCents;
        var isLow = floor is { } least ? cents < least : balance.IsLow;
        if (!isLow && cents > 0)
        {
            return s_none;
        }

        var missing = Math.Max(floor ?? 0, 1) - cents;
        return new RecoveryInstruction.OpenPortal
        {
            Reason = cents > 0 ? "balance_low" : "insufficient_balance",
            Message = $"The balance is {Dollars(cents)}; top up to continue.",
            PortalOptions = PortalOptionsOf(
                GatewayPortalPurposes.Topup,
                options?.SuggestedTopupCents is { } suggested && suggested >= missing
                    ? suggested
                    : SmallestTopup(missing, options?.TopupAmountsCents),
                options
            ),
        };
    }

    /// <summary>
    /// What to do about an error of a request: ours, one of the official OpenAI client
    /// (<see cref="ClientResultException"/>), of Anthropic's (<c>AnthropicApiException</c>), an
    /// <see cref="HttpRequestException"/>, or one that wraps any of these.
    /// </summary>
    /// <param name="error">What was caught.</param>
    /// <param name="options">The amounts on sale and the way back.</param>
    public static RecoveryInstruction OfError(
        Exception error,
        GatewayRecoveryOptions? options = null
    )
    {
        ArgumentNullException.ThrowIfNull(error);
        RecoveryInstruction? byStatus = null;
        RecoveryInstruction? denied = null;
        foreach (var one in CausesOf(error, DepthMax))
        {
            denied ??= OfDenialIn(one, options);
            byStatus ??= OfStatusOf(one, options);
        }

        return WaitingAsLongAs(byStatus, denied) ?? byStatus ?? s_none;
    }

    // Where the body does not say how long, the headers may.
    private static RecoveryInstruction? WaitingAsLongAs(
        RecoveryInstruction? byStatus,
        RecoveryInstruction? denied
    ) =>
        denied is RecoveryInstruction.Wait { RetryAfter: null } wait
        && byStatus is RecoveryInstruction.Wait { RetryAfter: { } told }
            ? wait with
            {
                RetryAfter = told,
            }
            : denied;

    /// <summary>What to do about an answer that another client got.</summary>
    /// <param name="status">HTTP status.</param>
    /// <param name="body">The body as it came, where it is still there.</param>
    /// <param name="headers">Names, in any case, and values, where they are still there.</param>
    /// <param name="options">The amounts on sale and the way back.</param>
    public static RecoveryInstruction OfAnswer(
        int status,
        string? body,
        IEnumerable<KeyValuePair<string, string>>? headers = null,
        GatewayRecoveryOptions? options = null
    )
    {
        if (status is >= 200 and < 300)
        {
            return s_none;
        }

        var byStatus = RecoveryByStatus.Of(status, headers, options);
        return WaitingAsLongAs(byStatus, OfBody(body, options)) ?? byStatus ?? s_none;
    }

    private static RecoveryInstruction? OfDenialIn(
        Exception error,
        GatewayRecoveryOptions? options
    ) =>
        error switch
        {
            GatewayApiException { Denial: { } denial } => Of(denial, error.Message, options),
            ClientResultException failed => OfBody(BodyOf(failed), options),
            GatewayException or HttpRequestException => null,
            // Anthropic's exceptions end with the body. So do those of other clients.
            _ => OfBody(error.Message, options),
        };

    private static RecoveryInstruction? OfStatusOf(
        Exception error,
        GatewayRecoveryOptions? options
    ) =>
        error switch
        {
            GatewayApiException api => RecoveryByStatus.Of(
                api.Status ?? 0,
                headers: null,
                options,
                api.RetryAfter,
                api.Message
            ),
            ClientResultException failed => RecoveryByStatus.Of(
                failed.Status,
                failed.GetRawResponse()?.Headers,
                options
            ),
            HttpRequestException { StatusCode: { } status } => RecoveryByStatus.Of(
                (int)status,
                headers: null,
                options
            ),
            _ => null,
        };

    private static string? BodyOf(ClientResultException failed)
    {
        try
        {
            return failed.GetRawResponse()?.Content.ToString();
        }
        catch (InvalidOperationException)
        {
            // An answer that was never read, or is gone.
            return null;
        }
    }

    private static RecoveryInstruction? OfBody(string? text, GatewayRecoveryOptions? options)
    {
        var at = text?.IndexOf('{', StringComparison.Ordinal) ?? -1;
        if (at < 0)
        {
            return null;
        }

        try
        {
            using var body = JsonDocument.Parse(text.AsMemory(at));
            return ErrorBodies.DenialIn(body.RootElement) is var (denial, message)
                ? Of(denial, message, options)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static RecoveryInstruction Of(
        GatewayDenial denial,
        string? said,
        GatewayRecoveryOptions? options
    )
    {
        var (reason, scopes) = (denial.Code, denial.MissingScopes ?? []);
        var message = said ?? $"The gateway answered {denial.Code}.";
        return denial.Action switch
        {
            "open_portal" => new RecoveryInstruction.OpenPortal
            {
                Reason = reason,
                Message = message,
                MissingScopes = scopes,
                PortalOptions = PortalOptionsOf(denial, options),
            },
            "wait" => new RecoveryInstruction.Wait
            {
                Reason = reason,
                Message = message,
                MissingScopes = scopes,
                RetryAfter = denial.RetryAfterSeconds is { } seconds
                    ? TimeSpan.FromSeconds(seconds)
                    : null,
            },
            "reconnect" => new RecoveryInstruction.Reconnect
            {
                Reason = reason,
                Message = message,
                MissingScopes = scopes,
            },
            "contact_app" => new RecoveryInstruction.ContactApp
            {
                Reason = reason,
                Message = message,
                MissingScopes = scopes,
            },
            _ => new RecoveryInstruction.None { Reason = reason, Message = message },
        };
    }

    private static GatewayPortalOptions PortalOptionsOf(
        GatewayDenial denial,
        GatewayRecoveryOptions? options
    )
    {
        var amounts = options?.TopupAmountsCents ?? denial.TopupAmountsCents;
        var suggested =
            options?.SuggestedTopupCents is { } wished && wished >= (denial.ShortfallCents ?? 0)
                ? wished
                : denial.SuggestedTopupCents
                    ?? (
                        denial.ShortfallCents is { } missing
                            ? SmallestTopup(missing, amounts)
                            : null
                    );
        var purpose = denial.Purpose ?? GatewayPortalPurposes.Topup;
        return PortalOptionsOf(purpose, suggested, options);
    }

    internal static GatewayPortalOptions PortalOptionsOf(
        string purpose,
        long? suggestedTopupCents,
        GatewayRecoveryOptions? options
    ) =>
        new()
        {
            Purpose = purpose,
            ReturnUrl = options?.ReturnUrl,
            SuggestedTopupCents = suggestedTopupCents,
            SuggestedAutoReloadEnabled = options?.SuggestedAutoReloadEnabled,
        };

    /// <summary>The error, then what it wraps, nearest first.</summary>
    private static IEnumerable<Exception> CausesOf(Exception error, int depth)
    {
        yield return error;
        if (depth == 0)
        {
            yield break;
        }

        IEnumerable<Exception> inner =
            error is AggregateException several ? several.InnerExceptions
            : error.InnerException is { } one ? [one]
            : [];
        foreach (var cause in inner.SelectMany(cause => CausesOf(cause, depth - 1)))
        {
            yield return cause;
        }
    }

    /// <summary>The smallest amount on sale that covers it, or the largest when none
    /// does.</summary>
    private static long? SmallestTopup(long missingCents, IReadOnlyList<long>? amountsCents)
    {
        long? largest = null;
        foreach (var amount in (amountsCents ?? []).Order())
        {
            largest = amount;
            if (amount >= missingCents)
            {
                return amount;
            }
        }

        return largest;
    }

    private static string Dollars(long cents) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(cents < 0 ? "-" : "")}${Math.Abs(cents) / 100m:0.00}"
        );
}
