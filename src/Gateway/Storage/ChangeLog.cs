using System.Data.Common;
using Npgsql;

namespace Arda.Gateway.Storage;

/// <summary>Something that nodes remember has changed: forget what you know of it.</summary>
public readonly record struct Change(long Seq, string Kind, string Id)
{
    /// <summary>The kind that stands for all kinds: this node was away for so long that the log no
    /// longer has what it missed, so nothing it remembers counts any more.</summary>
    public const string Everything = "everything";
}

/// <summary>
/// The log by which nodes hear of revoked keys, frozen projects and the like. It names what
/// changed, never how: whoever listens reads the row again.
/// </summary>
public static class ChangeLog
{
    public static IReadOnlyList<Migration> Migrations { get; } =
    [
        new(
            "changes-0001",
            """
            CREATE TABLE change(seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL,
              id TEXT NOT NULL, at BIGINT NOT NULL);
            CREATE TABLE change_reader(node TEXT PRIMARY KEY, seen BIGINT NOT NULL,
              at BIGINT NOT NULL);
            """,
            """
            CREATE TABLE change(seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
              kind TEXT NOT NULL, id TEXT NOT NULL, at BIGINT NOT NULL);
            CREATE TABLE change_reader(node TEXT PRIMARY KEY, seen BIGINT NOT NULL,
              at BIGINT NOT NULL);
            """
        ),
    ];

    /// <summary>
    /// Call it last in a write. Writers of the log go one at a time until they commit, so that
    /// readers who have seen a number have seen all smaller ones.
    /// </summary>
    /// <returns>The number by which <see cref="ChangeFeed.SeenByAllAsync"/> knows this change.</returns>
    public static long Record(
        this Database database,
        DbConnection connection,
        string kind,
        string id
    )
    {
        connection.LockNamed("changes", shared: false);
        var seq = connection.QueryOne(
            "INSERT INTO change(kind, id, at) VALUES(@kind, @id, @at) RETURNING seq",
            row => row.GetInt64(0),
            ("kind", kind),
            ("id", id),
            ("at", database.Now(connection))
        );
        if (connection is NpgsqlConnection)
        {
            connection.Execute(
                "SELECT pg_notify(@channel, '')",
                ("channel", PostgresDatabase.Channel)
            );
        }
        else if (connection is SqliteStoreConnection embedded)
        {
            embedded.ChangesRecorded = true;
        }

        return seq;
    }
}
