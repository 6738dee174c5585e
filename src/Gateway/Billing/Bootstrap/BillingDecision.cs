using System.Globalization;
using Arda.Gateway.Billing.Status;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Payments;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Billing.Bootstrap;

/// <summary>Whether an app can begin, and what its user has to do first.</summary>
internal sealed record BillingDecision
{
    /// <summary>The code of the denial that a request would meet, or <see cref="Ready"/>.</summary>
    public required string Reason { get; init; }

    public required string Action { get; init; }

    public required string Message { get; init; }

    public string? Purpose { get; init; }

    public IReadOnlyList<string> MissingScopes { get; init; } = [];

    public long? ShortfallCents { get; init; }

    public long? SuggestedTopupCents { get; init; }

    public int? RetryAfterSeconds { get; init; }

    public bool IsReady => Reason == ReadyReason;

    public const string ReadyReason = "ready";

    public static readonly BillingDecision Ready = new()
    {
        Reason = ReadyReason,
        Action = "none",
        Message = "Ready: requests can be sent.",
    };
}

/// <summary>
/// Decides by the very denials that a request would meet, and puts them into words, actions and
/// purposes by the table that all denials go through: what the app hears before and after is one.
/// </summary>
internal sealed class BillingDecisions(DenialTable table)
{
    private static readonly string[] s_scopes =
    [
        Scopes.Inference,
        Scopes.ModelsRead,
        Scopes.BalanceRead,
        Scopes.BillingPortal,
    ];

    public BillingDecision Decide(ProjectStatus status, BootstrapRequest request)
    {
        var required = NanoUsd.FromCents(Math.Max(1, request.MinimumBalanceCents ?? 1));
        var denial = OfTheKey(status.Caller) ?? OfTheProject(status) ?? OfMoney(status, required);
        if (denial is not null)
        {
            var told = Told(denial, status.Caller);
            return denial is Denial.InsufficientBalance
                ? told with
                {
                    Message = TooLow(status, required),
                }
                : told;
        }

        return request.RequireSavedPaymentMethod && (status.Card is null || status.IsCardExpired)
            ? Told(new Denial.PaymentMethodRequired(status.Balance, required), status.Caller) with
            {
                Message = "This app needs a saved card; save one in the billing portal.",
                ShortfallCents = null,
                SuggestedTopupCents = null,
            }
            : BillingDecision.Ready;
    }

    // What ends by another consent comes before what the user can pay for.
    private static Denial? OfTheKey(Caller caller)
    {
        if (caller.SpendingDenied is Denial.AppSuspended or Denial.ConsentRequired)
        {
            return caller.SpendingDenied;
        }

        var missing = s_scopes.Where(scope => caller.Lacks(scope) is not null).ToList();
        return missing.Count > 0 ? new Denial.InsufficientScope(missing) : caller.SpendingDenied;
    }

    private static Denial? OfTheProject(ProjectStatus status)
    {
        if (status.IsFrozen)
        {
            return new Denial.ProjectFrozen();
        }

        var caller = status.Caller;
        var ofConnection = Spent(status, caller.Connection?.Value);
        var ofKey = Spent(status, caller.Key.Value);
        return caller.ConnectionMonthlyLimit is { } limit && ofConnection >= limit
                ? new Denial.ConnectionLimitReached(limit, ofConnection, NanoUsd.FromCents(1))
            : caller.MonthlyLimit is { } own && ofKey >= own
                ? new Denial.KeyLimitReached(own, ofKey, NanoUsd.FromCents(1))
            : null;
    }

    private static Denial? OfMoney(ProjectStatus status, NanoUsd required) =>
        status.Balance >= required
            ? null
            : PaymentStandings.DenialOf(status.Standing, status.Balance, required)
                ?? new Denial.InsufficientBalance(status.Balance, required);

    private BillingDecision Told(Denial denial, Caller caller)
    {
        var facts = table
            .Refuse(denial, WireFormat.OpenAiChat, caller.MayReadBalance, requestId: null)
            .Facts;
        Invariant.Holds(
            facts.Gateway is not null,
            "What keeps an app from starting has a way out."
        );
        return new BillingDecision
        {
            Reason = facts.Code,
            Action = facts.Gateway.Action,
            Message = facts.Message,
            Purpose = facts.Gateway.Purpose,
            MissingScopes = facts.Gateway.MissingScopes ?? [],
            ShortfallCents = facts.Gateway.ShortfallCents,
            SuggestedTopupCents = facts.Gateway.SuggestedTopupCents,
            RetryAfterSeconds = facts.Gateway.RetryAfterSeconds,
        };
    }

    private static string TooLow(ProjectStatus status, NanoUsd required) =>
        $"The project balance is {Usd(status.Balance)}; at least {Usd(required)} is needed. Top up "
        + "to continue.";

    private static string Usd(NanoUsd amount) =>
        (amount.CentsFloor / 100m).ToString("$0.00;-$0.00", CultureInfo.InvariantCulture);

    private static NanoUsd Spent(ProjectStatus status, string? id) =>
        id is null ? NanoUsd.Zero : status.SpentThisMonth.GetValueOrDefault(id);
}
