using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>A look without locks before work is taken, so that an idle second costs a read and
/// never a commit.</summary>
internal static class DueRows
{
    public static async Task<bool> AnyAsync(
        Database database,
        string table,
        long now,
        CancellationToken ct
    )
    {
        await using var connection = await database.OpenAsync(ct);
        return connection.QueryOne(
                $"SELECT COUNT(*) FROM {table} WHERE next_at <= @now",
                row => row.GetInt64(0),
                ("now", now)
            ) > 0;
    }
}
