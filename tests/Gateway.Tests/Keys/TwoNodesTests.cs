using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;

namespace Arda.Gateway.Tests.Keys;

/// <summary>Two nodes, each with connections of its own to one PostgreSQL.</summary>
public sealed class TwoNodesTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_revoked_on_one_node_is_refused_on_the_other_when_the_answer_comes()
    {
        await using var store = await Stores.OpenAsync(StoreKind.Postgres, KeysSchema.Migrations);
        await using var second = Database.Open(store.Options, TimeProvider.System);
        await using var here = await KeyNode.StartAsync(store.Database);
        await using var there = await KeyNode.StartAsync(second);

        for (var round = 0; round < 20; round++)
        {
            var minted = await here.MintAsync();
            await there.CallerAsync(minted.Secret);

            await here.Keys.RevokeAsync(minted.Key.Id, RevokeReason.Owner, Ct);

            Assert.IsType<Denial.KeyRevoked>(await there.DenialAsync(minted.Secret));
            Assert.Contains((minted.Key.Id, new Denial.KeyRevoked()), there.Withdrawn);
        }
    }

    [Fact]
    public async Task A_node_that_lost_the_change_log_refuses_it_too()
    {
        await using var store = await Stores.OpenAsync(StoreKind.Postgres, KeysSchema.Migrations);
        await using var second = Database.Open(store.Options, TimeProvider.System);
        await using var here = await KeyNode.StartAsync(store.Database);
        var there = await KeyNode.StartAsync(second);
        var minted = await here.MintAsync();
        await there.CallerAsync(minted.Secret);
        await there.Feed.DisposeAsync();

        await here.Keys.RevokeAsync(minted.Key.Id, RevokeReason.Owner, Ct);

        Assert.False(there.Feed.IsFresh);
        Assert.IsType<Denial.KeyRevoked>(await there.DenialAsync(minted.Secret));
    }

    [Fact]
    public async Task No_request_is_let_in_after_the_answer_while_others_keep_asking()
    {
        await using var store = await Stores.OpenAsync(StoreKind.Postgres, KeysSchema.Migrations);
        await using var second = Database.Open(store.Options, TimeProvider.System);
        await using var here = await KeyNode.StartAsync(store.Database);
        await using var there = await KeyNode.StartAsync(second);
        for (var round = 0; round < 10; round++)
        {
            var minted = await here.MintAsync();
            var revoked = 0;
            var late = 0;
            var asking = Task.Run(
                async () =>
                {
                    // Asks without end, so that reads and revocations meet in every order.
                    for (var after = 0; after < 50; )
                    {
                        var wasRevoked = Volatile.Read(ref revoked) == 1;
                        var outcome = await there.AskAsync(minted.Secret);
                        late += wasRevoked && !outcome.Denied(out _, out _) ? 1 : 0;
                        after += wasRevoked ? 1 : 0;
                    }
                },
                Ct
            );
            await here.Keys.RevokeAsync(minted.Key.Id, RevokeReason.Leaked, Ct);
            Volatile.Write(ref revoked, 1);
            await asking;
            Assert.Equal(0, late);
        }
    }
}
