using System.Data.Common;
using Arda.Gateway.Ledger;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;
using Npgsql;

namespace Arda.Gateway.Tests.Ledger;

/// <summary>Any order of holds, charges, crashes and credits keeps every promise of the books.</summary>
public sealed class SeededLedgerTests
{
    private const int Steps = 400;

    [Fact]
    public void Whatever_happens_on_three_nodes_the_books_balance_after_it()
    {
        Dictionary<string, int> seen = new(StringComparer.Ordinal);
        for (ulong seed = 1; seed <= 40; seed++)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
            using var connection = OpenMemory();
            foreach (var (what, times) in Run(seed, connection).Seen)
            {
                seen[what] = seen.GetValueOrDefault(what) + times;
            }
        }

        // A run in which nothing went wrong would prove nothing.
        string[] expected = ["late", "unknown", "crash", "recall", "reclaim", "denied"];
        Assert.Empty(expected.Except(seen.Keys, StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_same_commands_write_the_same_journals_on_both_stores()
    {
        await using var store = await Stores.OpenAsync(StoreKind.Postgres, LedgerSchema.Migrations);
        await using var postgres = new NpgsqlConnection(store.Options.PostgresConnectionString);
        await postgres.OpenAsync(TestContext.Current.CancellationToken);
        using var sqlite = OpenMemory();

        Run(seed: 7, postgres);
        Run(seed: 7, sqlite);

        string[] journals =
        [
            "SELECT id || seq || paid || promo || absorbed || earned || flush FROM charge ORDER BY id, seq",
            "SELECT id || debit || credit || amount FROM transfer ORDER BY id",
            "SELECT id || prev_hash || hash FROM flush ORDER BY id",
            "SELECT id || currency || debits || credits FROM acct ORDER BY id",
            "SELECT project || paid_in || paid_out || promo_in || promo_out || debt FROM wallet ORDER BY project",
            "SELECT id || amount || drawn FROM lot ORDER BY id",
            "SELECT scope || subject || used || leased FROM spend ORDER BY scope, subject",
        ];
        foreach (var journal in journals)
        {
            var rows = sqlite.Query(journal, row => row.GetString(0));
            Assert.NotEmpty(rows);
            Assert.Equal(rows, postgres.Query(journal, row => row.GetString(0)));
        }
    }

    private static SeededLedger Run(ulong seed, DbConnection connection)
    {
        var ledger = new SeededLedger(seed, connection);
        for (var step = 0; step < Steps; step++)
        {
            ledger.Step();
            if (step % 100 == 0)
            {
                ledger.AssertBooks();
            }
        }

        ledger.Rest();
        ledger.AssertBooks();
        var leased = connection.QueryOne(
            "SELECT CAST(COALESCE(SUM(paid_leased + promo_leased), 0) AS BIGINT) FROM wallet",
            row => row.GetInt64(0)
        );
        Assert.Equal(0, leased);
        return ledger;
    }

    private static SqliteStoreConnection OpenMemory()
    {
        var connection = new SqliteStoreConnection("Data Source=:memory:");
        connection.Open();
        foreach (var migration in LedgerSchema.Migrations)
        {
            connection.ExecuteScript(migration.Sql);
        }

        return connection;
    }
}
