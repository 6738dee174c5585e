using System.Data.Common;
using System.Globalization;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger.Store;

/// <summary>What happens to a wallet by itself whenever somebody looks at it under lock.</summary>
internal static class Credit
{
    /// <summary>Promotional credit that has expired ends; money that came back pays debt. The
    /// caller saves the wallet.</summary>
    public static void Tidy(DbConnection connection, Wallet wallet, long now)
    {
        if (wallet.PromoExpiresAt <= now)
        {
            Expire(connection, wallet, now);
        }

        if (wallet.Debt > NanoUsd.Zero && wallet.Free.Paid > NanoUsd.Zero)
        {
            PayDebt(connection, wallet, CauseOf(wallet, wallet.Project), now);
        }
    }

    /// <summary>Debt is paid before anything is spent; at zero a wallet frozen for it thaws.</summary>
    public static void PayDebt(DbConnection connection, Wallet wallet, string cause, long now)
    {
        var amount = NanoUsd.Min(wallet.Debt, wallet.Free.Paid);
        var postings = new Postings(wallet.Currency);
        var transfer = new Transfer
        {
            Id = "debt:" + cause,
            Group = "debt:" + cause,
            Project = wallet.Project,
            Currency = wallet.Currency,
            Debit = Accounts.WalletOf(Lots.Paid, wallet.Project),
            Credit = Accounts.DebtOf(wallet.Project),
            Amount = amount,
            Kind = "debt",
            At = now,
        };
        if (!Transfers.Post(connection, transfer, postings))
        {
            return;
        }

        wallet.TakeOut(Lots.Paid, amount);
        wallet.Debt -= amount;
        Lots.Draw(connection, wallet.Project, Lots.Paid, amount, transfer.Id, now);
        postings.Save(connection);
        if (wallet is { Debt.Value: 0, State: "frozen", FrozenBy: FreezeCauses.Dispute })
        {
            (wallet.State, wallet.FrozenBy) = ("active", null);
        }
    }

    // A version is never seen twice, so that neither is the id made of it.
    private static string CauseOf(Wallet wallet, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{what}:{wallet.Version}");

    /// <summary>Only what is not lent: holds on expired credit are honoured, and their rest expires
    /// when it comes back.</summary>
    private static void Expire(DbConnection connection, Wallet wallet, long now)
    {
        var lots = connection.Query(
            """
            SELECT id, amount - drawn, expires_at FROM lot
            WHERE project = @project AND class = 'promo' AND drawn < amount
                AND expires_at IS NOT NULL
            ORDER BY expires_at, at, id
            """,
            row => (Id: row.GetString(0), Left: row.GetInt64(1), At: row.GetInt64(2)),
            ("project", wallet.Project)
        );
        var postings = new Postings(wallet.Currency);
        wallet.PromoExpiresAt = null;
        foreach (var (id, rest, at) in lots)
        {
            var amount = NanoUsd.Min(new(rest), wallet.Free.Promo);
            if (at > now || amount == NanoUsd.Zero)
            {
                wallet.PromoExpiresAt ??= at;
                continue;
            }

            var key = "expire:" + CauseOf(wallet, id);
            var transfer = new Transfer
            {
                Id = key,
                Group = "expire:" + id,
                Project = wallet.Project,
                Currency = wallet.Currency,
                Debit = Accounts.WalletOf(Lots.Promo, wallet.Project),
                Credit = Accounts.Breakage,
                Amount = amount,
                Kind = "expire",
                At = now,
            };
            Invariant.Holds(
                Transfers.Post(connection, transfer, postings),
                "no two changes of a wallet have the same version"
            );
            wallet.TakeOut(Lots.Promo, amount);
            Lots.DrawFrom(connection, id, amount.Value, key, now);
            wallet.PromoExpiresAt ??= amount.Value < rest ? at : null;
        }

        postings.Save(connection);
    }
}

/// <summary>Why a wallet is frozen; a dispute's freeze ends when its debt is paid.</summary>
internal static class FreezeCauses
{
    public const string Dispute = "dispute";
    public const string Operator = "operator";
}
