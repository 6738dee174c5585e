using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Keys;

/// <summary>
/// The door of this room: says who a key speaks for, and makes, shows, rolls and revokes keys. A
/// known key is answered from memory without I/O and without allocating, as long as this node
/// reads the change log; when it has not done so for a second, each request asks the store.
/// </summary>
public sealed partial class ApiKeys
{
    private static readonly TimeSpan s_storeRetryAfter = TimeSpan.FromSeconds(5);

    private static readonly Denial s_malformed = new Denial.InvalidKey(
        "This is not a key of this gateway: keys are 'gw_sk_' and 49 letters and digits."
    );

    private static readonly Denial s_unknown = new Denial.InvalidKey(
        "This key is not known here; check that it belongs to this gateway, or connect again."
    );

    private static readonly Denial s_expired = new Denial.KeyExpired();

    private readonly Database _database;
    private readonly ChangeFeed _feed;
    private readonly KeyOptions _options;
    private readonly TimeProvider _time;
    private readonly KeyUses _uses;
    private readonly KnownKeys _known;

    /// <summary>Make it before the feed starts: it listens from then on.</summary>
    internal ApiKeys(
        Database database,
        ChangeFeed feed,
        KeyOptions options,
        KeyUses uses,
        TimeProvider time
    )
    {
        (_database, _feed, _options, _uses, _time) = (database, feed, options, uses, time);
        _known = new KnownKeys(options, time);
        feed.Subscribe(_known.Apply);
    }

    /// <summary>
    /// A key was revoked or its app suspended, on any node: running streams of it end now. Raised
    /// on the feed's loop, so a handler must be quick; it may be raised again for the same key.
    /// </summary>
    public void OnWithdrawn(Action<KeyId, Denial> handler) => _known.OnWithdrawn(handler);

    /// <summary>
    /// For whoever begins something long with a caller: ask once it can hear
    /// <see cref="OnWithdrawn"/>, because the revocation may have come since the key was judged.
    /// </summary>
    public Denial? RevokedLately(KeyId key) => _known.Revoked(key);

    internal KnownKeys Known => _known;

    public ValueTask<Outcome<Caller>> AuthenticateAsync(
        PresentedKey presented,
        CancellationToken ct
    ) => AuthenticateAsync(presented.Bearer, presented.XApiKey, ct);

    /// <summary>Who asks. Scopes and the right to spend are the caller's to check.</summary>
    public ValueTask<Outcome<Caller>> AuthenticateAsync(
        ReadOnlyMemory<char> bearer,
        ReadOnlyMemory<char> xApiKey,
        CancellationToken ct
    )
    {
        if (new PresentedKey(bearer, xApiKey).Single().Denied(out var denial, out var secret))
        {
            return new(denial);
        }

        if (!Secrets.IsWellFormed(secret.Span, Secrets.ApiKey))
        {
            return new(Malformed(secret.Span));
        }

        var hash = Secrets.HashOf(secret.Span);
        if (!_feed.IsFresh)
        {
            return AskAsync(hash, ct);
        }

        if (_known.Find(hash) is { } known && !HasBeenIdle(known))
        {
            return new(Judge(known));
        }

        return _known.IsUnknown(hash) ? new(s_unknown) : AskAsync(hash, ct);
    }

    private async ValueTask<Outcome<Caller>> AskAsync(SecretHash hash, CancellationToken ct)
    {
        try
        {
            var known = await _known.LearnAsync(hash, () => ReadAsync(hash, ct));
            return known is null ? s_unknown
                : HasBeenIdle(known) ? s_expired
                : Judge(known);
        }
        catch (Exception failure) when (failure is StoreUnavailableException or DbException)
        {
            return new Denial.LedgerUnavailable(s_storeRetryAfter);
        }
    }

    private async ValueTask<CallerRow?> ReadAsync(SecretHash hash, CancellationToken ct)
    {
        await using var connection = await _database.OpenAsync(ct);
        return CallerRow.Find(connection, hash, _options);
    }

    private Outcome<Caller> Judge(KnownKey known)
    {
        if (known.Row.Ended is { } ended)
        {
            return ended;
        }

        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        if (known.Row.ExpiresAtMs <= now)
        {
            return s_expired;
        }

        var day = (int)(now / CallerRow.DayMs);
        if (known.UseOn(day))
        {
            _uses.Note(known.Row.Caller.Key, day);
        }

        return known.Row.Caller;
    }

    // Other nodes may have seen it used, so memory alone never says so.
    private bool HasBeenIdle(KnownKey known) =>
        _options.IdleDaysMax is { } daysMax
        && _time.GetUtcNow().ToUnixTimeMilliseconds() / CallerRow.DayMs - known.LastUsedDay
            > daysMax;

    private static Denial Malformed(ReadOnlySpan<char> secret)
    {
        foreach (var (prefix, name) in Secrets.Kinds)
        {
            if (prefix != Secrets.ApiKey && secret.StartsWith(prefix, StringComparison.Ordinal))
            {
                return new Denial.InvalidKey(
                    $"This is {name}, not an API key; send a key that begins with 'gw_sk_'."
                );
            }
        }

        return s_malformed;
    }
}
