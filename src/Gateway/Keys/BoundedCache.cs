using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Arda.Gateway.Keys;

/// <summary>
/// Remembers up to <paramref name="entriesMax"/> entries. Reading takes no lock and allocates
/// nothing. When it is full an arbitrary eighth is forgotten: what is in use comes back with one
/// read of the store, and no order has to be kept on the hot path.
/// </summary>
internal sealed class BoundedCache<TKey, TValue>(int entriesMax)
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, TValue> _entries = new();
    private int _count;
    private int _evicting;

    public int Count => Volatile.Read(ref _count);

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value) =>
        _entries.TryGetValue(key, out value);

    public IEnumerable<KeyValuePair<TKey, TValue>> Entries => _entries;

    public void Set(TKey key, TValue value)
    {
        Remove(key, out _);
        if (_entries.TryAdd(key, value) && Interlocked.Increment(ref _count) > entriesMax)
        {
            Evict();
        }
    }

    public bool Remove(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        var removed = _entries.TryRemove(key, out value);
        if (removed)
        {
            Interlocked.Decrement(ref _count);
        }

        return removed;
    }

    private void Evict()
    {
        if (Interlocked.Exchange(ref _evicting, 1) == 1)
        {
            return;
        }

        var left = Math.Max(1, entriesMax / 8);
        foreach (var (key, _) in _entries)
        {
            if (left-- == 0)
            {
                break;
            }

            Remove(key, out _);
        }

        Volatile.Write(ref _evicting, 0);
    }
}
