using System.Data.Common;
using System.Globalization;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Accounts;

/// <summary>
/// Counts attempts in fixed windows, in the store, so that all nodes count together. A bucket names
/// what is counted and for whom ("code-send:ip:192.0.2.1").
/// </summary>
public static class Attempts
{
    /// <summary>Counts one more; false when it is beyond the limit of its window.</summary>
    public static bool Take(
        DbConnection connection,
        string bucket,
        int limit,
        TimeSpan window,
        long now
    )
    {
        var length = (long)window.TotalMilliseconds;
        // The length is part of the name: one subject may be counted by the minute and by the day.
        var name = string.Create(CultureInfo.InvariantCulture, $"{bucket}:{length}");
        var start = now - (now % length);
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
}
