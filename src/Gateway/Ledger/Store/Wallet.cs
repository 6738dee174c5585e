using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger.Store;

/// <summary>
/// A wallet's row, locked for this transaction. Changed in memory and saved once; the table's CHECKs
/// refuse what would overspend it.
/// </summary>
internal sealed class Wallet
{
    /// <summary>Counts the changes of this row.</summary>
    public required long Version { get; set; }

    public required string Project { get; init; }

    public required string Currency { get; init; }

    public required string State { get; set; }

    public string? FrozenBy { get; set; }

    public Funds In { get; set; }

    public Funds Out { get; set; }

    public Funds Leased { get; set; }

    public NanoUsd Debt { get; set; }

    public long? PromoExpiresAt { get; set; }

    public bool IsActive => State == "active";

    /// <summary>Neither spent nor lent to a node.</summary>
    public Funds Free => In - Out - Leased;

    public NanoUsd FreeOf(string lotClass) => lotClass == Lots.Paid ? Free.Paid : Free.Promo;

    public void TakeOut(string lotClass, NanoUsd amount) =>
        Out += lotClass == Lots.Paid ? new(amount, default) : new(default, amount);

    public void PutIn(string lotClass, NanoUsd amount) =>
        In += lotClass == Lots.Paid ? new(amount, default) : new(default, amount);

    public static void Open(DbConnection connection, string project, string currency) =>
        connection.Execute(
            """
            INSERT INTO wallet(project, currency, state, paid_in, paid_out, paid_leased,
                promo_in, promo_out, promo_leased, debt, version)
            VALUES(@project, @currency, 'active', 0, 0, 0, 0, 0, 0, 0, 0)
            ON CONFLICT(project) DO NOTHING
            """,
            ("project", project),
            ("currency", currency)
        );

    public static Wallet? Lock(DbConnection connection, string project) =>
        connection.QueryOne(
            $"{SelectSql} WHERE project = @project{connection.ForUpdate()}",
            Read,
            ("project", project)
        );

    public void Save(DbConnection connection)
    {
        var changed = connection.Execute(
            """
            UPDATE wallet SET state = @state, frozen_by = @frozen_by,
                paid_in = @paid_in, paid_out = @paid_out, paid_leased = @paid_leased,
                promo_in = @promo_in, promo_out = @promo_out, promo_leased = @promo_leased,
                debt = @debt, promo_expires_at = @promo_expires_at, version = version + 1
            WHERE project = @project AND version = @version
            """,
            ("state", State),
            ("frozen_by", FrozenBy),
            ("paid_in", In.Paid.Value),
            ("paid_out", Out.Paid.Value),
            ("paid_leased", Leased.Paid.Value),
            ("promo_in", In.Promo.Value),
            ("promo_out", Out.Promo.Value),
            ("promo_leased", Leased.Promo.Value),
            ("debt", Debt.Value),
            ("promo_expires_at", PromoExpiresAt),
            ("project", Project),
            ("version", Version)
        );
        Invariant.Holds(changed == 1, "a locked wallet changes under nobody's hands");
        Version++;
    }

    private const string SelectSql = """
        SELECT project, currency, state, frozen_by, paid_in, paid_out, paid_leased,
            promo_in, promo_out, promo_leased, debt, promo_expires_at, version
        FROM wallet
        """;

    private static Wallet Read(DbDataReader row) =>
        new()
        {
            Project = row.GetString(0),
            Currency = row.GetString(1),
            State = row.GetString(2),
            FrozenBy = row.TextOrNull(3),
            In = new(new(row.GetInt64(4)), new(row.GetInt64(7))),
            Out = new(new(row.GetInt64(5)), new(row.GetInt64(8))),
            Leased = new(new(row.GetInt64(6)), new(row.GetInt64(9))),
            Debt = new(row.GetInt64(10)),
            PromoExpiresAt = row.LongOrNull(11),
            Version = row.GetInt64(12),
        };
}
