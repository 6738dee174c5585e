using Arda.Gateway.Ledger.Store;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Billing.Portal;

/// <summary>Wakes whoever waits on a portal session when something of it or of its project's wallet
/// has changed on any node. Make it before the feed starts.</summary>
internal sealed class PortalNews
{
    /// <summary>How a change of a session is named in the log of all nodes.</summary>
    public const string Kind = "billing.portal";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, HashSet<Watch>> _watches = new(StringComparer.Ordinal);

    public PortalNews(ChangeFeed feed) => feed.Subscribe(Heard);

    public Watch Of(PortalContext session)
    {
        var watch = new Watch(this, [session.Id.Value, session.Project.Value]);
        lock (_lock)
        {
            foreach (var key in watch.Keys)
            {
                if (!_watches.TryGetValue(key, out var those))
                {
                    _watches[key] = those = [];
                }

                those.Add(watch);
            }
        }

        return watch;
    }

    private void Heard(Change change)
    {
        if (change.Kind is not (Kind or LeaseStore.WalletChanged or Change.Everything))
        {
            return;
        }

        Watch[] woken;
        lock (_lock)
        {
            woken =
                change.Kind is Change.Everything
                    ? [.. _watches.Values.SelectMany(those => those).Distinct()]
                    : [.. _watches.GetValueOrDefault(change.Id) ?? []];
        }

        foreach (var watch in woken)
        {
            watch.Wake();
        }
    }

    private void Forget(Watch watch)
    {
        lock (_lock)
        {
            foreach (var key in watch.Keys)
            {
                if (
                    _watches.TryGetValue(key, out var those)
                    && those.Remove(watch)
                    && those.Count == 0
                )
                {
                    _watches.Remove(key);
                }
            }
        }
    }

    /// <summary>One waiter.</summary>
    public sealed class Watch(PortalNews news, string[] keys) : IDisposable
    {
        private TaskCompletionSource _next = NewSignal();

        public IReadOnlyList<string> Keys { get; } = keys;

        /// <summary>Take it before looking; it completes with the first news after that.</summary>
        public Task Next => Volatile.Read(ref _next).Task;

        public void Wake() => Interlocked.Exchange(ref _next, NewSignal()).TrySetResult();

        public void Dispose() => news.Forget(this);

        private static TaskCompletionSource NewSignal() =>
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
