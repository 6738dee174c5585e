using System.Data.Common;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Ledger.Store;

/// <summary>
/// Money that the card network takes back. The wallet pays what it has; the rest is debt, a balance
/// of its own, so that the wallet never goes below zero.
/// </summary>
internal static class DisputeStore
{
    public static DisputeEffect Withdrawn(
        DbConnection connection,
        string project,
        string dispute,
        string? topup,
        NanoUsd amount,
        NanoUsd fee,
        string currency,
        long now
    )
    {
        var wallet = CreditStore.OpenAndLock(connection, project, currency);
        if (Find(connection, dispute) is { } before)
        {
            return before;
        }

        var fromWallet = NanoUsd.Min(amount, wallet.Free.Paid);
        var debt = amount - fromWallet;
        var postings = new Postings(wallet.Currency);
        var leg = new Transfer
        {
            Id = $"dispute:{dispute}:wallet",
            Group = "dispute:" + dispute,
            Project = project,
            Currency = wallet.Currency,
            Debit = Accounts.WalletOf(Lots.Paid, project),
            Credit = Accounts.StripeCash,
            Amount = fromWallet,
            Kind = "dispute",
            External = dispute,
            At = now,
        };
        Transfers.Post(connection, leg, postings);
        Transfers.Post(
            connection,
            leg with
            {
                Id = $"dispute:{dispute}:debt",
                Debit = Accounts.DebtOf(project),
                Amount = debt,
            },
            postings
        );
        Transfers.Post(
            connection,
            leg with
            {
                Id = $"dispute:{dispute}:fee",
                Debit = Accounts.DisputeLoss,
                Amount = fee,
                Kind = "dispute_fee",
            },
            postings
        );
        TakeFromLots(connection, project, topup, fromWallet, leg.Id, now);
        wallet.TakeOut(Lots.Paid, fromWallet);
        wallet.Debt += debt;
        var lot = topup is null ? null : "topup:" + topup;
        var taken = TakeBacks.Book(connection, wallet, leg.Group, lot, debt, postings, now);
        postings.Save(connection);
        if (wallet.IsActive)
        {
            (wallet.State, wallet.FrozenBy) = ("frozen", FreezeCauses.Dispute);
        }

        wallet.Save(connection);
        return new(fromWallet, debt) { TakenBack = taken };
    }

    /// <summary>The mirror of what was withdrawn, never more: what is still owed of it first.</summary>
    /// <returns>False when nothing was withdrawn or it came back before.</returns>
    public static bool Won(DbConnection connection, string project, string dispute, long now)
    {
        var wallet = Wallet.Lock(connection, project);
        if (
            wallet is null
            || Find(connection, dispute) is not { } withdrawn
            || IsWon(connection, dispute)
        )
        {
            return false;
        }

        var postings = new Postings(wallet.Currency);
        var toResellers = TakeBacks.Undo(connection, wallet, "dispute:" + dispute, postings, now);
        var ofUser = withdrawn.Debt - toResellers;
        var ofDebt = NanoUsd.Min(ofUser, wallet.Debt);
        var toWallet = withdrawn.FromWallet + ofUser - ofDebt;
        var leg = new Transfer
        {
            Id = $"dispute_won:{dispute}:wallet",
            Group = "dispute:" + dispute,
            Project = project,
            Currency = wallet.Currency,
            Debit = Accounts.StripeCash,
            Credit = Accounts.WalletOf(Lots.Paid, project),
            Amount = toWallet,
            Kind = "dispute_won",
            External = dispute,
            At = now,
        };
        Transfers.Post(connection, leg, postings);
        Transfers.Post(
            connection,
            leg with
            {
                Id = $"dispute_won:{dispute}:debt",
                Credit = Accounts.DebtOf(project),
                Amount = ofDebt,
            },
            postings
        );
        postings.Save(connection);
        if (toWallet > NanoUsd.Zero)
        {
            wallet.PutIn(Lots.Paid, toWallet);
            Lots.Add(connection, leg.Id, project, Lots.Paid, toWallet, expiresAt: null, now);
        }

        wallet.Debt -= ofDebt;
        Credit.Tidy(connection, wallet, now);
        if (wallet is { Debt.Value: 0, FrozenBy: FreezeCauses.Dispute })
        {
            (wallet.State, wallet.FrozenBy) = ("active", null);
        }

        wallet.Save(connection);
        return true;
    }

    // The disputed top-up itself first, as far as it is still there.
    private static void TakeFromLots(
        DbConnection connection,
        string project,
        string? topup,
        NanoUsd amount,
        string cause,
        long now
    )
    {
        var own = topup is null ? null : Lots.RestOf(connection, "topup:" + topup);
        var ofOwn = NanoUsd.Min(amount, own ?? NanoUsd.Zero);
        Lots.DrawFrom(connection, "topup:" + topup, ofOwn.Value, cause, now);
        Lots.Draw(connection, project, Lots.Paid, amount - ofOwn, cause, now);
    }

    private static DisputeEffect? Find(DbConnection connection, string dispute)
    {
        var wallet = Transfers.AmountOf(connection, $"dispute:{dispute}:wallet");
        var debt = Transfers.AmountOf(connection, $"dispute:{dispute}:debt");
        return wallet is null && debt is null
            ? null
            : new(wallet ?? NanoUsd.Zero, debt ?? NanoUsd.Zero);
    }

    private static bool IsWon(DbConnection connection, string dispute) =>
        Transfers.AmountOf(connection, $"dispute_won:{dispute}:wallet") is not null
        || Transfers.AmountOf(connection, $"dispute_won:{dispute}:debt") is not null;
}

/// <summary>Where a dispute's money came from.</summary>
/// <param name="FromWallet">What the wallet still had.</param>
/// <param name="Debt">What it had not.</param>
public readonly record struct DisputeEffect(NanoUsd FromWallet, NanoUsd Debt)
{
    // Null for none, so that effects without resellers are equal.
    private readonly IReadOnlyList<TakenBack>? _takenBack;

    /// <summary>The resellers' part of the debt: they owe it, and the user no more.</summary>
    public IReadOnlyList<TakenBack> TakenBack
    {
        get => _takenBack ?? [];
        init => _takenBack = value.Count > 0 ? value : null;
    }
}
