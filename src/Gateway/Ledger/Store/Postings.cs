using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger.Store;

/// <summary>Names of accounts. The operator's are kept for each node, so that nodes never wait for
/// one another's rows; reports add them up.</summary>
internal static class Accounts
{
    public const string StripeCash = "stripe_cash";
    public const string StripeFees = "stripe_fees";
    public const string PromoExpense = "promo_expense";
    public const string DisputeLoss = "dispute_loss";
    public const string Breakage = "breakage";

    /// <summary>Earnings that the operator has decided never to pay.</summary>
    public const string EarningsForfeited = "earnings_forfeited";

    /// <summary>What resellers owe and are not expected to pay, and its other side.</summary>
    public const string ResellerLoss = "reseller_loss";
    public const string ResellerProvision = "reseller_provision";

    public static string WalletOf(string lotClass, string project) =>
        lotClass == Lots.Paid ? "wallet_paid/" + project : "wallet_promo/" + project;

    public static bool IsWallet(string account) =>
        account.StartsWith("wallet_paid/", StringComparison.Ordinal)
        || account.StartsWith("wallet_promo/", StringComparison.Ordinal);

    public static string DebtOf(string project) => "user_debt/" + project;

    public static string RefundOf(string project) => "refund_in_progress/" + project;

    public static string Revenue(string node) => "revenue/" + node;

    public static string Absorbed(string node, string reason) => $"absorbed/{node}/{reason}";

    public static string Cogs(string provider, string node) => $"cogs/{provider}/{node}";

    public static string Payable(string provider, string node) =>
        $"provider_payable/{provider}/{node}";

    public static string Earnings(string reseller, string node) =>
        $"reseller_pending/{reseller}/{node}";

    /// <summary>Takes out of the pending earnings, which stand on each node, what has
    /// matured.</summary>
    public static string Matured(string reseller) => Earnings(reseller, "matured");

    public static string Available(string reseller) => "reseller_available/" + reseller;

    public static string Held(string reseller) => "reseller_held/" + reseller;

    public static string InPayout(string reseller) => "reseller_in_payout/" + reseller;

    public static string ResellerDebtOf(string reseller) => "reseller_debt/" + reseller;
}

/// <summary>Sums that a transaction adds to accounts, written at its end in one order.</summary>
internal sealed class Postings(string currency)
{
    private readonly SortedDictionary<string, (long Debits, long Credits)> _sums = new(
        StringComparer.Ordinal
    );

    /// <summary>A negative amount is the other side's.</summary>
    public void Debit(string account, NanoUsd amount) => Add(account, amount.Value);

    public void Credit(string account, NanoUsd amount) => Add(account, checked(-amount.Value));

    public void Save(DbConnection connection) =>
        connection.ExecuteMany(
            """
            INSERT INTO acct(id, currency, debits, credits)
            VALUES(@id, @currency, @debits, @credits)
            ON CONFLICT(id, currency) DO UPDATE
               SET debits = acct.debits + excluded.debits,
                   credits = acct.credits + excluded.credits
            """,
            ["id", "currency", "debits", "credits"],
            [
                .. _sums.Select(sum =>
                    new object?[] { sum.Key, currency, sum.Value.Debits, sum.Value.Credits }
                ),
            ]
        );

    private void Add(string account, long debit)
    {
        if (debit == 0)
        {
            return;
        }

        var (debits, credits) = _sums.GetValueOrDefault(account);
        _sums[account] =
            debit > 0 ? (checked(debits + debit), credits) : (debits, checked(credits - debit));
    }
}

/// <summary>Rows of the transfer journal: two equal legs, so an unbalanced one cannot be written.</summary>
internal static class Transfers
{
    /// <summary>Writes it once; the id names the event in the outside world.</summary>
    /// <returns>False when it was written before, or when there is nothing to move.</returns>
    public static bool Post(DbConnection connection, Transfer transfer, Postings postings)
    {
        if (transfer.Amount == NanoUsd.Zero)
        {
            return false;
        }

        var isNew =
            connection.Execute(
                """
                INSERT INTO transfer(id, grp, project, currency, debit, credit, amount, kind, ext, at)
                VALUES(@id, @grp, @project, @currency, @debit, @credit, @amount, @kind, @ext, @at)
                ON CONFLICT(id) DO NOTHING
                """,
                ("id", transfer.Id),
                ("grp", transfer.Group),
                ("project", transfer.Project),
                ("currency", transfer.Currency),
                ("debit", transfer.Debit),
                ("credit", transfer.Credit),
                ("amount", transfer.Amount.Value),
                ("kind", transfer.Kind),
                ("ext", transfer.External),
                ("at", transfer.At)
            ) == 1;
        if (!isNew)
        {
            return false;
        }

        // A wallet's own figures are its row.
        if (!Accounts.IsWallet(transfer.Debit))
        {
            postings.Debit(transfer.Debit, transfer.Amount);
        }

        if (!Accounts.IsWallet(transfer.Credit))
        {
            postings.Credit(transfer.Credit, transfer.Amount);
        }

        return true;
    }

    public static NanoUsd? AmountOf(DbConnection connection, string id) =>
        connection.QueryOne<NanoUsd?>(
            "SELECT amount FROM transfer WHERE id = @id",
            row => new NanoUsd(row.GetInt64(0)),
            ("id", id)
        );
}

internal sealed record Transfer
{
    public required string Id { get; init; }

    /// <summary>All legs of one event share it.</summary>
    public required string Group { get; init; }

    public required string Project { get; init; }

    public required string Currency { get; init; }

    public required string Debit { get; init; }

    public required string Credit { get; init; }

    public required NanoUsd Amount { get; init; }

    public required string Kind { get; init; }

    public string? External { get; init; }

    public required long At { get; init; }
}
