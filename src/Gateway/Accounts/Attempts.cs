using System.Data.Common;
using System.Globalization;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Accounts;

/// <summary>
/// Counts attempts in fixed windows, in the store, so that all nodes count together. A bucket names
/// what is counted and for whom ("code-send:net:192.0.2.1").
/// </summary>
public static class Attempts
{
    /// <summary>Whether none is left in this window; counts nothing.</summary>
    public static bool AreUp(
        DbConnection connection,
        string bucket,
        int limit,
        TimeSpan window,
        long now
    )
    {
        var length = (long)window.TotalMilliseconds;
        return connection.QueryOne(
                "SELECT count FROM attempt WHERE bucket = @bucket AND window_start = @start",
                row => row.GetInt64(0),
                ("bucket", string.Create(CultureInfo.InvariantCulture, $"{bucket}:{length}")),
                ("start", now - (now % length))
            ) >= limit;
    }

    /// <summary>Counts one more; false when it is beyond the limit of its window.</summary>
    public static bool Take(
        DbConnection connection,
        string bucket,
        int limit,
        TimeSpan window,
        long now
    )
    {
        var (name, start) = Window(bucket, window, now);
        connection.Execute(
            "DELETE FROM attempt WHERE bucket = @bucket AND window_start < @start",
            ("bucket", name),
            ("start", start)
        );
        return connection.QueryOne(
                """
                INSERT INTO attempt(bucket, window_start, count) VALUES(@bucket, @start, 1)
                ON CONFLICT(bucket, window_start) DO UPDATE SET count = attempt.count + 1
                RETURNING count
                """,
                row => row.GetInt64(0),
                ("bucket", name),
                ("start", start)
            ) <= limit;
    }

    /// <summary>Whether the limit is not reached yet; counts nothing.</summary>
    public static bool IsBelow(
        DbConnection connection,
        string bucket,
        int limit,
        TimeSpan window,
        long now
    )
    {
        var (name, start) = Window(bucket, window, now);
        return connection.QueryOne(
                "SELECT count FROM attempt WHERE bucket = @bucket AND window_start = @start",
                row => row.GetInt64(0),
                ("bucket", name),
                ("start", start)
            ) < limit;
    }

    /// <summary>Drops what no window needs any more: most buckets are never asked for again.</summary>
    internal static void Sweep(DbConnection connection, long now) =>
        connection.Execute(
            "DELETE FROM attempt WHERE window_start < @old",
            ("old", now - (long)TimeSpan.FromDays(2).TotalMilliseconds)
        );

    // The length is part of the name: one subject may be counted by the minute and by the day.
    private static (string Name, long Start) Window(string bucket, TimeSpan window, long now)
    {
        var length = (long)window.TotalMilliseconds;
        return (
            string.Create(CultureInfo.InvariantCulture, $"{bucket}:{length}"),
            now - (now % length)
        );
    }
}
