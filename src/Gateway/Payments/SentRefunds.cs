using System.Data.Common;
using Arda.Gateway.Ledger;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>Refunds on their way: the provider is asked, and asked again until it says how one
/// ended. Success ends it in the ledger, failure puts the money back.</summary>
internal sealed class SentRefunds(
    Database database,
    WalletChanges wallets,
    StripeClient client,
    Inbox inbox,
    PaymentMails mails,
    TimeProvider time
)
{
    /// <summary>When it is asked for once more, where no answer came.</summary>
    public static readonly TimeSpan SendAgain = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMinutes(10);

    /// <summary>Asks for it, unless it has an answer already.</summary>
    public async Task SendAsync(RefundRow row, CancellationToken ct)
    {
        if (row.Refund is not null || row.IsOver)
        {
            return;
        }

        var answer = await client.RefundAsync(row.Id, row.Payment, row.Cents, ct);
        switch (answer)
        {
            case StripeAnswer<StripeRefund>.Done(var refund):
                await ApplyAsync(row, refund, eventId: null);
                break;
            case StripeAnswer<StripeRefund>.Refused(var error):
                await FailAsync(row, refund: null, error.Code ?? error.Type, eventId: null);
                break;
            default:
                await SetAsync(row, "unknown", refund: null, SendAgain);
                break;
        }
    }

    /// <summary>Refunds without an answer, and those that the bank takes its time over.</summary>
    public async Task SweepAsync(CancellationToken ct)
    {
        List<RefundRow> due;
        await using (var connection = await database.OpenAsync(ct))
        {
            due = RefundRow.Due(connection, time.Now());
        }

        foreach (var row in due)
        {
            if (row.Refund is null)
            {
                await SendAsync(row, ct);
            }
            else
            {
                await LookAsync(row, eventId: null, ct);
            }
        }
    }

    /// <summary>For an event about a refund.</summary>
    public async Task<Look> LookByIdAsync(string refund, string? eventId, CancellationToken ct)
    {
        var answer = await client.GetRefundAsync(refund, ct);
        if (answer.ValueOrNull is not { } found)
        {
            return answer.IsMissing ? Look.NotOurs : Look.Unreachable;
        }

        RefundRow? row;
        await using (var connection = await database.OpenAsync(ct))
        {
            row =
                RefundRow.Find(connection, "refund", refund)
                ?? (found.OurId is { } ours ? RefundRow.Find(connection, "id", ours) : null);
        }

        if (row is null)
        {
            return Look.NotOurs;
        }

        await ApplyAsync(row, found, eventId);
        return Look.Settled;
    }

    private async Task LookAsync(RefundRow row, string? eventId, CancellationToken ct)
    {
        var answer = await client.GetRefundAsync(row.Refund!, ct);
        if (answer.ValueOrNull is { } refund)
        {
            await ApplyAsync(row, refund, eventId);
        }
        else
        {
            await SetAsync(row, row.State, row.Refund, s_lookAgain);
        }
    }

    private Task ApplyAsync(RefundRow row, StripeRefund refund, string? eventId) =>
        refund.Status switch
        {
            "succeeded" => SucceedAsync(row, refund, eventId),
            "failed" or "canceled" => FailAsync(row, refund.Id, refund.Status, eventId),
            _ => SetAsync(row, "pending", refund.Id, s_lookAgain, eventId),
        };

    private Task SucceedAsync(RefundRow row, StripeRefund refund, string? eventId) =>
        wallets.TogetherAsync(
            row.Project,
            change =>
            {
                inbox.Done(change.Connection, eventId);
                if (change.RefundDone(row.Id))
                {
                    End(change.Connection, row, "succeeded", refund.Id, failure: null);
                    Mail(change.Connection, row, PaymentMailKinds.RefundDone, null);
                }

                return true;
            }
        );

    private Task FailAsync(RefundRow row, string? refund, string? why, string? eventId) =>
        wallets.TogetherAsync(
            row.Project,
            change =>
            {
                inbox.Done(change.Connection, eventId);
                if (change.RefundFailed(row.Id))
                {
                    End(change.Connection, row, "failed", refund, why);
                    Mail(change.Connection, row, PaymentMailKinds.RefundFailed, why);
                }

                return true;
            }
        );

    private Task SetAsync(
        RefundRow row,
        string state,
        string? refund,
        TimeSpan wait,
        string? eventId = null
    ) =>
        database.WriteAsync(connection =>
        {
            inbox.Done(connection, eventId);
            return connection.Execute(
                """
                UPDATE refund SET state = @state, refund = COALESCE(@refund, refund),
                    next_at = @next
                WHERE id = @id AND state NOT IN ('succeeded', 'failed')
                """,
                ("state", state),
                ("refund", refund),
                ("next", time.In(wait)),
                ("id", row.Id)
            );
        });

    private static void End(
        DbConnection connection,
        RefundRow row,
        string state,
        string? refund,
        string? failure
    ) =>
        connection.Execute(
            """
            UPDATE refund SET state = @state, refund = COALESCE(@refund, refund),
                failure = @failure, next_at = NULL
            WHERE id = @id
            """,
            ("state", state),
            ("refund", refund),
            ("failure", failure),
            ("id", row.Id)
        );

    private void Mail(DbConnection connection, RefundRow row, string kind, string? detail) =>
        mails.Write(
            connection,
            new PaymentMail($"{kind}:{row.Id}", row.Project, kind, row.Cents, detail)
        );
}
