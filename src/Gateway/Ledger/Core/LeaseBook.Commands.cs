using Arda.Gateway.Kernel;

namespace Arda.Gateway.Ledger.Core;

internal sealed partial class LeaseBook
{
    private bool _busy;
    private bool _mustAsk;
    private bool _renewWanted;
    private bool _growWanted;
    private NanoUsd _growNeed;
    private bool _shrinkWanted;
    private bool _recallWanted;
    private bool _recalling;
    private bool _recalled;
    private int _asked;
    private int _news;
    private int _newsAsked;

    /// <summary>The wallet changed in the store: the next hold waits for a new reading.</summary>
    public void Invalidate()
    {
        _news++;
        _mustAsk = true;
        _renewWanted = true;
    }

    /// <summary>Somebody needs what this node does not use.</summary>
    public void RequestShrink() => _shrinkWanted = true;

    /// <summary>There is something to ask the store.</summary>
    public bool HasWork =>
        !_busy && (_shrinkWanted || (!_recalling && (_renewWanted || _waiters.Count > 0)));

    /// <summary>Nothing would be lost by forgetting this book.</summary>
    public bool IsForgettable(Moment now, TimeSpan age) =>
        _lease is null
        && _openHolds == 0
        && !_busy
        && !_recalling
        && _waiters.Count == 0
        && now.Ticks - _lastHoldTicks > age.Ticks;

    /// <summary>Called about once a second: renews what is in use, gives back what is idle.</summary>
    public void Tick(Moment now)
    {
        _renewWanted |= _mustAsk;
        if (_lease is not { } lease || policy.Everything)
        {
            return;
        }

        var isIdle = now.Ticks - _lastHoldTicks > policy.IdleTime.Ticks;
        if (isIdle && (lease.Free > NanoUsd.Zero || lease.IsUnused))
        {
            _shrinkWanted = true;
        }
        else if (!isIdle || lease.OpenHolds > 0)
        {
            // Also while requests only run: a lease that passes its hard end would be reclaimed.
            _renewWanted |= now.Ticks > lease.GrantUntilTicks - (policy.GrantTime.Ticks / 2);
        }
    }

    /// <summary>What to ask the store next; null when nothing is wanted or something is under way.</summary>
    public BookCommand? Next(Moment now, Func<string> newLeaseId)
    {
        if (_busy)
        {
            return null;
        }

        if (NextShrink() is { } shrink)
        {
            return shrink;
        }

        // Two nodes may recall from each other: while one waits it still gives back what it has.
        if (_recalling || (_waiters.Count == 0 && !_renewWanted))
        {
            return null;
        }

        if (_recallWanted)
        {
            _recalling = true;
            return new RecallCommand(Project);
        }

        _busy = true;
        return BeginAcquire(now, newLeaseId());
    }

    /// <summary>What somebody else asked for; may be sent while a recall of our own waits.</summary>
    public ShrinkCommand? NextShrink() => _shrinkWanted && !_busy ? BeginShrink() : null;

    public List<HoldDecision> Finish(AcquireCommand command, AcquireReply reply, Moment now)
    {
        _busy = false;
        _renewWanted = _growWanted = false;
        _growNeed = NanoUsd.Zero;
        _mustAsk = _news != _newsAsked;
        _renewWanted |= _mustAsk;
        Adopt(command, reply);
        var decisions = new List<HoldDecision>();
        ServeWhole(decisions, now);
        var canRecall = reply is { Status: AcquireStatus.Open, OthersHaveLeases: true };
        if (canRecall && !_recalled && _waiters.Take(_asked).Any(h => !CanBeLent(h, h.WishTotal)))
        {
            _recallWanted = true;
            return decisions;
        }

        _recalled = false;
        ServeRestOrDeny(decisions, reply, now);
        return decisions;
    }

    public void Finish(RecallCommand command)
    {
        Invariant.Holds(command.Project == Project, "an answer comes back to its own book");
        (_recalling, _recallWanted, _recalled) = (false, false, true);
    }

    public void Finish(ShrinkCommand command, ShrinkReply reply)
    {
        _busy = false;
        if (reply.IsLost && !command.Close)
        {
            Lose();
            return;
        }

        _unleased = reply.Unleased;
        _unspent = reply.Unspent - Pending(reply.Used);
    }

    /// <summary>The store did not answer. Nothing was refused; who waited has to come again.</summary>
    public List<HoldDecision> Fail(BookCommand command)
    {
        if (command is ShrinkCommand)
        {
            _busy = false;
            return [];
        }

        _busy &= command is RecallCommand;
        (_recalling, _recallWanted, _recalled) = (false, false, false);
        // The next tick or hold asks again.
        _renewWanted = false;
        var decisions = _waiters
            .Take(_asked)
            .Select(hold => Decide(hold, new Denial.LedgerUnavailable(s_storeRetry)))
            .ToList();
        _waiters.RemoveRange(0, _asked);
        _asked = 0;
        return decisions;
    }

