using System.Globalization;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Keys;

/// <summary>The Keys room of one node, over a store that it may share with others.</summary>
internal sealed class KeyNode : IAsyncDisposable
{
    private static int s_nodes;

    private KeyNode(Database database, TimeProvider time, KeyOptions options)
    {
        var number = Interlocked.Increment(ref s_nodes).ToString(CultureInfo.InvariantCulture);
        Database = database;
        Feed = new ChangeFeed(database, "node-" + number, time);
        Uses = new KeyUses(database, time);
        Keys = new ApiKeys(database, Feed, options, Uses, time);
        Connections = new Connections(database, Feed, Keys);
        Keys.OnWithdrawn((key, why) => Withdrawn.Enqueue((key, why)));
    }

    public Database Database { get; }

    public ChangeFeed Feed { get; }

    public ApiKeys Keys { get; }

    public KeyUses Uses { get; }

    public Connections Connections { get; }

    public System.Collections.Concurrent.ConcurrentQueue<(KeyId, Denial)> Withdrawn { get; } = [];

    public static NewKey Wish { get; } =
        new()
        {
            Owner = new UserId("usr_a"),
            Project = new ProjectId("prj_a"),
            Name = "laptop",
        };

    /// <summary>A node that follows the change log.</summary>
    public static async Task<KeyNode> StartAsync(
        Database database,
        TimeProvider? time = null,
        KeyOptions? options = null
    )
    {
        var node = new KeyNode(database, time ?? TimeProvider.System, options ?? new());
        await node.Feed.StartAsync(TestContext.Current.CancellationToken);
        return node;
    }

    /// <summary>A node that hears nothing of changes, so its memory is never to be trusted.</summary>
    public static KeyNode Deaf(Database database, TimeProvider time) => new(database, time, new());

    public async Task<MintedKey> MintAsync(NewKey? wish = null)
    {
        var minted = await Keys.MintAsync(wish ?? Wish);
        Assert.False(minted.Denied(out var denial, out var key), denial?.ToString());
        return key!;
    }

    public async Task<Caller> CallerAsync(string secret)
    {
        var outcome = await AskAsync(secret);
        Assert.False(outcome.Denied(out var denial, out var caller), denial?.ToString());
        return caller!;
    }

    public async Task<Denial> DenialAsync(string secret)
    {
        var outcome = await AskAsync(secret);
        Assert.True(outcome.Denied(out var denial, out _));
        return denial!;
    }

    public ValueTask<Outcome<Caller>> AskAsync(string secret) =>
        Keys.AuthenticateAsync(secret.AsMemory(), default, TestContext.Current.CancellationToken);

    /// <summary>Behind the room's back: no change is logged.</summary>
    public Task<int> SqlAsync(string sql) =>
        Database.WriteAsync(connection => connection.Execute(sql));

    public ValueTask DisposeAsync() => Feed.DisposeAsync();
}
