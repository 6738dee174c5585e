using System.Collections.Concurrent;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Keys;

/// <summary>One request counted against its key's limit, and what the headers say of it.</summary>
/// <param name="Allowed">Whether it was within the limit; only then it was counted.</param>
/// <param name="Limit">Requests per minute.</param>
/// <param name="Remaining">How many more could come at this instant.</param>
/// <param name="RetryAfter">Until one is allowed again; zero when one is.</param>
/// <param name="ResetAfter">Until all are allowed again.</param>
public readonly record struct RateReading(
    bool Allowed,
    int Limit,
    int Remaining,
    TimeSpan RetryAfter,
    TimeSpan ResetAfter
);

/// <summary>
/// Requests per minute of each key by the generic cell rate algorithm: one number per key, the time
/// at which its budget is full again. A rested key may spend a minute's worth at once and goes on
/// at the even rate, so no stretch of time holds more than that rate and one minute's worth.
/// Counted by the monotonic clock and on this node alone.
/// </summary>
public sealed class RateLimits(TimeProvider time)
{
    private const int SweepAtFirst = 1_024;

    private readonly ConcurrentDictionary<KeyId, Cell> _cells = new();
    private int _count;
    private int _sweepAt = SweepAtFirst;

    /// <summary>Keys that are remembered: those of the last minute, and at most as many again.</summary>
    internal int Count => Volatile.Read(ref _count);

    public RateReading Take(Caller caller)
    {
        var limit = ShareOf(caller);
        // Rounded up, so that the limit is never passed by a rounding.
        var interval = ((time.TimestampFrequency * 60) + limit - 1) / limit;
        var budget = interval * limit;
        while (true)
        {
            var cell = CellOf(caller.Key);
            var now = time.GetTimestamp();
            var fullAt = Volatile.Read(ref cell.FullAt);
            if (fullAt == Cell.Swept)
            {
                continue;
            }

            var from = Math.Max(fullAt, now);
            var next = from + interval;
            if (next - now > budget)
            {
                return new RateReading(
                    false,
                    limit,
                    0,
                    time.GetElapsedTime(now, next - budget),
                    time.GetElapsedTime(now, from)
                );
            }

            if (Interlocked.CompareExchange(ref cell.FullAt, next, fullAt) == fullAt)
            {
                var remaining = (int)((budget - (next - now)) / interval);
                var wait = remaining > 0 ? 0 : next + interval - budget - now;
                return new RateReading(
                    true,
                    limit,
                    remaining,
                    time.GetElapsedTime(0, wait),
                    time.GetElapsedTime(now, next)
                );
            }
        }
    }

    // The one place to divide a key's limit among the nodes of a deployment.
    private static int ShareOf(Caller caller) => caller.RequestsPerMinute;

    private Cell CellOf(KeyId key)
    {
        if (_cells.TryGetValue(key, out var cell))
        {
            return cell;
        }

        cell = new Cell { FullAt = time.GetTimestamp() };
        if (!_cells.TryAdd(key, cell))
        {
            return CellOf(key);
        }

        if (Interlocked.Increment(ref _count) >= Volatile.Read(ref _sweepAt))
        {
            Sweep();
        }

        return cell;
    }

    // A full budget is the same as none remembered. Twice what is left must come before the next
    // sweep, so sweeping costs each request a constant share.
    private void Sweep()
    {
        if (Interlocked.Exchange(ref _sweepAt, int.MaxValue) == int.MaxValue)
        {
            return;
        }

        var now = time.GetTimestamp();
        foreach (var (key, cell) in _cells)
        {
            var fullAt = Volatile.Read(ref cell.FullAt);
            if (
                fullAt < now
                && Interlocked.CompareExchange(ref cell.FullAt, Cell.Swept, fullAt) == fullAt
            )
            {
                _cells.TryRemove(key, out _);
                Interlocked.Decrement(ref _count);
            }
        }

        Volatile.Write(ref _sweepAt, Math.Max(SweepAtFirst, Count * 2));
    }

    private sealed class Cell
    {
        /// <summary>No longer in the dictionary: whoever still holds it must take the new one.</summary>
        public const long Swept = long.MinValue;

        public long FullAt;
    }
}