    private AcquireCommand BeginAcquire(Moment now, string newLeaseId)
    {
        _asked = _waiters.Count;
        _newsAsked = _news;
        var wishes = NanoUsd.Zero;
        var limits = new SortedDictionary<AllowanceKey, (NanoUsd Cap, NanoUsd Wish)>();
        foreach (var hold in _waiters)
        {
            wishes += hold.WishTotal;
            foreach (var (key, cap) in LimitsOf(hold.Request.Payer, hold.Month))
            {
                var before = limits.GetValueOrDefault(key).Wish;
                limits[key] = (cap, before + hold.WishTotal);
            }
        }

        var free = _lease?.Free ?? NanoUsd.Zero;
        return new AcquireCommand(
            Project,
            _lease?.Id,
            newLeaseId,
            Grow: wishes > NanoUsd.Zero || _growWanted,
            Open: _waiters.Exists(hold => hold.LeastTotal == NanoUsd.Zero),
            NanoUsd.Max(NanoUsd.Zero, wishes + _growNeed - free),
            _recentSpend,
            [.. limits.Select(l => Want(l.Key, l.Value.Cap, l.Value.Wish))],
            now.Ticks
        );
    }

    // What is not held goes back and comes again under the present limit, so that a lowered limit
    // counts at once. Until the answer nobody takes from it.
    private AllowanceWant Want(AllowanceKey key, NanoUsd cap, NanoUsd wish)
    {
        if (_lease?.Allowances.GetValueOrDefault(key) is not { } allowance)
        {
            return new(key, cap, NanoUsd.Zero, wish);
        }

        allowance.Granted = allowance.Used + allowance.Held;
        return new(key, cap, allowance.Granted, wish);
    }

    private ShrinkCommand? BeginShrink()
    {
        _shrinkWanted = false;
        if (_lease is not { } lease)
        {
            return null;
        }

        _busy = true;
        var close = lease.IsUnused;
        lease.Granted = lease.Used + (lease.Granted - lease.Used).PromoFirst(lease.Held);
        var keep = new List<AllowanceWant>();
        foreach (var allowance in lease.Allowances.Values)
        {
            allowance.Granted = allowance.Used + allowance.Held;
            keep.Add(new(allowance.Key, allowance.Cap, allowance.Granted, NanoUsd.Zero));
        }

        if (close)
        {
            _lease = null;
        }

        keep.Sort((a, b) => a.Key.CompareTo(b.Key));
        return new ShrinkCommand(Project, lease.Id, lease.Granted, keep, close);
    }

    private void Adopt(AcquireCommand command, AcquireReply reply)
    {
        if (reply.Status == AcquireStatus.Fenced)
        {
            Lose();
            return;
        }

        if (_lease is not null && _lease.Id != reply.LeaseId)
        {
            Lose();
        }

        _unleased = reply.Unleased;
        // A lease that was lost while the question was under way stays lost.
        var isLost = _lease is null && command.LeaseId is not null;
        if (reply.LeaseId is { } id && !(isLost && id == command.LeaseId))
        {
            var lease = _lease ??= new NodeLease(id);
            Invariant.Holds(
                (lease.Used.Total + lease.Held) <= reply.Granted.Total,
                "the store never takes back what is held"
            );
            lease.Granted = reply.Granted;
            // Frozen: what runs may finish, nothing new begins.
            lease.GrantUntilTicks =
                reply.Status == AcquireStatus.Open
                    ? command.SentTicks + policy.GrantTime.Ticks
                    : long.MinValue;
            foreach (var told in reply.Allowances)
            {
                Adopt(lease, told);
            }
        }

        _unspent = reply.Unspent - Pending(reply.Used);
    }

    private static void Adopt(NodeLease lease, AllowanceReply told)
    {
        if (!lease.Allowances.TryGetValue(told.Key, out var allowance))
        {
            lease.Allowances[told.Key] = allowance = new Allowance(told.Key);
        }

        allowance.Cap = told.Cap;
        allowance.Granted = told.Granted;
        allowance.Unleased = told.Unleased;
        allowance.MonthUsed = told.MonthUsed + (allowance.Used - told.Used);
    }

    // Charges of this node that the store's reading does not contain yet.
    private NanoUsd Pending(Funds usedInStore) =>
        _pendingOnLost
        + (_lease is { } lease ? lease.Used.Total - usedInStore.Total : NanoUsd.Zero);

    private void Lose()
    {
        if (_lease is { } lease)
        {
            lease.IsLost = true;
            _pendingOnLost += lease.Used.Total - lease.Flushed;
            _lease = null;
        }
    }
}
