using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Storage;

/// <summary>Both stores, for <c>[MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]</c>.</summary>
public static class Stores
{
    public static TheoryData<StoreKind> Both => [StoreKind.Sqlite, StoreKind.Postgres];

    /// <summary>An empty store of the test's own, deleted when disposed.</summary>
    public static Task<TestStore> OpenAsync(
        StoreKind kind,
        params IEnumerable<Migration> migrations
    ) => OpenAsync(kind, TimeProvider.System, migrations);

    public static async Task<TestStore> OpenAsync(
        StoreKind kind,
        TimeProvider time,
        params IEnumerable<Migration> migrations
    )
    {
        var store = new TestStore(Options(kind), time);
        await store.Database.MigrateAsync(
            [.. ChangeLog.Migrations, .. migrations],
            TestContext.Current.CancellationToken
        );
        return store;
    }

    private static StorageOptions Options(StoreKind kind)
    {
        if (kind is StoreKind.Sqlite)
        {
            return new() { DataDirectory = Directory.CreateTempSubdirectory("arda-db-").FullName };
        }

        if (PostgresCluster.ForThisRun is not { } cluster)
        {
            Assert.Skip("PostgreSQL is not installed (no initdb in /usr/lib/postgresql/*/bin).");
            throw new InvalidOperationException("Unreachable.");
        }

        return new() { PostgresConnectionString = cluster.CreateDatabase() };
    }
}

public sealed class TestStore(StorageOptions options, TimeProvider time) : IAsyncDisposable
{
    public StorageOptions Options { get; } = options;

    public Database Database { get; private set; } = Database.Open(options, time);

    public async Task<long> CountAsync(string sql)
    {
        await using var connection = await Database.OpenAsync(CancellationToken.None);
        return connection.QueryOne(sql, row => row.GetInt64(0));
    }

    /// <summary>As another node, or as the same one after a restart, would open it.</summary>
    public async Task ReopenAsync()
    {
        await Database.DisposeAsync();
        Database = Database.Open(Options, time);
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        if (Options.DataDirectory is { } directory)
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
