using System.Collections.Concurrent;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Keys;

/// <summary>What this node remembers of keys until the change log says that it is old.</summary>
internal sealed class KnownKeys(KeyOptions options, TimeProvider time)
{
    // Nobody can guess a key before it exists, so this only bounds what a restored store could say.
    private static readonly TimeSpan UnknownFor = TimeSpan.FromMinutes(1);
    private const int RevokedMax = 10_000;
    private const int ReadsMax = 3;

    private readonly BoundedCache<SecretHash, KnownKey> _known = new(options.RememberedMax);
    private readonly BoundedCache<SecretHash, long> _unknown = new(options.UnknownRememberedMax);
    private readonly BoundedCache<KeyId, Denial> _revoked = new(RevokedMax);
    private readonly SeenChanges _changes = new();
    private Action<KeyId, Denial>? _withdrawn;

    /// <summary>Called on the feed's loop for each key whose running streams must end.</summary>
    public void OnWithdrawn(Action<KeyId, Denial> handler) => _withdrawn += handler;

    public int UnknownCount => _unknown.Count;

    public int Count => _known.Count;

    /// <summary>Null when it is not known, or when something of it has changed.</summary>
    public KnownKey? Find(SecretHash hash) =>
        _known.TryGet(hash, out var known) && IsCurrent(known) ? known : null;

    public bool IsUnknown(SecretHash hash) =>
        _unknown.TryGet(hash, out var since) && time.GetElapsedTime(since) < UnknownFor;

    /// <summary>A revocation that this node heard of lately.</summary>
    public Denial? Revoked(KeyId key) => _revoked.TryGet(key, out var why) ? why : null;

    /// <summary>Reads a key and remembers it, or that there is none.</summary>
    public async ValueTask<KnownKey?> LearnAsync(SecretHash hash, Func<ValueTask<CallerRow?>> read)
    {
        for (var attempt = 1; ; attempt++)
        {
            // Taken before the read: a change that comes during it counts as later.
            var asOf = _changes.Count;
            if (await read() is not { } row)
            {
                _unknown.Set(hash, time.GetTimestamp());
                return null;
            }

            var known = new KnownKey(row, asOf);
            _known.Set(hash, known);
            if (IsCurrent(known) || attempt == ReadsMax)
            {
                return known;
            }
        }
    }

    /// <summary>One change of the log. May come again.</summary>
    public void Apply(Change change)
    {
        switch (change.Kind)
        {
            case KeyChanges.Key or KeyChanges.Connection or KeyChanges.App:
                _changes.Add(change.Id);
                break;
            case KeyChanges.KeyRevoked:
                var key = new KeyId(change.Id);
                var why = new Denial.KeyRevoked();
                _revoked.Set(key, why);
                _changes.Add(change.Id);
                _withdrawn?.Invoke(key, why);
                break;
            case Change.Everything:
                _changes.AddAll();
                break;
            case KeyChanges.AppSuspended:
                _changes.Add(change.Id);
                WithdrawAllOf(change.Id);
                break;
        }
    }

    // Rare, and a walk over a hundred thousand callers takes a few milliseconds.
    private void WithdrawAllOf(string app)
    {
        foreach (var (_, known) in _known.Entries)
        {
            if (known.Row.Caller.App?.Value == app)
            {
                _withdrawn?.Invoke(known.Row.Caller.Key, new Denial.AppSuspended());
            }
        }
    }

    private bool IsCurrent(KnownKey known)
    {
        var now = _changes.Count;
        if (known.AsOf == now)
        {
            return true;
        }

        var caller = known.Row.Caller;
        if (
            _changes.HasSince(known.AsOf, caller.Key.Value)
            || (caller.Connection is { } grant && _changes.HasSince(known.AsOf, grant.Value))
            || (caller.App is { } app && _changes.HasSince(known.AsOf, app.Value))
        )
        {
            return false;
        }

        // Changes of others: not looked at again by the next request.
        known.AsOf = now;
        return true;
    }
}

/// <summary>
/// What has changed, by id and number. One writer, the feed's loop. Where too many ids come together,
/// all are forgotten, and everything that was known before counts as changed.
/// </summary>
internal sealed class SeenChanges
{
    internal const int IdsMax = 10_000;

    private readonly ConcurrentDictionary<string, long> _last = new();
    private int _ids;
    private long _count;
    private long _allBefore;

    /// <summary>The number of the last change.</summary>
    public long Count => Volatile.Read(ref _count);

    public void Add(string id)
    {
        var number = _count + 1;
        if (_ids >= IdsMax)
        {
            AddAll();
            number = _count + 1;
        }

        _ids += _last.TryAdd(id, number) ? 1 : 0;
        _last[id] = number;
        // The last step: who sees the number sees what changed.
        Volatile.Write(ref _count, number);
    }

    /// <summary>Everything that was known before counts as changed.</summary>
    public void AddAll()
    {
        // In this order: who finds the ids gone must see that all before has changed.
        var number = _count + 1;
        Volatile.Write(ref _allBefore, number);
        _last.Clear();
        _ids = 0;
        Volatile.Write(ref _count, number);
    }

    public bool HasSince(long number, string id) =>
        (_last.TryGetValue(id, out var last) && last > number)
        || Volatile.Read(ref _allBefore) > number;
}

/// <summary>A remembered key.</summary>
internal sealed class KnownKey(CallerRow row, long asOf)
{
    private int _lastUsedDay = row.LastUsedDay;
    private long _asOf = asOf;

    public CallerRow Row { get; } = row;

    /// <summary>The last change of which it is known that it left this key as it is.</summary>
    public long AsOf
    {
        get => Volatile.Read(ref _asOf);
        set => Volatile.Write(ref _asOf, value);
    }

    public int LastUsedDay => Volatile.Read(ref _lastUsedDay);

    /// <summary>True for the first use on that day.</summary>
    public bool UseOn(int day)
    {
        var last = LastUsedDay;
        return last < day && Interlocked.CompareExchange(ref _lastUsedDay, day, last) == last;
    }
}
