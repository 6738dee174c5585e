using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger.Store;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger;

/// <summary>
/// Everything that changes a wallet and is not a charge. Calls may be repeated: the ids of the
/// outside world make the second one a no-op. Nodes hear of the change at once.
/// </summary>
internal sealed class Credits(
    Database database,
    LedgerOptions options,
    SpendLedger ledger,
    ChangeFeed? feed
)
{
    private static readonly NanoUsd s_topupMax = new(10_000 * NanoUsd.PerUsd);

    /// <summary>A project without a wallet cannot hold; one with an empty wallet is asked to pay.</summary>
    public Task OpenWalletAsync(ProjectId project) =>
        database.WriteAsync(connection =>
        {
            Wallet.Open(connection, project.Value, options.Currency);
            return true;
        });

    /// <param name="project">Gets it.</param>
    /// <param name="amount">Promotional credit; it is used up before paid-in money.</param>
    /// <param name="id">Names the grant, such as "grant:{project}:{yyyymm}".</param>
    /// <param name="expiresAt">Null never expires.</param>
    /// <returns>False when it was granted before.</returns>
    public Task<bool> GrantPromoAsync(
        ProjectId project,
        NanoUsd amount,
        string id,
        DateTimeOffset? expiresAt = null
    )
    {
        Guard(amount);
        return ChangeAsync(
            project,
            (connection, now) =>
                CreditStore.Grant(
                    connection,
                    project.Value,
                    amount,
                    id,
                    expiresAt?.ToUnixTimeMilliseconds(),
                    options.Currency,
                    now
                )
        );
    }

    /// <param name="project">Gets it; its debt is paid first.</param>
    /// <param name="cents">What the user paid, fees included.</param>
    /// <param name="externalId">The payment's own id: the wallet is credited once for it.</param>
    /// <param name="feeCents">What the payment provider kept.</param>
    /// <returns>False when it was credited before.</returns>
    public Task<bool> TopupAsync(
        ProjectId project,
        long cents,
        string externalId,
        long feeCents = 0
    )
    {
        var gross = NanoUsd.FromCents(cents);
        Guard(gross);
        return ChangeAsync(
            project,
            (connection, now) =>
                CreditStore.Topup(
                    connection,
                    project.Value,
                    gross,
                    NanoUsd.FromCents(feeCents),
                    externalId,
                    options.Currency,
                    now
                )
        );
    }

    /// <summary>Sets money aside for a refund of the unused part of a top-up. Call it before the
    /// payment provider.</summary>
    public async Task<RefundReservation> ReserveRefundAsync(
        ProjectId project,
        string topupExternalId,
        long cents,
        string refundId
    )
    {
        var amount = NanoUsd.FromCents(cents);
        Guard(amount);
        var reservation = RefundReservation.NotEnoughLeft;
        // Between the recall and the reservation a new hold may lease what came back.
        for (var attempt = 0; attempt < 3; attempt++)
        {
            await ledger.RecallAsync(project.Value);
            reservation = await database.WriteAsync(connection =>
            {
                var now = database.Now(connection);
                var result = RefundStore.Reserve(
                    connection,
                    project.Value,
                    topupExternalId,
                    amount,
                    refundId,
                    now
                );
                database.Record(connection, LeaseStore.WalletChanged, project.Value);
                return result;
            });
            if (reservation != RefundReservation.NotEnoughLeft)
            {
                break;
            }
        }

        return reservation;
    }

    public Task<bool> RefundDoneAsync(ProjectId project, string refundId) =>
        ChangeAsync(project, (connection, now) => RefundStore.Done(connection, refundId, now));

    public Task<bool> RefundFailedAsync(ProjectId project, string refundId) =>
        ChangeAsync(project, (connection, now) => RefundStore.Failed(connection, refundId, now));

    /// <summary>At a dispute's creation: nothing new may be spent, nothing is taken yet.</summary>
    public async Task FreezeAsync(ProjectId project, bool byDispute = false)
    {
        var cause = byDispute ? FreezeCauses.Dispute : FreezeCauses.Operator;
        await ChangeAsync(
            project,
            (connection, _) => CreditStore.Freeze(connection, project.Value, cause)
        );
        await ledger.RecallAsync(project.Value);
    }

    /// <returns>False while there is debt.</returns>
    public Task<bool> UnfreezeAsync(ProjectId project) =>
        ChangeAsync(project, (connection, _) => CreditStore.Unfreeze(connection, project.Value));

    /// <summary>The card network has taken the money: the wallet pays what it has, the rest is
    /// debt. Requests that run finish inside their leases.</summary>
    public async Task<DisputeEffect> DisputeWithdrawnAsync(
        ProjectId project,
        string disputeId,
        string? topupExternalId,
        long cents,
        long feeCents = 0
    )
    {
        await FreezeAsync(project, byDispute: true);
        var effect = default(DisputeEffect);
        await ChangeAsync(
            project,
            (connection, now) =>
            {
                effect = DisputeStore.Withdrawn(
                    connection,
                    project.Value,
                    disputeId,
                    topupExternalId,
                    NanoUsd.FromCents(cents),
                    NanoUsd.FromCents(feeCents),
                    options.Currency,
                    now
                );
                return true;
            }
        );
        return effect;
    }

    public Task<bool> DisputeWonAsync(ProjectId project, string disputeId) =>
        ChangeAsync(
            project,
            (connection, now) => DisputeStore.Won(connection, project.Value, disputeId, now)
        );

    /// <summary>The wallet as the store has it; null for a project that never had one.</summary>
    public async Task<WalletReading?> ReadAsync(ProjectId project, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return WalletReading.Of(connection, project.Value);
    }

    // After it has answered no node acts on what it knew before.
    private async Task<bool> ChangeAsync(ProjectId project, Func<DbConnection, long, bool> change)
    {
        var (changed, seq) = await database.WriteAsync(connection =>
        {
            var isNew = change(connection, database.Now(connection));
            var at = isNew
                ? database.Record(connection, LeaseStore.WalletChanged, project.Value)
                : 0;
            return (isNew, at);
        });
        if (changed)
        {
            ledger.Invalidate(project.Value);
        }

        if (changed && feed is not null)
        {
            await feed.SeenByAllAsync(seq, CancellationToken.None);
        }

        return changed;
    }

    private static void Guard(NanoUsd amount)
    {
        if (amount <= NanoUsd.Zero || amount > s_topupMax)
        {
            throw new ArgumentOutOfRangeException(
                nameof(amount),
                amount,
                "more than 0 and at most 10,000 USD"
            );
        }
    }
}
