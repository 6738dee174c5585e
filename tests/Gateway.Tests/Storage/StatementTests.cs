using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Storage;

public sealed class StatementTests
{
    private const string Insert =
        "INSERT INTO thing(id, text, number) VALUES(@id, @text, @number) ON CONFLICT DO NOTHING";

    private static readonly Migration Things = new(
        "things-0001",
        "CREATE TABLE thing(id TEXT PRIMARY KEY, text TEXT, number BIGINT CHECK(number >= 0))"
    );

    private static readonly string[] s_names = ["id", "text", "number"];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_value_comes_back_as_it_was_written(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, Things);
        var same = new string('ä', 3);
        var large = string.Concat(Enumerable.Repeat("東京 €", 1_000));
        object?[][] rows =
        [
            ["a", same, long.MaxValue],
            ["b", same, 0],
            ["c", null, null],
            ["d", same, true],
            ["e", "", false],
            ["f", large, 7],
            ["g", same, 8L],
        ];

        var changed = await store.Database.WriteAsync(c => c.ExecuteMany(Insert, s_names, rows));

        Assert.All(changed, count => Assert.Equal(1, count));
        Assert.Equal(
            [
                ("a", same, long.MaxValue),
                ("b", same, 0),
                ("c", null, null),
                ("d", same, 1),
                ("e", "", 0),
                ("f", large, 7),
                ("g", same, 8),
            ],
            await ReadAsync(store)
        );
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_statement_counts_the_rows_of_its_own_run_alone(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, Things);

        var changed = await store.Database.WriteAsync(connection =>
        {
            int[] first = connection.ExecuteMany(
                Insert,
                s_names,
                [
                    ["a", "x", 1],
                    ["a", "y", 2],
                ]
            );
            var none = connection.Execute("UPDATE thing SET number = 3 WHERE id = 'b'");
            var one = connection.Execute("DELETE FROM thing WHERE id = @id", ("id", "a"));
            return (int[])[.. first, none, one];
        });

        Assert.Equal([1, 0, 0, 1], changed);
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_statement_that_was_refused_writes_the_next_row_whole(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, Things);
        var text = new string('t', 4);
        object?[][] bad =
        [
            ["a", text, -1],
        ];
        object?[][] good =
        [
            ["b", text, 2],
            ["c", null, 3],
            ["d", text, 4],
        ];

        var refused = await Assert.ThrowsAnyAsync<Exception>(() =>
            store.Database.WriteAsync(c => c.ExecuteMany(Insert, s_names, bad))
        );
        await store.Database.WriteAsync(c => c.ExecuteMany(Insert, s_names, good));

        Assert.True(Sql.IsConstraintViolation(refused));
        Assert.Equal([("b", text, 2), ("c", null, 3), ("d", text, 4)], await ReadAsync(store));
    }

    private static async Task<List<(string, string?, long?)>> ReadAsync(TestStore store)
    {
        await using var connection = await store.Database.OpenAsync(Ct);
        return connection.Query(
            "SELECT id, text, number FROM thing ORDER BY id",
            row => (row.GetString(0), row.TextOrNull(1), row.LongOrNull(2))
        );
    }
}
