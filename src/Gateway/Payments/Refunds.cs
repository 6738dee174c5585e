using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Ledger.Store;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>A refund of the unspent part of a top-up.</summary>
/// <param name="Id">Ours.</param>
/// <param name="Cents">What goes back to the card.</param>
/// <param name="State">created, unknown or pending while it runs; succeeded or failed.</param>
/// <param name="Failure">Why it failed, where it did.</param>
public sealed record Refund(string Id, long Cents, string State, string? Failure);

/// <summary>
/// Refunds by the user. The money is set aside in the ledger before the provider is asked; success
/// ends it, failure puts it back. One refund of a top-up runs at a time, so a double click is one.
/// </summary>
internal sealed class Refunds(
    Database database,
    WalletChanges wallets,
    StripeClient client,
    Inbox inbox,
    PaymentMails mails,
    PaymentsOptions options,
    TimeProvider time
)
{
    private const int RequestCharsMax = 64;
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_sendAgain = TimeSpan.FromMinutes(1);

    private sealed record Row(
        string Id,
        ProjectId Project,
        string Topup,
        string Payment,
        long Cents,
        string State,
        string? Refund,
        string? Failure
    )
    {
        public bool IsOver => State is "succeeded" or "failed";
    }

    /// <summary>How much of a top-up can be given back now, in whole cents.</summary>
    public async Task<long> RefundableAsync(ProjectId project, string topup, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        if (
            TopupRow.Find(connection, "id", topup) is not { Payment: { } payment } row
            || row.Project != project
            || !IsInWindow(row)
            || WalletReading.Of(connection, project.Value) is not { Frozen: false } wallet
        )
        {
            return 0;
        }

        var rest = LotReading.RestOf(connection, payment) ?? NanoUsd.Zero;
        return Math.Max(0, NanoUsd.Min(rest, wallet.Paid).CentsFloor);
    }

    /// <param name="project">Whose top-up it must be.</param>
    /// <param name="topup">Its id.</param>
    /// <param name="cents">No more than what is unspent of it.</param>
    /// <param name="request">Names the wish: the same form sent twice is one refund.</param>
    /// <param name="ct">The caller's; a refund that was begun goes on without it.</param>
    public async Task<Outcome<Refund>> RequestAsync(
        ProjectId project,
        string topup,
        long cents,
        string request,
        CancellationToken ct
    )
    {
        if (request.Length is 0 or > RequestCharsMax)
        {
            return new Denial.InvalidRequest("The form is incomplete; load the page again.");
        }

        await using (var connection = await database.OpenAsync(ct))
        {
            if (Find(connection, "id", request) is { } before && before.Project == project)
            {
                return View(before);
            }

            var found = TopupRow.Find(connection, "id", topup);
            if (found?.Project != project || found is not { State: TopupStates.Succeeded })
            {
                return new Denial.NotFound("such top-up");
            }

            if (!IsInWindow(found))
            {
                return new Denial.InvalidRequest("The time for a refund of it is over.");
            }
        }

        var (reserved, row) = await ReserveAsync(project, topup, cents, request);
        if (reserved is not RefundReservation.Reserved || row is null)
        {
            return new Denial.InvalidRequest(
                "That part of the top-up is spent or in use; choose a smaller amount.",
                "amount_cents"
            );
        }

        await SendAsync(row, CancellationToken.None);
        await using var reader = await database.OpenAsync(ct);
        return View(Find(reader, "id", row.Id)!);
    }

    /// <summary>Refunds without an answer, and those that the bank takes its time over.</summary>
    public async Task SweepAsync(CancellationToken ct)
    {
        List<Row> due;
        await using (var connection = await database.OpenAsync(ct))
        {
            due = connection.Query(
                SelectSql + " WHERE next_at <= @now ORDER BY next_at LIMIT 50",
                Read,
                ("now", time.Now())
            );
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

        Row? row;
        await using (var connection = await database.OpenAsync(ct))
        {
            row =
                Find(connection, "refund", refund)
                ?? (found.OurId is { } ours ? Find(connection, "id", ours) : null);
        }

        if (row is null)
        {
            return Look.NotOurs;
        }

        await ApplyAsync(row, found, eventId);
        return Look.Settled;
    }

    /// <summary>What refunds of ours have taken or will take from that charge.</summary>
    public static long TakenCents(DbConnection connection, string topup) =>
        connection.QueryOne(
            """
            SELECT CAST(COALESCE(SUM(cents), 0) AS BIGINT) FROM refund
            WHERE topup = @topup AND state <> 'failed'
            """,
            row => row.GetInt64(0),
            ("topup", topup)
        );

    private async Task<(RefundReservation Reserved, Row? Row)> ReserveAsync(
        ProjectId project,
        string topup,
        long cents,
        string request
    )
    {
        var result = (RefundReservation.NotEnoughLeft, (Row?)null);
        // Between the recall and the reservation a new hold may lease what came back.
        for (
            var attempt = 0;
            attempt < 3 && result.Item1 is RefundReservation.NotEnoughLeft;
            attempt++
        )
        {
            await wallets.RecallAsync(project);
            result = await wallets.TogetherAsync(
                project,
                change => Reserve(change, topup, cents, request)
            );
        }

        return result;
    }

    private (RefundReservation, Row?) Reserve(
        WalletChange change,
        string topup,
        long cents,
        string request
    )
    {
        var connection = change.Connection;
        var paidTopup = TopupRow.Lock(connection, topup);
        // Under the top-up's lock: the same wish again, or another one while one runs.
        if ((Find(connection, "id", request) ?? OpenOf(connection, topup)) is { } before)
        {
            return before.Topup == topup
                ? (RefundReservation.Reserved, before)
                : (RefundReservation.UnknownTopup, null);
        }

        if (cents <= 0 || change.Read() is not { Frozen: false })
        {
            return (RefundReservation.NotEnoughLeft, null);
        }

        var reserved = change.ReserveRefund(paidTopup.Payment!, cents, request);
        if (reserved is not RefundReservation.Reserved)
        {
            return (reserved, null);
        }

        connection.Execute(
            """
            INSERT INTO refund(id, project, topup, payment, cents, state, created_at, next_at)
            VALUES(@id, @project, @topup, @payment, @cents, 'created', @now, @next)
            """,
            ("id", request),
            ("project", paidTopup.Project.Value),
            ("topup", topup),
            ("payment", paidTopup.Payment),
            ("cents", cents),
            ("now", time.Now()),
            ("next", time.In(s_sendAgain))
        );
        return (reserved, Find(connection, "id", request));
    }

    private async Task SendAsync(Row row, CancellationToken ct)
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
                await SetAsync(row, "unknown", refund: null, s_sendAgain);
                break;
        }
    }

    private async Task LookAsync(Row row, string? eventId, CancellationToken ct)
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

    private Task ApplyAsync(Row row, StripeRefund refund, string? eventId) =>
        refund.Status switch
        {
            "succeeded" => SucceedAsync(row, refund, eventId),
            "failed" or "canceled" => FailAsync(row, refund.Id, refund.Status, eventId),
            _ => SetAsync(row, "pending", refund.Id, s_lookAgain, eventId),
        };

    private Task SucceedAsync(Row row, StripeRefund refund, string? eventId) =>
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

    private Task FailAsync(Row row, string? refund, string? why, string? eventId) =>
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
        Row row,
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
        Row row,
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

    private void Mail(DbConnection connection, Row row, string kind, string? detail) =>
        mails.Write(
            connection,
            new PaymentMail($"{kind}:{row.Id}", row.Project, kind, row.Cents, detail)
        );

    private bool IsInWindow(TopupRow row) =>
        row.PaidAt + (long)options.RefundWindow.TotalMilliseconds >= time.Now();

    private static Refund View(Row row) => new(row.Id, row.Cents, row.State, row.Failure);

    private static Row? OpenOf(DbConnection connection, string topup) =>
        connection.QueryOne(
            SelectSql + " WHERE topup = @topup AND state IN ('created', 'unknown', 'pending')",
            Read,
            ("topup", topup)
        );

    private static Row? Find(DbConnection connection, string column, string value) =>
        connection.QueryOne($"{SelectSql} WHERE {column} = @value", Read, ("value", value));

    private const string SelectSql =
        "SELECT id, project, topup, payment, cents, state, refund, failure FROM refund";

    private static Row Read(DbDataReader row) =>
        new(
            row.GetString(0),
            new ProjectId(row.GetString(1)),
            row.GetString(2),
            row.GetString(3),
            row.GetInt64(4),
            row.GetString(5),
            row.TextOrNull(6),
            row.TextOrNull(7)
        );
}
