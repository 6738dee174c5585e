using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger.Store;

/// <summary>
/// Money on its way to a reseller. It is set aside before the payment provider is asked, and ends
/// once: paid, or back where it came from.
/// </summary>
internal static class PayoutStore
{
    /// <returns>False when less is available; true also when it was set aside before.</returns>
    public static bool Reserve(
        DbConnection connection,
        string reseller,
        string batch,
        NanoUsd amount,
        string currency,
        long now
    )
    {
        var account = Reseller.OpenAndLock(connection, reseller, currency);
        if (Transfers.AmountOf(connection, "payout:" + batch) is not null)
        {
            return true;
        }

        if (amount <= NanoUsd.Zero || account.Available < amount)
        {
            return false;
        }

        var postings = new Postings(currency);
        var move = MoveOf(reseller, batch, "payout:" + batch, "payout", amount, now);
        Transfers.Post(
            connection,
            account.TransferOf(move, Accounts.Available(reseller), move.Other, amount),
            postings
        );
        account.Available -= amount;
        account.InPayout += amount;
        postings.Save(connection);
        account.Save(connection);
        return true;
    }

    /// <param name="connection">In a write.</param>
    /// <param name="reseller">Who got it.</param>
    /// <param name="batch">That was set aside.</param>
    /// <param name="transferId">The provider's own: whatever tells of it, it is booked once.</param>
    /// <param name="currency">Of the ledger.</param>
    /// <param name="now">The store's clock.</param>
    public static bool Paid(
        DbConnection connection,
        string reseller,
        string batch,
        string transferId,
        string currency,
        long now
    )
    {
        var account = Reseller.OpenAndLock(connection, reseller, currency);
        if (OpenAmount(connection, batch) is not { } amount)
        {
            return false;
        }

        var postings = new Postings(currency);
        var move = MoveOf(reseller, batch, "transfer:" + transferId, "payout_paid", amount, now);
        var isNew = Transfers.Post(
            connection,
            account.TransferOf(move, move.Other, Accounts.StripeCash, amount) with
            {
                External = transferId,
            },
            postings
        );
        Invariant.Holds(isNew, "one transfer pays one batch");
        account.InPayout -= amount;
        postings.Save(connection);
        account.Save(connection);
        return true;
    }

    public static bool Returned(
        DbConnection connection,
        string reseller,
        string batch,
        string currency,
        long now
    )
    {
        var account = Reseller.OpenAndLock(connection, reseller, currency);
        if (OpenAmount(connection, batch) is not { } amount)
        {
            return false;
        }

        var postings = new Postings(currency);
        account.InPayout -= amount;
        account.Receive(
            connection,
            MoveOf(reseller, batch, "payout_returned:" + batch, "payout_returned", amount, now),
            postings
        );
        postings.Save(connection);
        account.Save(connection);
        return true;
    }

    /// <summary>Paid money that came back from the reseller's account at the provider.</summary>
    /// <param name="connection">In a write.</param>
    /// <param name="reseller">Who gave it back.</param>
    /// <param name="batch">That had paid it.</param>
    /// <param name="reversalId">The provider's own.</param>
    /// <param name="amount">What came back.</param>
    /// <param name="currency">Of the ledger.</param>
    /// <param name="now">The store's clock.</param>
    public static bool Reversed(
        DbConnection connection,
        string reseller,
        string batch,
        string reversalId,
        NanoUsd amount,
        string currency,
        long now
    )
    {
        var account = Reseller.OpenAndLock(connection, reseller, currency);
        var postings = new Postings(currency);
        var move = MoveOf(
            reseller,
            batch,
            "reversal:" + reversalId,
            "payout_reversed",
            amount,
            now
        ) with
        {
            Other = Accounts.StripeCash,
            External = reversalId,
        };
        if (!account.Receive(connection, move, postings))
        {
            return false;
        }

        postings.Save(connection);
        account.Save(connection);
        return true;
    }

    /// <summary>What a reversal could not get back is the operator's loss until earnings pay
    /// it.</summary>
    public static void Lost(
        DbConnection connection,
        string reseller,
        NanoUsd amount,
        string currency,
        long now
    )
    {
        var account = Reseller.OpenAndLock(connection, reseller, currency);
        var postings = new Postings(currency);
        account.Provide(connection, amount, postings, now);
        postings.Save(connection);
        account.Save(connection);
    }

    // Null when it was never set aside or has ended.
    private static NanoUsd? OpenAmount(DbConnection connection, string batch)
    {
        var ended = connection.QueryOne(
            """
            SELECT COUNT(*) FROM transfer
            WHERE grp = @grp AND kind IN ('payout_paid', 'payout_returned')
            """,
            row => row.GetInt64(0),
            ("grp", "payout:" + batch)
        );
        return ended > 0 ? null : Transfers.AmountOf(connection, "payout:" + batch);
    }

    private static ResellerMove MoveOf(
        string reseller,
        string batch,
        string id,
        string kind,
        NanoUsd amount,
        long now
    ) =>
        new()
        {
            Id = id,
            Group = "payout:" + batch,
            Kind = kind,
            Other = Accounts.InPayout(reseller),
            Amount = amount,
            At = now,
        };
}
