using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;

namespace Arda.Gateway.Tests.OAuth;

/// <summary>A store that fails in the middle, made by a trigger on the keys of one app.</summary>
public sealed class OAuthFaultTests(OAuthWorlds worlds)
{
    public static TheoryData<StoreKind> Both => Stores.Both;

    [Theory]
    [OAuthCase("TK16")]
    [MemberData(nameof(Both))]
    public async Task When_the_key_cannot_be_made_the_code_is_not_used_up(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        const string Name = "Trap of keys";
        var app = await world.AppAsync(with: about => about with { Name = Name });
        var code = await world.CodeAsync(app, await world.PersonAsync());
        await using (await TrapAsync(world, "INSERT", Name))
        {
            var failed = await world.RedeemAsync(app, code);
            Assert.Contains(failed.Status, new[] { 500, 503 });
            failed.IsOAuthError(failed.Status, failed.Error!);
            Assert.Contains(failed.Error, new[] { "server_error", "temporarily_unavailable" });
        }

        Assert.Equal(200, (await world.RedeemAsync(app, code)).Status);
        Assert.Equal(
            1,
            await world.CountAsync(
                "SELECT COUNT(*) FROM api_key WHERE app = @app",
                ("app", app.Id.Value)
            )
        );
    }

    [Theory]
    [OAuthCase("RV05", "LG04")]
    [MemberData(nameof(Both))]
    public async Task A_revocation_that_failed_is_never_called_done(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        const string Name = "Trap of revocations";
        var app = await world.AppAsync(with: about => about with { Name = Name });
        var key = await RevocationTests.KeyAsync(world, app);
        (string, string?)[] form = [("token", key), ("client_id", app.Id.Value)];
        await using (await TrapAsync(world, "UPDATE", Name))
        {
            var failed = await world.PostAsync("/oauth/revoke", form);
            failed.IsOAuthError(503, "temporarily_unavailable");
            Assert.NotNull(failed.Header("Retry-After"));
            Assert.DoesNotContain("trap", failed.Body, StringComparison.OrdinalIgnoreCase);
            Assert.Equal(200, await world.StatusOfKeyAsync(key));
        }

        Assert.Equal(200, (await world.PostAsync("/oauth/revoke", form)).Status);
        Assert.Equal(401, await world.StatusOfKeyAsync(key));
    }

    [Fact]
    [OAuthCase("RV05")]
    public async Task While_the_server_of_the_store_is_down_nothing_is_called_revoked()
    {
        using var cluster = PostgresCluster.Start(isDurable: false);
        Assert.SkipWhen(cluster is null, "PostgreSQL is not installed.");
        await using var world = await OAuthWorld.StartAsync(
            StoreKind.Postgres,
            cluster.CreateDatabase()
        );
        await AssertNeverDoneAsync(
            world,
            () => cluster.StopImmediately(),
            () => cluster.Boot(isDurable: false)
        );
    }

    [Fact]
    [OAuthCase("RV05")]
    public async Task While_the_file_of_the_store_is_read_only_nothing_is_called_revoked()
    {
        await using var world = await OAuthWorld.StartAsync(StoreKind.Sqlite);
        // A read-only store does not even begin a write, so its one writer is told from outside.
        var writer = await world.Host.Database.WriteAsync(connection => connection);
        await AssertNeverDoneAsync(
            world,
            () => writer.ExecuteScript("PRAGMA query_only = 1"),
            () => writer.ExecuteScript("PRAGMA query_only = 0")
        );
    }

    private static async Task AssertNeverDoneAsync(OAuthWorld world, Action breaks, Action mends)
    {
        var app = await world.AppAsync();
        var (key, other) = (
            await RevocationTests.KeyAsync(world, app),
            await RevocationTests.KeyAsync(world, app)
        );
        (string, string?)[] form = [("token", key), ("client_id", app.Id.Value)];
        breaks();
        var failed = await world.PostAsync("/oauth/revoke", form);
        failed.IsOAuthError(503, "temporarily_unavailable");
        Assert.NotNull(failed.Header("Retry-After"));
        var self = await world.PostAsync(
            "/v1/keys/self/revoke",
            [],
            ("Authorization", "Bearer " + other)
        );
        Assert.Equal(503, self.Status);
        Assert.NotNull(self.Header("Retry-After"));

        mends();
        Assert.Equal(200, await world.StatusOfKeyAsync(key));
        Assert.Equal(200, (await world.PostAsync("/oauth/revoke", form)).Status);
        Assert.Equal(401, await world.StatusOfKeyAsync(key));
    }

    private static async Task<Trap> TrapAsync(OAuthWorld world, string act, string name)
    {
        var database = world.Host.Database;
        var trigger = "trap_" + act;
        await RunAsync(
            database,
            database.Kind is StoreKind.Sqlite
                ? $"""
                CREATE TRIGGER {trigger} BEFORE {act} ON api_key WHEN NEW.name = '{name}'
                BEGIN SELECT RAISE(ABORT, 'trap'); END
                """
                : $"""
                CREATE FUNCTION {trigger}() RETURNS trigger AS
                  'BEGIN RAISE EXCEPTION ''trap''; END' LANGUAGE plpgsql;
                CREATE TRIGGER {trigger} BEFORE {act} ON api_key FOR EACH ROW
                  WHEN (NEW.name = '{name}') EXECUTE FUNCTION {trigger}();
                """
        );
        return new Trap(database, trigger);
    }

    private static Task<bool> RunAsync(Database database, string sql) =>
        database.WriteAsync(connection =>
        {
            connection.ExecuteScript(sql);
            return true;
        });

    private sealed class Trap(Database database, string trigger) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() =>
            await RunAsync(
                database,
                database.Kind is StoreKind.Sqlite
                    ? $"DROP TRIGGER {trigger}"
                    : $"DROP TRIGGER {trigger} ON api_key; DROP FUNCTION {trigger}()"
            );
    }
}
