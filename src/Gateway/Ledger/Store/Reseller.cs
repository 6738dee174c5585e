using System.Data.Common;
using System.Globalization;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger.Store;

/// <summary>
/// A reseller's row, locked for this transaction. Locked after wallets and before accounts, so that
/// nobody waits in a circle. Money that comes in pays debt before it can be paid out.
/// </summary>
internal sealed class Reseller
{
    public required string Id { get; init; }

    public required string Currency { get; init; }

    /// <summary>Matured and not yet paid.</summary>
    public NanoUsd Available { get; set; }

    /// <summary>Matured, and waiting for the operator's word.</summary>
    public NanoUsd Held { get; set; }

    public NanoUsd InPayout { get; set; }

    /// <summary>Taken back after it was paid out; the next earnings pay it.</summary>
    public NanoUsd Debt { get; set; }

    /// <summary>Of the debt, what is already booked as a loss.</summary>
    public NanoUsd Provision { get; set; }

    /// <summary>The first day, counted from 1970, whose earnings have not matured.</summary>
    public long MaturedTo { get; set; }

    public required long Version { get; set; }

    public static Reseller OpenAndLock(DbConnection connection, string id, string currency)
    {
        connection.Execute(
            """
            INSERT INTO reseller(id, currency, available, held, in_payout, debt, provision,
                matured_to, version)
            VALUES(@id, @currency, 0, 0, 0, 0, 0, 0, 0) ON CONFLICT(id) DO NOTHING
            """,
            ("id", id),
            ("currency", currency)
        );
        var found = connection.QueryOne(
            $"{SelectSql} WHERE id = @id{connection.ForUpdate()}",
            Read,
            ("id", id)
        );
        Invariant.Holds(found is not null, "an opened reseller is there");
        Invariant.Holds(found.Currency == currency, "a reseller has one currency");
        return found;
    }

    public static Reseller? Find(DbConnection connection, string id) =>
        connection.QueryOne($"{SelectSql} WHERE id = @id", Read, ("id", id));

    /// <summary>Money that becomes the reseller's own: debt first.</summary>
    /// <returns>False when it was written before.</returns>
    public bool Receive(DbConnection connection, ResellerMove move, Postings postings)
    {
        var isNew = Transfers.Post(
            connection,
            TransferOf(move, move.Other, Accounts.Available(Id), move.Amount),
            postings
        );
        if (isNew)
        {
            Available += move.Amount;
            PayDebt(connection, move, postings);
        }

        return isNew;
    }

    /// <summary>Takes it from what is available; what that does not cover is owed.</summary>
    /// <returns>How much of it became debt.</returns>
    public NanoUsd Take(DbConnection connection, ResellerMove move, Postings postings)
    {
        var covered = NanoUsd.Min(Available, move.Amount);
        var owed = move.Amount - covered;
        Transfers.Post(
            connection,
            TransferOf(move, Accounts.Available(Id), move.Other, covered),
            postings
        );
        Transfers.Post(
            connection,
            TransferOf(move, Accounts.ResellerDebtOf(Id), move.Other, owed) with
            {
                Id = move.Id + ":debt",
            },
            postings
        );
        Available -= covered;
        Debt += owed;
        return owed;
    }

    /// <summary>Between two accounts of which the row's figures are the caller's to move.</summary>
    public Transfer TransferOf(ResellerMove move, string debit, string credit, NanoUsd amount) =>
        new()
        {
            Id = move.Id,
            Group = move.Group,
            Project = move.Project ?? Id,
            Currency = Currency,
            Debit = debit,
            Credit = credit,
            Amount = amount,
            Kind = move.Kind,
            External = move.External,
            At = move.At,
        };

    /// <summary>What is owed and cannot be got back is a loss in the books at once; when it is paid
    /// after all, the loss is taken back.</summary>
    public void Provide(DbConnection connection, NanoUsd amount, Postings postings, long now)
    {
        var provided = NanoUsd.Min(amount, Debt - Provision);
        var move = new ResellerMove
        {
            Id = Once("reseller_loss"),
            Kind = "reseller_loss",
            Other = Accounts.ResellerLoss,
            Amount = provided,
            At = now,
        };
        Transfers.Post(
            connection,
            TransferOf(move, Accounts.ResellerLoss, Accounts.ResellerProvision, provided),
            postings
        );
        Provision += provided;
    }

    public void Save(DbConnection connection)
    {
        var changed = connection.Execute(
            """
            UPDATE reseller SET available = @available, held = @held, in_payout = @in_payout,
                debt = @debt, provision = @provision, matured_to = @matured_to,
                version = version + 1
            WHERE id = @id AND version = @version
            """,
            ("available", Available.Value),
            ("held", Held.Value),
            ("in_payout", InPayout.Value),
            ("debt", Debt.Value),
            ("provision", Provision.Value),
            ("matured_to", MaturedTo),
            ("id", Id),
            ("version", Version)
        );
        Invariant.Holds(changed == 1, "a locked reseller changes under nobody's hands");
        Version++;
    }

    private void PayDebt(DbConnection connection, ResellerMove cause, Postings postings)
    {
        var paid = NanoUsd.Min(Available, Debt);
        var move = cause with { Id = "reseller_debt:" + cause.Id, Kind = "reseller_debt" };
        Transfers.Post(
            connection,
            TransferOf(move, Accounts.Available(Id), Accounts.ResellerDebtOf(Id), paid),
            postings
        );
        Available -= paid;
        Debt -= paid;
        var back = NanoUsd.Max(NanoUsd.Zero, Provision - Debt);
        Transfers.Post(
            connection,
            TransferOf(move, Accounts.ResellerProvision, Accounts.ResellerLoss, back) with
            {
                Id = "reseller_loss_back:" + cause.Id,
                Kind = "reseller_loss",
            },
            postings
        );
        Provision -= back;
    }

    // A version is never seen twice, so that neither is the id made of it.
    private string Once(string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{what}:{Id}:{Version}");

    private const string SelectSql = """
        SELECT id, currency, available, held, in_payout, debt, provision, matured_to, version
        FROM reseller
        """;

    private static Reseller Read(DbDataReader row) =>
        new()
        {
            Id = row.GetString(0),
            Currency = row.GetString(1),
            Available = new(row.GetInt64(2)),
            Held = new(row.GetInt64(3)),
            InPayout = new(row.GetInt64(4)),
            Debt = new(row.GetInt64(5)),
            Provision = new(row.GetInt64(6)),
            MaturedTo = row.GetInt64(7),
            Version = row.GetInt64(8),
        };
}

/// <summary>Money between a reseller and another account, with the event that moves it.</summary>
internal sealed record ResellerMove
{
    public required string Id { get; init; }

    public string Group { get; init; } = "";

    /// <summary>Whose statement shows it; the reseller's own where it touches no wallet.</summary>
    public string? Project { get; init; }

    public required string Kind { get; init; }

    /// <summary>The account on the other side.</summary>
    public required string Other { get; init; }

    public required NanoUsd Amount { get; init; }

    public string? External { get; init; }

    public required long At { get; init; }
}
