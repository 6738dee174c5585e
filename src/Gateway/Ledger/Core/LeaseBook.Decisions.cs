using Arda.Gateway.Kernel;

namespace Arda.Gateway.Ledger.Core;

/// <summary>Who is served and who is refused once the store has answered.</summary>
internal sealed partial class LeaseBook
{
    private void ServeWhole(List<HoldDecision> decisions, Moment now)
    {
        for (var i = 0; i < _waiters.Count; )
        {
            var hold = _waiters[i];
            if (_mustAsk || !Serve(hold, hold.Request.BaseMax, now))
            {
                i++;
                continue;
            }

            decisions.Add(new(hold, null));
            _waiters.RemoveAt(i);
            _asked -= i < _asked ? 1 : 0;
        }
    }

    // Only those whose need the store knew when it answered; later ones ask again.
    private void ServeRestOrDeny(List<HoldDecision> decisions, AcquireReply reply, Moment now)
    {
        if (_mustAsk && reply.Status == AcquireStatus.Open)
        {
            // There are news since the question was sent, so that this answer decides nothing.
            _asked = 0;
            return;
        }

        var again = new List<HeldFunds>();
        foreach (var hold in _waiters.Take(_asked))
        {
            if (CanBeLent(hold, hold.WishTotal))
            {
                again.Add(hold);
            }
            else if (TryServeLess(hold, now))
            {
                decisions.Add(new(hold, null));
            }
            else if (CanBeLent(hold, hold.LeastTotal))
            {
                again.Add(hold);
            }
            else
            {
                decisions.Add(Decide(hold, DenialFor(hold, reply)));
            }
        }

        _waiters.RemoveRange(0, _asked);
        _waiters.InsertRange(0, again);
        _asked = 0;
    }

    // What was lent for this hold may have gone to others that came while the question was under
    // way, or to a limit that another request of the same key has changed: as long as the store
    // has more, nobody is told that the balance is on hold.
    private bool CanBeLent(HeldFunds hold, NanoUsd total)
    {
        if (_lease is not { } lease || lease.GrantUntilTicks == long.MinValue)
        {
            return false;
        }

        if (lease.Free + _unleased < total)
        {
            return false;
        }

        foreach (var (key, cap) in LimitsOf(hold.Request.Payer, hold.Month))
        {
            var allowance = lease.Allowances.GetValueOrDefault(key);
            if (allowance?.Cap == cap && allowance.Free + allowance.Unleased < total)
            {
                return false;
            }
        }

        return true;
    }

    private bool TryServeLess(HeldFunds hold, Moment now)
    {
        if (hold.Request.MinimumBaseMax is not { } least || _lease is not { } lease)
        {
            return false;
        }

        var free = lease.Free;
        foreach (var (key, _) in LimitsOf(hold.Request.Payer, hold.Month))
        {
            var allowance = lease.Allowances.GetValueOrDefault(key);
            free = NanoUsd.Min(free, allowance?.Free ?? NanoUsd.Zero);
        }

        var affordable = NanoUsd.Min(hold.BaseWithin(free), hold.Request.BaseMax);
        return affordable >= least && Serve(hold, affordable, now);
    }

    private Denial DenialFor(HeldFunds hold, AcquireReply reply)
    {
        var required = hold.LeastTotal;
        switch (reply.Status)
        {
            case AcquireStatus.Frozen:
                return new Denial.ProjectFrozen();
            case AcquireStatus.Fenced:
                return new Denial.LedgerUnavailable(s_storeRetry);
        }

        foreach (var told in reply.Allowances)
        {
            if (ReachedBy(hold, told, required) is { } reached)
            {
                return reached;
            }
        }

        var balance = _unspent ?? reply.Unspent;
        return balance < required
            ? new Denial.InsufficientBalance(balance, required)
            : new Denial.BalanceOnHold(balance, required, s_onHoldRetry);
    }

    private Denial? ReachedBy(HeldFunds hold, AllowanceReply told, NanoUsd required)
    {
        var payer = hold.Request.Payer;
        var isMine = LimitsOf(payer, hold.Month).Any(l => l.Key == told.Key);
        var used = _lease?.Allowances.GetValueOrDefault(told.Key)?.MonthUsed ?? told.MonthUsed;
        if (!isMine || told.Cap - used >= required)
        {
            return null;
        }

        return told.Key.Scope == AllowanceScope.Key
            ? new Denial.KeyLimitReached(told.Cap, used, required)
            : new Denial.ConnectionLimitReached(told.Cap, used, required);
    }

    private static HoldDecision Decide(HeldFunds hold, Denial denial)
    {
        hold.State = HoldState.Released;
        return new(hold, denial);
    }

    private void WantMoreWhenHalfUsed(Moment now)
    {
        if (policy.Everything || _lease is not { } lease || _unleased <= NanoUsd.Zero)
        {
            return;
        }

        var left = lease.Granted.Total - lease.Used.Total;
        var isSmall = _unleased + lease.Free < policy.ExactBelow;
        if (!isSmall && lease.Free.Value < left.Value / 2)
        {
            _renewWanted = _growWanted = true;
        }

        _renewWanted |= now.Ticks > lease.GrantUntilTicks - (policy.GrantTime.Ticks / 2);
    }
}
