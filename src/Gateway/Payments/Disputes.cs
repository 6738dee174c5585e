using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>
/// Disputes, whichever of their events comes first: each look reads the dispute again and moves its
/// row forward only. At its beginning the project is frozen; money moves when the provider's own
/// books show that it has moved, and comes back as its exact mirror (ruling 9).
/// </summary>
internal sealed class Disputes(
    Database database,
    WalletChanges wallets,
    StripeClient client,
    AutoReloads reloads,
    ResellerEarnings earnings,
    Connect.PayoutReversals reversals,
    Inbox inbox,
    Findings findings,
    PaymentMails mails
)
{
    private sealed record Row(bool IsOpen, long WithdrawnCents, bool IsReinstated);

    public async Task<Look> LookAsync(string id, string? eventId, CancellationToken ct)
    {
        var answer = await client.GetDisputeAsync(id, ct);
        if (answer.ValueOrNull is not { } dispute)
        {
            return answer.IsMissing ? Look.NotOurs : Look.Unreachable;
        }

        if (await TopupOfAsync(dispute, ct) is not { } topup)
        {
            return Look.NotOurs;
        }

        // Before a dispute what was refunded is gone already: it is never taken twice.
        var charge = topup.Charge is null ? null : await client.GetChargeAsync(topup.Charge, ct);
        if (charge?.ValueOrNull is not { } found)
        {
            return Look.Unreachable;
        }

        var cents = Math.Min(dispute.Withdrawn, found.Amount - found.AmountRefunded);
        await wallets.TogetherAsync(topup.Project, change => Begin(change, topup, dispute));
        await wallets.RecallAsync(topup.Project);
        await wallets.TogetherAsync(
            topup.Project,
            change => Apply(change, topup, dispute, cents, eventId)
        );
        await EndEarningHoldsAsync(topup.Project);
        return Look.Settled;
    }

    private bool Begin(WalletChange change, TopupRow topup, StripeDispute dispute)
    {
        var connection = change.Connection;
        TopupRow.Lock(connection, topup.Id);
        var isFreezing = !dispute.IsInquiry && !dispute.IsClosed;
        var before = Find(connection, dispute.Id);
        Save(connection, topup, dispute, before ?? new Row(isFreezing, 0, false));
        if (dispute.IsInquiry)
        {
            findings.Write(connection, Findings.Inquiry, dispute.Id, dispute.Status);
        }

        var isNews = before is null || (isFreezing && !before.IsOpen);
        if (dispute.IsInquiry || !isNews)
        {
            return false;
        }

        if (isFreezing)
        {
            change.FreezeForDispute();
            HoldEarnings(connection, topup.Project);
        }

        reloads.TurnOff(connection, topup.Project, ReloadOffReasons.Disputed);
        Write(connection, topup, dispute, PaymentMailKinds.Disputed);
        return true;
    }

    private bool Apply(
        WalletChange change,
        TopupRow topup,
        StripeDispute dispute,
        long cents,
        string? eventId
    )
    {
        var connection = change.Connection;
        TopupRow.Lock(connection, topup.Id);
        var row = Find(connection, dispute.Id)!;
        if (dispute.Withdrawn > 0 && row.WithdrawnCents == 0 && cents > 0)
        {
            change.DisputeWithdrawn(dispute.Id, topup.Payment, cents, dispute.Fee);
            reversals.Plan(connection, change.TakenBack);
            row = row with { WithdrawnCents = cents };
        }

        if (dispute.Reinstated > 0 && row is { WithdrawnCents: > 0, IsReinstated: false })
        {
            change.DisputeWon(dispute.Id);
            Write(connection, topup, dispute, PaymentMailKinds.DisputeWon);
            row = row with { IsReinstated = true };
        }

        // Won but not paid back yet: the money decides, and its event is on its way.
        var isOver =
            dispute.IsClosed
            && (dispute.Status == "lost" || row.WithdrawnCents == 0 || row.IsReinstated);
        row = row with { IsOpen = !isOver && !dispute.IsInquiry };
        Save(connection, topup, dispute, row);
        Settle(change, topup.Project);
        inbox.Done(connection, eventId);
        return true;
    }

    // What matures while it is open waits for its end.
    private void HoldEarnings(DbConnection connection, ProjectId project)
    {
        foreach (var reseller in ResellerEarnings.Of(connection, project))
        {
            earnings.Change(connection, reseller).Hold(project, ResellerEarnings.Disputed);
        }
    }

    private Task EndEarningHoldsAsync(ProjectId project) =>
        database.WriteAsync(connection =>
        {
            if (OpenOnes(connection, project) == 0)
            {
                earnings.EndDisputeHolds(connection, project);
            }

            return true;
        });

    private static long OpenOnes(DbConnection connection, ProjectId project) =>
        connection.QueryOne(
            "SELECT COUNT(*) FROM dispute WHERE project = @project AND is_open = 1",
            row => row.GetInt64(0),
            ("project", project.Value)
        );

    // Frozen as long as one dispute is open; after the last it thaws unless there is debt.
    private static void Settle(WalletChange change, ProjectId project)
    {
        if (OpenOnes(change.Connection, project) > 0)
        {
            change.FreezeForDispute();
        }
        else
        {
            change.ThawFromDispute();
        }
    }

    private async Task<TopupRow?> TopupOfAsync(StripeDispute dispute, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return (dispute.ChargeId is { } charge ? TopupRow.Find(connection, "charge", charge) : null)
            ?? (
                dispute.PaymentId is { } payment
                    ? TopupRow.Find(connection, "payment", payment)
                    : null
            );
    }

    private void Write(
        DbConnection connection,
        TopupRow topup,
        StripeDispute dispute,
        string kind
    ) =>
        mails.Write(
            connection,
            new PaymentMail($"{kind}:{dispute.Id}", topup.Project, kind, dispute.Amount, null)
        );

    private static Row? Find(DbConnection connection, string id) =>
        connection.QueryOne(
            "SELECT is_open, withdrawn_cents, reinstated FROM dispute WHERE id = @id",
            row => new Row(row.GetInt64(0) == 1, row.GetInt64(1), row.GetInt64(2) == 1),
            ("id", id)
        );

    private void Save(DbConnection connection, TopupRow topup, StripeDispute dispute, Row row) =>
        connection.Execute(
            """
            INSERT INTO dispute(id, project, topup, cents, status, is_open, withdrawn_cents,
                reinstated, at)
            VALUES(@id, @project, @topup, @cents, @status, @open, @withdrawn, @reinstated, @at)
            ON CONFLICT(id) DO UPDATE SET status = excluded.status, is_open = excluded.is_open,
                withdrawn_cents = excluded.withdrawn_cents, reinstated = excluded.reinstated
            """,
            ("id", dispute.Id),
            ("project", topup.Project.Value),
            ("topup", topup.Id),
            ("cents", dispute.Amount),
            ("status", dispute.Status),
            ("open", row.IsOpen),
            ("withdrawn", row.WithdrawnCents),
            ("reinstated", row.IsReinstated),
            ("at", database.Now(connection))
        );
}
