using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger.Store;

/// <summary>
/// Money that enters a wallet. Every event has an id of the outside world, and its transfer is
/// written once; who comes second changes nothing.
/// </summary>
internal static class CreditStore
{
    public static bool Topup(
        DbConnection connection,
        string project,
        NanoUsd gross,
        NanoUsd fee,
        string external,
        string currency,
        long now
    )
    {
        var wallet = OpenAndLock(connection, project, currency);
        var postings = new Postings(wallet.Currency);
        var id = "topup:" + external;
        var transfer = new Transfer
        {
            Id = id,
            Group = id,
            Project = project,
            Currency = wallet.Currency,
            Debit = Accounts.StripeCash,
            Credit = Accounts.WalletOf(Lots.Paid, project),
            Amount = gross,
            Kind = "topup",
            External = external,
            At = now,
        };
        if (!Transfers.Post(connection, transfer, postings))
        {
            return false;
        }

        Transfers.Post(
            connection,
            transfer with
            {
                Id = id + ":fee",
                Debit = Accounts.StripeFees,
                Credit = Accounts.StripeCash,
                Amount = fee,
                Kind = "fee",
            },
            postings
        );
        postings.Save(connection);
        wallet.PutIn(Lots.Paid, gross);
        Lots.Add(connection, id, project, Lots.Paid, gross, expiresAt: null, now);
        // Debt first: what is owed was spent or taken back before.
        Credit.PayDebt(connection, wallet, external, now);
        wallet.Save(connection);
        return true;
    }

    public static bool Grant(
        DbConnection connection,
        string project,
        NanoUsd amount,
        string id,
        long? expiresAt,
        string currency,
        long now
    )
    {
        var wallet = OpenAndLock(connection, project, currency);
        var postings = new Postings(wallet.Currency);
        var transfer = new Transfer
        {
            Id = "promo:" + id,
            Group = "promo:" + id,
            Project = project,
            Currency = wallet.Currency,
            Debit = Accounts.PromoExpense,
            Credit = Accounts.WalletOf(Lots.Promo, project),
            Amount = amount,
            Kind = "promo",
            External = id,
            At = now,
        };
        if (!Transfers.Post(connection, transfer, postings))
        {
            return false;
        }

        postings.Save(connection);
        wallet.PutIn(Lots.Promo, amount);
        Lots.Add(connection, transfer.Id, project, Lots.Promo, amount, expiresAt, now);
        if (expiresAt is { } at)
        {
            wallet.PromoExpiresAt = Math.Min(at, wallet.PromoExpiresAt ?? long.MaxValue);
        }

        wallet.Save(connection);
        return true;
    }

    public static bool Freeze(DbConnection connection, string project, string cause)
    {
        if (Wallet.Lock(connection, project) is not { IsActive: true } wallet)
        {
            return false;
        }

        (wallet.State, wallet.FrozenBy) = ("frozen", cause);
        wallet.Save(connection);
        return true;
    }

    public static bool Unfreeze(DbConnection connection, string project)
    {
        if (Wallet.Lock(connection, project) is not { State: "frozen", Debt.Value: 0 } wallet)
        {
            return false;
        }

        (wallet.State, wallet.FrozenBy) = ("active", null);
        wallet.Save(connection);
        return true;
    }

    public static List<string> DueToExpire(DbConnection connection, long now) =>
        connection.Query(
            """
            SELECT project FROM wallet WHERE promo_expires_at <= @now
            ORDER BY promo_expires_at LIMIT 100
            """,
            row => row.GetString(0),
            ("now", now)
        );

    public static void Tidy(DbConnection connection, string project, long now)
    {
        if (Wallet.Lock(connection, project) is { } wallet)
        {
            Credit.Tidy(connection, wallet, now);
            wallet.Save(connection);
        }
    }

    public static Wallet OpenAndLock(DbConnection connection, string project, string currency)
    {
        Wallet.Open(connection, project, currency);
        var wallet = Wallet.Lock(connection, project);
        Invariant.Holds(wallet is not null, "an opened wallet is there");
        Invariant.Holds(wallet.Currency == currency, "a wallet has one currency");
        return wallet;
    }
}
