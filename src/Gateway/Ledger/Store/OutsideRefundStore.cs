using System.Data.Common;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Ledger.Store;

/// <summary>
/// A refund that was made beside us, at the payment provider: the money is gone already. The rest
/// of its top-up pays first, then the wallet; what was spent before becomes debt.
/// </summary>
internal static class OutsideRefundStore
{
    /// <returns>What resellers gave back of it; null when it was booked before.</returns>
    public static List<TakenBack>? Book(
        DbConnection connection,
        string project,
        string topup,
        string id,
        NanoUsd amount,
        string currency,
        long now
    )
    {
        var wallet = CreditStore.OpenAndLock(connection, project, currency);
        var fromWallet = NanoUsd.Min(amount, wallet.Free.Paid);
        var debt = amount - fromWallet;
        var postings = new Postings(wallet.Currency);
        var leg = new Transfer
        {
            Id = $"refund_outside:{id}:wallet",
            Group = "refund_outside:" + id,
            Project = project,
            Currency = wallet.Currency,
            Debit = Accounts.WalletOf(Lots.Paid, project),
            Credit = Accounts.StripeCash,
            Amount = fromWallet,
            Kind = "refund_outside",
            External = "topup:" + topup,
            At = now,
        };
        var owed = leg with
        {
            Id = $"refund_outside:{id}:debt",
            Debit = Accounts.DebtOf(project),
            Amount = debt,
        };
        if (
            Transfers.AmountOf(connection, leg.Id) is not null
            || Transfers.AmountOf(connection, owed.Id) is not null
        )
        {
            return null;
        }

        Transfers.Post(connection, leg, postings);
        Transfers.Post(connection, owed, postings);
        var own = NanoUsd.Min(
            fromWallet,
            Lots.RestOf(connection, "topup:" + topup) ?? NanoUsd.Zero
        );
        Lots.DrawFrom(connection, "topup:" + topup, own.Value, leg.Id, now);
        Lots.Draw(connection, project, Lots.Paid, fromWallet - own, leg.Id, now);
        wallet.TakeOut(Lots.Paid, fromWallet);
        wallet.Debt += debt;
        var lot = "topup:" + topup;
        var taken = TakeBacks.Book(connection, wallet, leg.Group, lot, debt, postings, now);
        postings.Save(connection);
        if (debt > NanoUsd.Zero && wallet.IsActive)
        {
            // The cause that thaws by itself once the debt is paid.
            (wallet.State, wallet.FrozenBy) = ("frozen", FreezeCauses.Dispute);
        }

        wallet.Save(connection);
        return taken;
    }
}
