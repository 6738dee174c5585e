using System.Globalization;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Storage;

public sealed class DatabaseTests
{
    private static readonly Migration Notes = new(
        "notes-0001",
        "CREATE TABLE note(id TEXT PRIMARY KEY, amount BIGINT NOT NULL CHECK(amount >= 0))"
    );

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Work_that_fails_takes_none_of_its_neighbours_with_it(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, Notes);

        var writes = Enumerable.Range(0, 200).Select(i => Insert(store, i, i % 7 == 3 ? -1 : i));
        var failed = 0;
        foreach (var write in writes.ToList())
        {
            try
            {
                await write;
            }
            catch (Exception exception) when (Sql.IsConstraintViolation(exception))
            {
                failed++;
            }
        }

        await using var connection = await store.Database.OpenAsync(Ct);
        var booked = connection.QueryOne("SELECT COUNT(*) FROM note", row => row.GetInt64(0));
        Assert.Equal(200 - failed, booked);
        Assert.Equal(29, failed);
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_write_that_throws_leaves_no_trace_of_its_first_half(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, Notes);

        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            store.Database.WriteAsync<int>(connection =>
            {
                connection.Execute("INSERT INTO note(id, amount) VALUES('half', 1)");
                throw new InvalidOperationException("on purpose");
            })
        );

        await using var reader = await store.Database.OpenAsync(Ct);
        Assert.Equal(0, reader.QueryOne("SELECT COUNT(*) FROM note", row => row.GetInt64(0)));
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_hundred_parallel_withdrawals_from_thirty_succeed_thirty_times(
        StoreKind kind
    )
    {
        await using var store = await Stores.OpenAsync(kind, Notes);
        await Insert(store, 0, 30);

        var taken = await Task.WhenAll(
            Enumerable
                .Range(0, 100)
                .Select(_ =>
                    store.Database.WriteAsync(connection =>
                        connection.Execute(
                            "UPDATE note SET amount = amount - 1 WHERE id = '0' AND amount >= 1"
                        )
                    )
                )
        );

        Assert.Equal(30, taken.Sum());
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Two_nodes_that_start_at_once_migrate_once(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind);
        await using var other =
            kind is StoreKind.Postgres ? Database.Open(store.Options, TimeProvider.System) : null;

        await Task.WhenAll(
            store.Database.MigrateAsync([Notes], Ct),
            (other ?? store.Database).MigrateAsync([Notes], Ct)
        );

        await using var connection = await store.Database.OpenAsync(Ct);
        var times = connection.QueryOne(
            "SELECT COUNT(*) FROM migration WHERE id = 'notes-0001'",
            row => row.GetInt64(0)
        );
        Assert.Equal(1, times);
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Many_rows_in_one_go_report_which_of_them_were_new(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, Notes);
        await Insert(store, 2, 1);

        var changed = await store.Database.WriteAsync(connection =>
            connection.ExecuteMany(
                "INSERT INTO note(id, amount) VALUES(@id, @amount) ON CONFLICT(id) DO NOTHING",
                ["id", "amount"],
                [
                    ["1", 1L],
                    ["2", 1L],
                    ["3", 1L],
                ]
            )
        );

        Assert.Equal([1, 0, 1], changed);
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Every_listener_hears_of_a_change_well_before_its_next_poll(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, Notes);
        await using var feed = new ChangeFeed(store.Database, "a", TimeProvider.System);
        var heard = new TaskCompletionSource<Change>();
        feed.Subscribe(change => heard.TrySetResult(change));
        await feed.StartAsync(Ct);

        var seq = await store.Database.WriteAsync(connection =>
            store.Database.Record(connection, "key", "key_1")
        );
        await feed.SeenByAllAsync(seq, Ct);

        var change = await heard.Task.WaitAsync(TimeSpan.FromSeconds(5), Ct);
        Assert.Equal(new Change(seq, "key", "key_1"), change);
        Assert.True(feed.IsFresh);
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_node_that_was_away_for_longer_than_the_log_keeps_forgets_everything(
        StoreKind kind
    )
    {
        await using var store = await Stores.OpenAsync(kind);
        await using var feed = new ChangeFeed(store.Database, "n", TimeProvider.System);
        List<Change> heard = [];
        feed.Subscribe(heard.Add);
        for (var i = 0; i < 3; i++)
        {
            await store.Database.WriteAsync(c => store.Database.Record(c, "key", "k"));
        }

        // What it missed is gone from the log but for the last entry.
        await store.Database.WriteAsync(c => c.Execute("DELETE FROM change WHERE seq < 3"));
        await feed.PollAsync(Ct);
        Assert.Equal([Change.Everything, "key"], heard.Select(change => change.Kind));

        heard.Clear();
        await store.Database.WriteAsync(c => store.Database.Record(c, "key", "k"));
        await feed.PollAsync(Ct);
        Assert.Equal(["key"], heard.Select(change => change.Kind));
    }

    [Fact]
    public async Task A_second_owner_of_a_data_directory_is_told_which_one_and_by_whom()
    {
        await using var store = await Stores.OpenAsync(StoreKind.Sqlite);

        var refusal = Assert.Throws<DataDirectoryInUseException>(() =>
            Database.Open(store.Options, TimeProvider.System)
        );

        Assert.Contains(store.Options.DataDirectory!, refusal.Message, StringComparison.Ordinal);
        var pid = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        Assert.Contains("process " + pid, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("another data directory", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_store_opens_again_with_all_that_was_committed()
    {
        await using var store = await Stores.OpenAsync(StoreKind.Sqlite, Notes);
        await Insert(store, 1, 42);

        await store.ReopenAsync();

        await using var connection = await store.Database.OpenAsync(Ct);
        var amount = connection.QueryOne("SELECT amount FROM note", row => row.GetInt64(0));
        Assert.Equal(42, amount);
    }

    private static Task<int> Insert(TestStore store, int id, int amount) =>
        store.Database.WriteAsync(connection =>
            connection.Execute(
                "INSERT INTO note(id, amount) VALUES(@id, @amount)",
                ("id", id.ToString(CultureInfo.InvariantCulture)),
                ("amount", amount)
            )
        );
}
