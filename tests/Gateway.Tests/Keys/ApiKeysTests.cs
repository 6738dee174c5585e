using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;

namespace Arda.Gateway.Tests.Keys;

public sealed class ApiKeysTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_minted_key_speaks_for_its_owner_and_project(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, KeysSchema.Migrations);
        await using var node = await KeyNode.StartAsync(store.Database);

        var minted = await node.MintAsync(
            KeyNode.Wish with
            {
                MonthlyLimit = NanoUsd.FromCents(500),
                RequestsPerMinute = 30,
            }
        );
        var caller = await node.CallerAsync(minted.Secret);

        Assert.Equal(minted.Key.Id, caller.Key);
        Assert.Equal(("usr_a", "prj_a"), (caller.Owner.Value, caller.Project.Value));
        Assert.Equal((30, NanoUsd.FromCents(500)), (caller.RequestsPerMinute, caller.MonthlyLimit));
        Assert.True(caller.MayReadBalance);
        Assert.Null(caller.SpendingDenied);
        Assert.Null(caller.Lacks(Scopes.Inference));
        Assert.Equal(
            ["profile"],
            Assert.IsType<Denial.InsufficientScope>(caller.Lacks(Scopes.Profile)).Missing
        );
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task The_store_holds_the_hash_and_the_hint_but_never_the_key(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, KeysSchema.Migrations);
        await using var node = await KeyNode.StartAsync(store.Database);
        var minted = await node.MintAsync();

        await using var connection = await store.Database.OpenAsync(Ct);
        var columns = connection.QueryOne(
            "SELECT * FROM api_key",
            row => Enumerable.Range(0, row.FieldCount).Select(i => row[i].ToString() ?? "").ToList()
        )!;

        Assert.DoesNotContain(columns, text => text.Contains(minted.Secret[6..20]));
        Assert.Contains(Secrets.HashOf(minted.Secret).ToString(), columns);
        Assert.Contains(Secrets.HintOf(minted.Secret), columns);
        Assert.DoesNotContain(minted.Secret, minted.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task After_a_revocation_is_answered_the_key_is_refused(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, KeysSchema.Migrations);
        await using var node = await KeyNode.StartAsync(store.Database);
        var minted = await node.MintAsync();
        await node.CallerAsync(minted.Secret);

        Assert.True(await node.Keys.RevokeAsync(minted.Key.Id, RevokeReason.Owner, Ct));

        Assert.IsType<Denial.KeyRevoked>(await node.DenialAsync(minted.Secret));
        Assert.Contains((minted.Key.Id, new Denial.KeyRevoked()), node.Withdrawn);
        Assert.NotNull(node.Keys.RevokedLately(minted.Key.Id));
        var shown = await node.Keys.FindAsync(minted.Key.Id, Ct);
        Assert.Equal(RevokeReason.Owner, shown!.RevokedBecause);
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Revoking_again_keeps_the_first_reason_and_an_unknown_id_is_said(
        StoreKind kind
    )
    {
        await using var store = await Stores.OpenAsync(kind, KeysSchema.Migrations);
        await using var node = await KeyNode.StartAsync(store.Database);
        var minted = await node.MintAsync();

        await node.Keys.RevokeAsync(minted.Key.Id, RevokeReason.Leaked, Ct);
        Assert.True(await node.Keys.RevokeAsync(minted.Key.Id, RevokeReason.Owner, Ct));
        Assert.False(await node.Keys.RevokeAsync(KeyId.New(), RevokeReason.Owner, Ct));

        var shown = await node.Keys.FindAsync(minted.Key.Id, Ct);
        Assert.Equal(RevokeReason.Leaked, shown!.RevokedBecause);
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_rolled_key_has_the_rights_of_the_old_one_which_dies_at_once_or_in_time(
        StoreKind kind
    )
    {
        var clock = new HandClock();
        await using var store = await Stores.OpenAsync(kind, clock, KeysSchema.Migrations);
        await using var node = await KeyNode.StartAsync(store.Database, clock);
        var first = await node.MintAsync(KeyNode.Wish with { RequestsPerMinute = 7 });
        await node.CallerAsync(first.Secret);

        var second = Value(await node.Keys.RollAsync(first.Key.Id, TimeSpan.FromHours(2), Ct));
        Assert.Equal(7, (await node.CallerAsync(second.Secret)).RequestsPerMinute);
        await node.CallerAsync(first.Secret);
        clock.Advance(TimeSpan.FromHours(2));
        Assert.IsType<Denial.KeyExpired>(await node.DenialAsync(first.Secret));

        var third = Value(await node.Keys.RollAsync(second.Key.Id, TimeSpan.Zero, Ct));
        Assert.IsType<Denial.KeyRevoked>(await node.DenialAsync(second.Secret));
        await node.CallerAsync(third.Secret);

        var dead = await node.Keys.RollAsync(second.Key.Id, TimeSpan.Zero, Ct);
        Assert.True(dead.Denied(out var denial, out _));
        Assert.IsType<Denial.NotFound>(denial);
        Assert.Equal(
            new[] { first, second, third }.Select(m => m.Key.Id).ToHashSet(),
            (await node.Keys.ListAsync(first.Key.Project, Ct)).Select(k => k.Id).ToHashSet()
        );
    }

    [Fact]
    public async Task A_key_expires_on_time_even_while_it_is_remembered()
    {
        var clock = new HandClock();
        await using var store = await Stores.OpenAsync(
            StoreKind.Sqlite,
            clock,
            KeysSchema.Migrations
        );
        await using var node = await KeyNode.StartAsync(store.Database, clock);
        var minted = await node.MintAsync(
            KeyNode.Wish with
            {
                ExpiresAt = clock.GetUtcNow() + TimeSpan.FromMinutes(5),
            }
        );
        await node.CallerAsync(minted.Secret);

        clock.Advance(TimeSpan.FromMinutes(5));
        await node.Feed.PollAsync(Ct);

        Assert.IsType<Denial.KeyExpired>(await node.DenialAsync(minted.Secret));
    }

    [Fact]
    public async Task A_key_that_nobody_used_for_ninety_days_has_expired_and_a_used_one_has_not()
    {
        var clock = new HandClock();
        await using var store = await Stores.OpenAsync(
            StoreKind.Sqlite,
            clock,
            KeysSchema.Migrations
        );
        await using var node = await KeyNode.StartAsync(store.Database, clock);
        var idle = await node.MintAsync();
        var used = await node.MintAsync();

        for (var month = 0; month < 4; month++)
        {
            await node.CallerAsync(used.Secret);
            await node.Uses.WriteAsync();
            clock.Advance(TimeSpan.FromDays(30));
        }

        Assert.IsType<Denial.KeyExpired>(await node.DenialAsync(idle.Secret));
        await node.CallerAsync(used.Secret);
        var shown = await node.Keys.FindAsync(used.Key.Id, Ct);
        Assert.Equal(
            DateOnly.FromDateTime((clock.GetUtcNow() - TimeSpan.FromDays(30)).UtcDateTime),
            shown!.LastUsedOn
        );
    }

    [Fact]
    public async Task A_known_key_is_answered_from_memory_without_waiting_or_allocating()
    {
        await using var store = await Stores.OpenAsync(StoreKind.Sqlite, KeysSchema.Migrations);
        await using var node = await KeyNode.StartAsync(store.Database);
        var secret = (await node.MintAsync()).Secret.AsMemory();
        await node.CallerAsync(secret.ToString());
        await node.SqlAsync("DELETE FROM api_key");
        Hits(node, secret, 1_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var hits = Hits(node, secret, 1_000);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(1_000, hits);
        Assert.InRange(allocated, 0, 1_000);
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_node_that_hears_nothing_of_changes_asks_the_store_each_time(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, KeysSchema.Migrations);
        await using var node = KeyNode.Deaf(store.Database, TimeProvider.System);
        var minted = await node.MintAsync();
        await node.CallerAsync(minted.Secret);

        await node.SqlAsync("UPDATE api_key SET revoked_at = 1, revoked_reason = 'Operator'");

        Assert.IsType<Denial.KeyRevoked>(await node.DenialAsync(minted.Secret));
    }

    [Fact]
    public async Task A_store_that_is_away_is_never_told_as_a_bad_key()
    {
        await using var store = await Stores.OpenAsync(StoreKind.Sqlite, KeysSchema.Migrations);
        await using var node = await KeyNode.StartAsync(store.Database);
        await node.SqlAsync("ALTER TABLE api_key RENAME TO api_key_gone");

        var denial = await node.DenialAsync(Secrets.New(Secrets.ApiKey));

        Assert.IsType<Denial.LedgerUnavailable>(denial);
    }

    [Fact]
    public async Task A_flood_of_well_formed_unknown_keys_takes_bounded_memory_and_no_good_key_out()
    {
        await using var store = await Stores.OpenAsync(StoreKind.Sqlite, KeysSchema.Migrations);
        await using var node = await KeyNode.StartAsync(
            store.Database,
            options: new KeyOptions { UnknownRememberedMax = 64 }
        );
        var good = await node.MintAsync();
        await node.CallerAsync(good.Secret);

        for (var i = 0; i < 1_000; i++)
        {
            Assert.IsType<Denial.InvalidKey>(await node.DenialAsync(Secrets.New(Secrets.ApiKey)));
        }

        Assert.InRange(node.Keys.Known.UnknownCount, 1, 65);
        Assert.Equal(1, node.Keys.Known.Count);
    }

    [Fact]
    public async Task More_keys_than_are_remembered_all_still_work()
    {
        await using var store = await Stores.OpenAsync(StoreKind.Sqlite, KeysSchema.Migrations);
        await using var node = await KeyNode.StartAsync(
            store.Database,
            options: new KeyOptions { RememberedMax = 16 }
        );
        var keys = new List<MintedKey>();
        for (var i = 0; i < 50; i++)
        {
            keys.Add(await node.MintAsync());
        }

        foreach (var key in keys.Concat(keys))
        {
            Assert.Equal(key.Key.Id, (await node.CallerAsync(key.Secret)).Key);
        }

        Assert.InRange(node.Keys.Known.Count, 1, 17);
    }

    [Theory]
    [InlineData("", "laptop", "name")]
    [InlineData("inference", "", "name")]
    [InlineData("inference root", "laptop", "scopes")]
    public async Task A_wish_that_cannot_be_granted_is_refused_by_its_member(
        string scopes,
        string name,
        string param
    )
    {
        await using var store = await Stores.OpenAsync(StoreKind.Sqlite, KeysSchema.Migrations);
        await using var node = await KeyNode.StartAsync(store.Database);
        var outcome = await node.Keys.MintAsync(
            KeyNode.Wish with
            {
                Name = name,
                Scopes = Scopes.Read(scopes),
            }
        );
        Assert.True(outcome.Denied(out var denial, out _));
        Assert.Equal(
            scopes.Length == 0 ? "scopes" : param,
            Assert.IsType<Denial.InvalidRequest>(denial).Param
        );
    }

    private static int Hits(KeyNode node, ReadOnlyMemory<char> secret, int times)
    {
        var hits = 0;
        for (var i = 0; i < times; i++)
        {
            var asked = node.Keys.AuthenticateAsync(secret, default, CancellationToken.None);
            hits += asked.IsCompletedSuccessfully && !asked.Result.Denied(out _, out _) ? 1 : 0;
        }

        return hits;
    }

    private static T Value<T>(Outcome<T> outcome)
        where T : class
    {
        Assert.False(outcome.Denied(out var denial, out var value), denial?.ToString());
        return value!;
    }
}
