using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger.Store;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger;

/// <summary>
/// The acts of <see cref="Credits"/> inside a transaction of the caller's, so that what caused a
/// change of money and the change itself are durable together or not at all.
/// </summary>
internal sealed class WalletChanges(
    Database database,
    LedgerOptions options,
    SpendLedger ledger,
    ChangeFeed? feed
)
{
    public string Currency => options.Currency;

    /// <summary>After it has answered no node acts on what it knew before.</summary>
    public async Task<T> TogetherAsync<T>(ProjectId project, Func<WalletChange, T> work)
    {
        var (result, seq) = await database.WriteAsync(connection =>
        {
            var change = new WalletChange(
                connection,
                project.Value,
                options.Currency,
                database.Now(connection)
            );
            var result = work(change);
            var seq = change.IsChanged
                ? database.Record(connection, LeaseStore.WalletChanged, project.Value)
                : 0;
            return (result, seq);
        });
        if (seq > 0)
        {
            ledger.Invalidate(project.Value);
            await (feed?.SeenByAllAsync(seq, CancellationToken.None) ?? Task.CompletedTask);
        }

        return result;
    }

    /// <summary>Takes back what nodes were lent and do not hold: before money is taken out of a
    /// wallet (ruling 2), and after a freeze.</summary>
    public Task RecallAsync(ProjectId project) => ledger.RecallAsync(project.Value);
}

/// <summary>One wallet inside the caller's transaction.</summary>
internal sealed class WalletChange(
    DbConnection connection,
    string project,
    string currency,
    long now
)
{
    public DbConnection Connection { get; } = connection;

    /// <summary>Milliseconds by the store's clock.</summary>
    public long Now { get; } = now;

    public bool IsChanged { get; private set; }

    /// <summary>What resellers gave back because of this change.</summary>
    public List<TakenBack> TakenBack { get; } = [];

    public WalletReading? Read() => WalletReading.Of(Connection, project);

    /// <returns>False when that payment was credited before.</returns>
    public bool Topup(long cents, string externalId, long feeCents) =>
        Noted(
            CreditStore.Topup(
                Connection,
                project,
                NanoUsd.FromCents(cents),
                NanoUsd.FromCents(feeCents),
                externalId,
                currency,
                Now
            )
        );

    public RefundReservation ReserveRefund(string topupExternalId, long cents, string refundId)
    {
        var result = RefundStore.Reserve(
            Connection,
            project,
            topupExternalId,
            NanoUsd.FromCents(cents),
            refundId,
            Now
        );
        Noted(result is RefundReservation.Reserved);
        return result;
    }

    /// <summary>What may still be refunded of a top-up; null for one that was never
    /// credited.</summary>
    public NanoUsd? RestOf(string topupExternalId) =>
        Lots.RestOf(Connection, "topup:" + topupExternalId);

    public bool RefundDone(string refundId) => Noted(RefundStore.Done(Connection, refundId, Now));

    public bool RefundFailed(string refundId) =>
        Noted(RefundStore.Failed(Connection, refundId, Now));

    public bool FreezeForDispute() =>
        Noted(CreditStore.Freeze(Connection, project, FreezeCauses.Dispute));

    /// <summary>Ends a dispute's freeze and no other one; not while there is debt.</summary>
    public bool ThawFromDispute()
    {
        var wallet = Wallet.Lock(Connection, project);
        return wallet is { State: "frozen", FrozenBy: FreezeCauses.Dispute, Debt.Value: 0 }
            && Noted(CreditStore.Unfreeze(Connection, project));
    }

    public DisputeEffect DisputeWithdrawn(
        string disputeId,
        string? topupExternalId,
        long cents,
        long feeCents
    )
    {
        Noted(true);
        var effect = DisputeStore.Withdrawn(
            Connection,
            project,
            disputeId,
            topupExternalId,
            NanoUsd.FromCents(cents),
            NanoUsd.FromCents(feeCents),
            currency,
            Now
        );
        TakenBack.AddRange(effect.TakenBack);
        return effect;
    }

    public bool DisputeWon(string disputeId) =>
        Noted(DisputeStore.Won(Connection, project, disputeId, Now));

    /// <summary>The operator gave money back by hand: the wallet pays what it has, the rest is debt
    /// and freezes it until a top-up pays it.</summary>
    public bool RefundedOutside(string topupExternalId, string id, long cents)
    {
        var taken = OutsideRefundStore.Book(
            Connection,
            project,
            topupExternalId,
            id,
            NanoUsd.FromCents(cents),
            currency,
            Now
        );
        TakenBack.AddRange(taken ?? []);
        return Noted(taken is not null);
    }

    private bool Noted(bool isChanged)
    {
        IsChanged |= isChanged;
        return isChanged;
    }
}

/// <summary>What is left of a top-up, for pages. Charges that were not folded yet are not in
/// it.</summary>
internal static class LotReading
{
    public static NanoUsd? RestOf(DbConnection connection, string topupExternalId) =>
        connection.QueryOne<NanoUsd?>(
            "SELECT amount - drawn FROM lot WHERE id = @lot",
            row => new NanoUsd(row.GetInt64(0)),
            ("lot", "topup:" + topupExternalId)
        );
}
