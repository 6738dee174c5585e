using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Keys;

/// <summary>
/// What this node remembers of keys. The change log makes it forget; between a read of the store
/// and its remembering, <see cref="Changes"/> tells whether the read may be old news already.
/// </summary>
internal sealed class KnownKeys(KeyOptions options, TimeProvider time)
{
    // Nobody can guess a key before it exists, so this only bounds what a restored store could say.
    private static readonly TimeSpan UnknownFor = TimeSpan.FromMinutes(1);
    private const int RevokedMax = 10_000;

    private readonly BoundedCache<SecretHash, KnownKey> _known = new(options.RememberedMax);
    private readonly BoundedCache<SecretHash, long> _unknown = new(options.UnknownRememberedMax);
    private readonly BoundedCache<KeyId, SecretHash> _hashes = new(options.RememberedMax);
    private readonly BoundedCache<KeyId, Denial> _revoked = new(RevokedMax);
    private Action<KeyId, Denial>? _withdrawn;
    private long _changes;

    /// <summary>Called on the feed's loop for each key whose running streams must end.</summary>
    public void OnWithdrawn(Action<KeyId, Denial> handler) => _withdrawn += handler;

    public long Changes => Volatile.Read(ref _changes);

    public int UnknownCount => _unknown.Count;

    public int Count => _known.Count;

    public KnownKey? Find(SecretHash hash) => _known.TryGet(hash, out var known) ? known : null;

    public bool IsUnknown(SecretHash hash) =>
        _unknown.TryGet(hash, out var since) && time.GetElapsedTime(since) < UnknownFor;

    /// <summary>A revocation that this node heard of lately.</summary>
    public Denial? Revoked(KeyId key) => _revoked.TryGet(key, out var why) ? why : null;

    public void Remember(SecretHash hash, KnownKey known)
    {
        _hashes.Set(known.Row.Caller.Key, hash);
        _known.Set(hash, known);
    }

    public void RememberUnknown(SecretHash hash) => _unknown.Set(hash, time.GetTimestamp());

    public void Forget(SecretHash hash)
    {
        if (_known.Remove(hash, out var known))
        {
            _hashes.Remove(known.Row.Caller.Key, out _);
        }
    }

    /// <summary>One change of the log. May come again.</summary>
    public void Apply(Change change)
    {
        switch (change.Kind)
        {
            case KeyChanges.Key or KeyChanges.KeyRevoked:
                Interlocked.Increment(ref _changes);
                var key = new KeyId(change.Id);
                if (change.Kind == KeyChanges.KeyRevoked)
                {
                    _revoked.Set(key, new Denial.KeyRevoked());
                }

                ForgetKey(key);
                if (Revoked(key) is { } why)
                {
                    _withdrawn?.Invoke(key, why);
                }

                break;
            case KeyChanges.Connection:
                ForgetWhere(caller => caller.Connection?.Value == change.Id, null);
                break;
            case KeyChanges.App:
                ForgetWhere(caller => caller.App?.Value == change.Id, null);
                break;
            case KeyChanges.AppSuspended:
                ForgetWhere(caller => caller.App?.Value == change.Id, new Denial.AppSuspended());
                break;
        }
    }

    private void ForgetKey(KeyId key)
    {
        if (_hashes.TryGet(key, out var hash))
        {
            Forget(hash);
        }
    }

    // Rare, and a walk over a hundred thousand callers takes a few milliseconds.
    private void ForgetWhere(Func<Caller, bool> isMeant, Denial? why)
    {
        Interlocked.Increment(ref _changes);
        foreach (var (hash, known) in _known.Entries)
        {
            if (!isMeant(known.Row.Caller))
            {
                continue;
            }

            Forget(hash);
            if (why is not null)
            {
                _withdrawn?.Invoke(known.Row.Caller.Key, why);
            }
        }
    }
}

/// <summary>A remembered key.</summary>
internal sealed class KnownKey(CallerRow row)
{
    private int _lastUsedDay = row.LastUsedDay;

    public CallerRow Row { get; } = row;

    public int LastUsedDay => Volatile.Read(ref _lastUsedDay);

    /// <summary>True for the first use on that day.</summary>
    public bool UseOn(int day)
    {
        var last = LastUsedDay;
        return last < day && Interlocked.CompareExchange(ref _lastUsedDay, day, last) == last;
    }
}
