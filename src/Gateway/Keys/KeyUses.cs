using System.Collections.Concurrent;
using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Keys;

/// <summary>
/// Writes down on which day a key was last used. At most one row for each key and day, gathered
/// and written in the background: no request waits for it, and losing one loses a date.
/// </summary>
internal sealed class KeyUses(Database database, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan s_writeEvery = TimeSpan.FromSeconds(30);
    private const int RowsPerWriteMax = 1_000;

    private readonly ConcurrentDictionary<KeyId, int> _days = new();

    public void Note(KeyId key, int day) => _days[key] = day;

    public async Task WriteAsync()
    {
        foreach (var chunk in _days.ToArray().Chunk(RowsPerWriteMax))
        {
            object?[][] rows = [.. chunk.Select(use => new object?[] { use.Value, use.Key.Value })];
            await database.WriteAsync(connection =>
                connection.ExecuteMany(
                    """
                    UPDATE api_key SET last_used_day = @day
                     WHERE id = @id AND (last_used_day IS NULL OR last_used_day < @day)
                    """,
                    ["day", "id"],
                    rows
                )
            );
            foreach (var use in chunk)
            {
                // A later day that came meanwhile stays for the next time.
                _days.TryRemove(use);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_writeEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await TryWriteAsync();
            }
        }
        catch (OperationCanceledException)
        {
            await TryWriteAsync();
        }
    }

    private async Task TryWriteAsync()
    {
        try
        {
            await WriteAsync();
        }
        catch (Exception failure) when (failure is StoreUnavailableException or DbException)
        {
            // The store is away: the uses stay noted and go with the next write.
        }
    }
}
