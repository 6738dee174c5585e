using System.Data.Common;
using System.Text.Json;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Arda.Gateway.Tests.Crash;

/// <summary>One row of the charge journal.</summary>
internal sealed record StoredCharge(
    string Id,
    long Seq,
    NanoUsd Charged,
    long InputTokens,
    string Outcome,
    string Source,
    bool IsCorrection
);

/// <summary>A wallet's own figures.</summary>
internal sealed record StoredWallet(NanoUsd In, NanoUsd Out, NanoUsd Leased, NanoUsd Unfolded)
{
    public NanoUsd Balance => In - Out - Unfolded;
}

/// <summary>Reads the books past the gateway, as an auditor would: through the database itself.</summary>
internal sealed class StoredBooks(string data, string? postgres)
{
    public List<StoredCharge> Charges() =>
        Read(
            """
            SELECT id, seq, paid + promo, usage_json, outcome, usage_source, reverses
            FROM charge ORDER BY id, seq
            """,
            row =>
            {
                using var usage = JsonDocument.Parse(row.GetString(3));
                return new StoredCharge(
                    row.GetString(0),
                    row.GetInt64(1),
                    new NanoUsd(row.GetInt64(2)),
                    usage.RootElement.GetProperty("input").GetInt64(),
                    row.GetString(4),
                    row.GetString(5),
                    !row.IsDBNull(6)
                );
            }
        );

    public StoredWallet Wallet() =>
        Read(
                """
                SELECT w.paid_in + w.promo_in, w.paid_out + w.promo_out,
                    w.paid_leased + w.promo_leased,
                    COALESCE((SELECT CAST(SUM(paid_used - paid_folded + promo_used - promo_folded)
                        AS BIGINT) FROM lease WHERE state = 'open'), 0)
                FROM wallet w
                """,
                row => new StoredWallet(
                    new(row.GetInt64(0)),
                    new(row.GetInt64(1)),
                    new(row.GetInt64(2)),
                    new(row.GetInt64(3))
                )
            )
            .Single();

    /// <summary>The one project that has a wallet.</summary>
    public string Project() => Read("SELECT project FROM wallet", row => row.GetString(0)).Single();

    public long Count(string from) =>
        Read("SELECT COUNT(*) FROM " + from, row => row.GetInt64(0)).Single();

    private List<T> Read<T>(string sql, Func<DbDataReader, T> read)
    {
        using DbConnection connection = postgres is null
            ? new SqliteConnection(
                $"Data Source={Path.Combine(data, "gateway.db")};Mode=ReadWrite;Pooling=false"
            )
            : new NpgsqlConnection(postgres + ";Pooling=false");
        connection.Open();
        return connection.Query(sql, read);
    }
}
