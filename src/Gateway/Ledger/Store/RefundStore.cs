using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger.Store;

/// <summary>
/// Money that leaves a wallet again: refunds of the unused part of a top-up, and disputes. A refund
/// is reserved before the payment provider is called, and then either done or failed.
/// </summary>
internal static class RefundStore
{
    private sealed record Reserved(string Project, string Currency, NanoUsd Amount, string Lot);

    public static RefundReservation Reserve(
        DbConnection connection,
        string project,
        string topup,
        NanoUsd amount,
        string refund,
        long now
    )
    {
        var wallet = Wallet.Lock(connection, project);
        var lot = "topup:" + topup;
        if (wallet is null || Lots.RestOf(connection, lot) is not { } rest)
        {
            return RefundReservation.UnknownTopup;
        }

        if (Transfers.AmountOf(connection, "refund:" + refund) is not null)
        {
            return RefundReservation.Reserved;
        }

        if (amount > rest || amount > wallet.Free.Paid)
        {
            return RefundReservation.NotEnoughLeft;
        }

        var postings = new Postings(wallet.Currency);
        var transfer = new Transfer
        {
            Id = "refund:" + refund,
            Group = "refund:" + refund,
            Project = project,
            Currency = wallet.Currency,
            Debit = Accounts.WalletOf(Lots.Paid, project),
            Credit = Accounts.RefundOf(project),
            Amount = amount,
            Kind = "refund",
            External = lot,
            At = now,
        };
        Transfers.Post(connection, transfer, postings);
        postings.Save(connection);
        wallet.TakeOut(Lots.Paid, amount);
        Lots.DrawFrom(connection, lot, amount.Value, transfer.Id, now);
        wallet.Save(connection);
        return RefundReservation.Reserved;
    }

    /// <returns>False when it was done before, failed, or never reserved.</returns>
    public static bool Done(DbConnection connection, string refund, long now)
    {
        if (Open(connection, refund) is not { } reserved)
        {
            return false;
        }

        Wallet.Lock(connection, reserved.Project);
        return End(connection, refund, reserved, Accounts.StripeCash, "refund_done", now);
    }

    public static bool Failed(DbConnection connection, string refund, long now)
    {
        if (Open(connection, refund) is not { } reserved)
        {
            return false;
        }

        var wallet = Wallet.Lock(connection, reserved.Project);
        Invariant.Holds(wallet is not null, "a refund belongs to a wallet");
        var account = Accounts.WalletOf(Lots.Paid, reserved.Project);
        if (!End(connection, refund, reserved, account, "refund_failed", now))
        {
            return false;
        }

        wallet.PutIn(Lots.Paid, reserved.Amount);
        Lots.DrawFrom(
            connection,
            reserved.Lot,
            -reserved.Amount.Value,
            "refund_failed:" + refund,
            now
        );
        Credit.Tidy(connection, wallet, now);
        wallet.Save(connection);
        return true;
    }

    private static bool End(
        DbConnection connection,
        string refund,
        Reserved reserved,
        string credit,
        string kind,
        long now
    )
    {
        // One end only, looked for under the wallet's lock.
        var other = kind == "refund_done" ? "refund_failed:" : "refund_done:";
        if (Transfers.AmountOf(connection, other + refund) is not null)
        {
            return false;
        }

        var postings = new Postings(reserved.Currency);
        var isNew = Transfers.Post(
            connection,
            new Transfer
            {
                Id = $"{kind}:{refund}",
                Group = "refund:" + refund,
                Project = reserved.Project,
                Currency = reserved.Currency,
                Debit = Accounts.RefundOf(reserved.Project),
                Credit = credit,
                Amount = reserved.Amount,
                Kind = kind,
                External = reserved.Lot,
                At = now,
            },
            postings
        );
        postings.Save(connection);
        return isNew;
    }

    private static Reserved? Open(DbConnection connection, string refund) =>
        connection.QueryOne(
            "SELECT project, currency, amount, ext FROM transfer WHERE id = @id",
            row => new Reserved(
                row.GetString(0),
                row.GetString(1),
                new(row.GetInt64(2)),
                row.GetString(3)
            ),
            ("id", "refund:" + refund)
        );
}

/// <summary>Whether a refund may be sent to the payment provider.</summary>
public enum RefundReservation
{
    /// <summary>Now, or by an earlier call with the same id.</summary>
    Reserved,

    /// <summary>The rest of that top-up was spent or is held: 409.</summary>
    NotEnoughLeft,
    UnknownTopup,
}
