using System.Data.Common;
using Arda.Gateway.Payments.Connect;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>
/// Works off the inbox. An event is a hint that an object has changed, never news in itself: each
/// handler reads the object again and moves its row forward, so order and repetition do not matter.
/// </summary>
internal sealed partial class EventWorker(
    Database database,
    Inbox inbox,
    StripeClient client,
    PaidTopups paid,
    CardSetups setups,
    Cards cards,
    AutoReloads reloads,
    SentRefunds refunds,
    OutsideRefunds outside,
    Disputes disputes,
    ConnectEvents connect,
    ILogger<EventWorker> log
)
{
    /// <summary>What the provider should send us, and what the sweep asks it for: a list takes
    /// twenty kinds at most.</summary>
    public static readonly IReadOnlyList<string> Types =
    [
        "checkout.session.completed",
        "checkout.session.expired",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "payment_intent.canceled",
        "payment_method.detached",
        "payment_method.updated",
        "payment_method.automatically_updated",
        "charge.refunded",
        "refund.updated",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
        "customer.deleted",
        "transfer.reversed",
    ];

    public async Task<int> RunDueAsync(CancellationToken ct)
    {
        var due = await inbox.TakeDueAsync(ct);
        foreach (var waiting in due)
        {
            await RunAsync(waiting, ct);
        }

        return due.Count;
    }

    private async Task RunAsync(WaitingEvent waiting, CancellationToken ct)
    {
        Look look;
        try
        {
            look = await HandleAsync(waiting, ct);
        }
#pragma warning disable CA1031 // One event that breaks a promise must not stop the others.
        catch (Exception fault) when (!ct.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogFailed(log, fault, waiting.Type, waiting.Id);
            await inbox.LaterAsync(waiting, fault.Message);
            return;
        }

        switch (look)
        {
            case Look.Settled or Look.Waiting:
                // Where there was an effect, it has marked the row already.
                await inbox.DoneAsync(waiting.Id);
                break;
            case Look.NotOurs:
                await inbox.UnknownObjectAsync(waiting);
                break;
            default:
                await inbox.LaterAsync(waiting, "the provider does not answer");
                break;
        }
    }

    private Task<Look> HandleAsync(WaitingEvent waiting, CancellationToken ct) =>
        (waiting.Type, waiting.ObjectId) switch
        {
            (_, null) => IgnoreAsync(waiting),
            (var type, { } id) when ConnectEvents.Handles(type) => connect.LookAsync(
                waiting,
                id,
                ct
            ),
            (var type, { } session) when type.StartsWith("checkout.session.", Ordinal) => PageAsync(
                session,
                waiting.Id,
                ct
            ),
            (var type, { } payment) when type.StartsWith("payment_intent.", Ordinal) =>
                PaymentAsync(payment, waiting.Id, ct),
            ("payment_method.detached", { } card) => WriteAsync(
                waiting,
                c => cards.Removed(c, card)
            ),
            ("payment_method.updated" or "payment_method.automatically_updated", { } card) =>
                RefreshAsync(card, waiting, ct),
            ("customer.deleted", { } customer) => WriteAsync(
                waiting,
                c => CustomerDeleted(c, customer)
            ),
            ("charge.refunded", { } charge) => outside.LookAsync(charge, waiting.Id, ct),
            (var type, { } dispute) when type.StartsWith("charge.dispute.", Ordinal) =>
                disputes.LookAsync(dispute, waiting.Id, ct),
            (var type, { } refund) when type.StartsWith("refund.", Ordinal) => RefundAsync(
                refund,
                waiting,
                ct
            ),
            _ => IgnoreAsync(waiting),
        };

    private const StringComparison Ordinal = StringComparison.Ordinal;

    // A page is matched by its own id alone, never by what its metadata claims.
    private async Task<Look> PageAsync(string session, string eventId, CancellationToken ct)
    {
        TopupRow? row;
        await using (var connection = await database.OpenAsync(ct))
        {
            row = TopupRow.Find(connection, "session", session);
        }

        return row is not null
            ? await paid.LookAsync(row, eventId, ct)
            : await setups.LookBySessionAsync(session, eventId, ct);
    }

    private async Task<Look> PaymentAsync(string payment, string eventId, CancellationToken ct)
    {
        TopupRow? row;
        await using (var connection = await database.OpenAsync(ct))
        {
            row = TopupRow.Find(connection, "payment", payment);
        }

        if (row is null)
        {
            var answer = await client.GetPaymentAsync(payment, ct);
            if (answer.ValueOrNull is not { } found)
            {
                return answer.IsMissing ? Look.NotOurs : Look.Unreachable;
            }

            await using var connection = await database.OpenAsync(ct);
            row = found.TopupId is { } id ? TopupRow.Find(connection, "id", id) : null;
        }

        return row is null ? Look.NotOurs
            : row.IsAuto ? await paid.LookAtPaymentAsync(row, payment, eventId, ct)
            : await paid.LookAsync(row, eventId, ct);
    }

    private async Task<Look> RefreshAsync(string card, WaitingEvent waiting, CancellationToken ct)
    {
        var answer = await client.GetCardAsync(card, ct);
        return answer.ValueOrNull is { } found
                ? await WriteAsync(waiting, connection => Cards.Refresh(connection, found))
            : answer.IsMissing ? Look.Settled
            : Look.Unreachable;
    }

    // A refund of the dashboard is booked by its charge's own event.
    private async Task<Look> RefundAsync(
        string refund,
        WaitingEvent waiting,
        CancellationToken ct
    ) =>
        await refunds.LookByIdAsync(refund, waiting.Id, ct) is var look and not Look.NotOurs
            ? look
            : await IgnoreAsync(waiting);

    private bool CustomerDeleted(DbConnection connection, string customer)
    {
        if (Customers.Forget(connection, customer) is { } project)
        {
            connection.Execute(
                "DELETE FROM payment_card WHERE customer = @customer",
                ("customer", customer)
            );
            return reloads.TurnOff(connection, project, ReloadOffReasons.CustomerDeleted);
        }

        return false;
    }

    private async Task<Look> WriteAsync(WaitingEvent waiting, Func<DbConnection, bool> effect)
    {
        await database.WriteAsync(connection =>
        {
            effect(connection);
            return inbox.Done(connection, waiting.Id);
        });
        return Look.Settled;
    }

    private async Task<Look> IgnoreAsync(WaitingEvent waiting)
    {
        await inbox.IgnoreAsync(waiting.Id);
        return Look.Settled;
    }

    [LoggerMessage(1, LogLevel.Error, "The payment event {Type} {Id} failed; it is tried again.")]
    private static partial void LogFailed(ILogger log, Exception fault, string type, string id);
}
