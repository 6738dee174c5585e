using Arda.Gateway.Kernel;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Connect;

namespace Arda.Gateway.Developers;

/// <summary>
/// The operator's decision on an app. An approval needs more than the operator's word: money must
/// be able to reach the app's owner, and that is asked of the payment provider at this moment, never
/// of what we remember (ruling 18).
/// </summary>
internal sealed class AppReviews(
    Apps apps,
    Payees payees,
    PaymentsOptions payments,
    DevelopersOptions options
)
{
    public async Task<Outcome<App>> DecideAsync(
        AppId id,
        ReviewDecision decision,
        string reviewer,
        CancellationToken ct
    )
    {
        if (
            decision.State == AppState.Approved
            && await apps.FindAsync(id, ct) is { } app
            && await ObjectionAsync(app, ct) is { } objection
        )
        {
            return objection;
        }

        return await apps.ReviewAsync(id, decision, reviewer, ct);
    }

    // The markup that counts is the one that this approval would let people pay.
    private async Task<Denial?> ObjectionAsync(App app, CancellationToken ct)
    {
        var markup = app.Proposed?.MarkupBps ?? app.MarkupBps;
        if (options.ApproveUnpaidWithoutMarkup && markup == 0)
        {
            return null;
        }

        if (!payments.IsOn)
        {
            return new Denial.PayoutsIncomplete(
                "Payments are off here, so nobody can be paid. Turn them on, or let "
                    + "'Developers:PayoutsBeforeApproval' be 'markup' for apps without one."
            );
        }

        return await payees.JudgeAsync(app.Owner, ct) switch
        {
            PayeeReadiness.Complete => null,
            PayeeReadiness.Unknown => new Denial.PaymentsUnavailable(TimeSpan.FromSeconds(10)),
            PayeeReadiness.None => new Denial.PayoutsIncomplete(
                "The app's owner has not begun to set up payouts."
            ),
            _ => new Denial.PayoutsIncomplete(await WordsAsync(app.Owner, ct)),
        };
    }

    private async Task<string> WordsAsync(UserId owner, CancellationToken ct) =>
        (await payees.FindAsync(owner, ct))?.Status switch
        {
            "rejected" => "The payment provider has rejected the account of the app's owner.",
            "verifying" => "The payment provider still verifies the account of the app's owner.",
            "restricted" =>
                "The payment provider wants to know more before it pays the app's owner.",
            _ => "The app's owner has not finished the form for payouts.",
        };
}
