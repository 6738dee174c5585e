using Arda.Gateway.Ledger;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;
using Npgsql;

namespace Arda.Gateway.Tests.Simulation;

/// <summary>The same day on both stores leaves the same rows.</summary>
public sealed class TwoStoresTests
{
    private const int Steps = 600;

    [Theory]
    [InlineData(3)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(29)]
    public async Task The_same_seed_writes_the_same_rows_on_SQLite_and_PostgreSQL(int seed)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var opened = await Stores.OpenAsync(
            StoreKind.Postgres,
            LedgerSchema.Migrations
        );
        await using var connection = new NpgsqlConnection(
            opened.Options.PostgresConnectionString + ";Max Auto Prepare=100"
        );
        await connection.OpenAsync(ct);
        await using var postgres = new SimulatedStore(connection);
        await using var sqlite = new SimulatedStore();

        // A standby that is left behind is a matter of files that only one of them has here.
        new MoneySimulation((ulong)seed, sqlite, null, k => k with { HasFailover = false }).Run(
            Steps
        );
        new MoneySimulation((ulong)seed, postgres, null, k => k with { HasFailover = false }).Run(
            Steps
        );

        Assert.Equal(JournalText.Everything(sqlite), JournalText.Everything(postgres));
    }
}
