using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Ledger.Store;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>A refund of the unspent part of a top-up.</summary>
/// <param name="Id">Ours.</param>
/// <param name="Cents">What goes back to the card.</param>
/// <param name="State">created, unknown or pending while it runs; succeeded or failed.</param>
/// <param name="Failure">Why it failed, where it did.</param>
public sealed record Refund(string Id, long Cents, string State, string? Failure);

/// <summary>
/// Refunds by the user, as they are wished for. The money is set aside in the ledger before the
/// provider is asked. One refund of a top-up runs at a time, so a double click is one.
/// </summary>
internal sealed class Refunds(
    Database database,
    WalletChanges wallets,
    SentRefunds sent,
    PaymentsOptions options,
    TimeProvider time
)
{
    private const int RequestCharsMax = 64;

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
            if (
                RefundRow.Find(connection, "id", request) is { } before
                && before.Project == project
            )
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

        await sent.SendAsync(row, CancellationToken.None);
        await using var reader = await database.OpenAsync(ct);
        return View(RefundRow.Find(reader, "id", row.Id)!);
    }

    private async Task<(RefundReservation Reserved, RefundRow? Row)> ReserveAsync(
        ProjectId project,
        string topup,
        long cents,
        string request
    )
    {
        var result = (RefundReservation.NotEnoughLeft, (RefundRow?)null);
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

    private (RefundReservation, RefundRow?) Reserve(
        WalletChange change,
        string topup,
        long cents,
        string request
    )
    {
        var connection = change.Connection;
        var paidTopup = TopupRow.Lock(connection, topup);
        // Under the top-up's lock: the same wish again, or another one while one runs.
        if (
            (RefundRow.Find(connection, "id", request) ?? RefundRow.OpenOf(connection, topup)) is
            { } before
        )
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
            ("next", time.In(SentRefunds.SendAgain))
        );
        return (reserved, RefundRow.Find(connection, "id", request));
    }

    private bool IsInWindow(TopupRow row) =>
        row.PaidAt + (long)options.RefundWindow.TotalMilliseconds >= time.Now();

    private static Refund View(RefundRow row) => new(row.Id, row.Cents, row.State, row.Failure);
}
