using Arda.Gateway.Kernel;

namespace Arda.Gateway.Ledger.Core;

/// <summary>
/// One project on one node, without any I/O: commands and the present moment in, decisions and
/// store commands out. Not thread-safe; its owner takes one lock for each call and never keeps it
/// across a wait.
/// </summary>
internal sealed partial class LeaseBook(string project, LeasePolicy policy, NanoUsd lowBelow)
{
    // Any single charge above it is garbage of a provider or a bug of ours.
    private static readonly NanoUsd s_chargeMax = new(1_000 * NanoUsd.PerUsd);
    private static readonly TimeSpan s_onHoldRetry = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_storeRetry = TimeSpan.FromSeconds(5);

    private readonly List<HeldFunds> _waiters = [];
    private NodeLease? _lease;
    private NanoUsd? _unspent;
    private NanoUsd _unleased;
    private NanoUsd _pendingOnLost;
    private NanoUsd _meanRequest;
    private NanoUsd _recentSpend;
    private long _recentSinceTicks;
    private long _lastHoldTicks;
    private int _openHolds;

    public string Project { get; } = project;

    /// <summary>Set by the owner when it forgets this book, so that nobody else uses it.</summary>
    public bool IsRetired { get; set; }

    public NodeLease? Lease => _lease;

    public int Waiting => _waiters.Count;

    public int OpenHolds => _openHolds;

    /// <summary>Null until the store was asked once.</summary>
    public BalanceReading? Balance =>
        _unspent is { } unspent
            ? new(unspent, unspent < NanoUsd.Max(lowBelow, TenTimesMean()))
            : null;

    /// <summary>
    /// Takes the hold from the lease where that is possible; otherwise it waits, and a later
    /// <see cref="Next"/> asks the store for it.
    /// </summary>
    public bool TryHold(HeldFunds hold, Moment now)
    {
        hold.Month = now.Month;
        hold.StartedAtUnixMs = now.UnixMs;
        _lastHoldTicks = now.Ticks;
        if (!_mustAsk && Serve(hold, hold.Request.BaseMax, now))
        {
            WantMoreWhenHalfUsed(now);
            return true;
        }

        _waiters.Add(hold);
        return false;
    }

    /// <summary>Grows a hold out of the lease that it came from.</summary>
    public bool TryExtend(HeldFunds hold, NanoUsd baseMore, Moment now)
    {
        if (hold.State != HoldState.Held || baseMore < NanoUsd.Zero || hold.Lease!.IsLost)
        {
            return false;
        }

        var more = hold.TotalOf(hold.BaseMax + baseMore) - hold.TotalOf(hold.BaseMax);
        if (FreeFor(hold) < more)
        {
            // Not for this call, which may not wait; for the next one, well before the hold is used.
            if (hold.Lease == _lease && _unleased > NanoUsd.Zero)
            {
                _renewWanted = _growWanted = true;
                _growNeed = NanoUsd.Max(_growNeed, more);
            }

            return false;
        }

        hold.BaseMax += baseMore;
        hold.Amount += more;
        SetAside(hold, more);
        WantMoreWhenHalfUsed(now);
        return true;
    }

    /// <summary>Base price that this payer could still hold: the lease and what nobody leased.</summary>
    public NanoUsd AffordableBase(Payer payer, Moment now)
    {
        var total = _unleased + (_lease?.Free ?? NanoUsd.Zero);
        foreach (var (key, cap) in LimitsOf(payer, now.Month))
        {
            var allowance = _lease?.Allowances.GetValueOrDefault(key);
            var left = allowance is null
                ? cap
                : NanoUsd.Min(allowance.Free + allowance.Unleased, cap - allowance.MonthUsed);
            total = NanoUsd.Min(total, left);
        }

        return ChargeParts.LargestBaseWithin(
            total,
            payer.GatewayMarkupBps,
            payer.ResellerMarkupBps
        );
    }

    /// <summary>Nothing was used: the hold goes back.</summary>
    /// <returns>False when it had ended before.</returns>
    public bool Release(HeldFunds hold)
    {
        if (hold.State == HoldState.Waiting)
        {
            Forget(hold);
            hold.State = HoldState.Released;
            return true;
        }

        if (hold.State != HoldState.Held)
        {
            return false;
        }

        End(hold, HoldState.Released);
        return true;
    }

    // The store's answer is for those who still wait of those who were asked for.
    private void Forget(HeldFunds hold)
    {
        var at = _waiters.IndexOf(hold);
        Invariant.Holds(at >= 0, "who waits is among those who wait");
        _waiters.RemoveAt(at);
        _asked -= at < _asked ? 1 : 0;
    }

    private bool Serve(HeldFunds hold, NanoUsd basePrice, Moment now)
    {
        if (_lease is not { } lease || now.Ticks >= lease.GrantUntilTicks)
        {
            return false;
        }

        var payer = hold.Request.Payer;
        if (
            !TryAllowance(lease, hold, AllowanceScope.Key, payer.KeyMonthlyLimit, out var key)
            || !TryAllowance(
                lease,
                hold,
                AllowanceScope.Connection,
                payer.ConnectionMonthlyLimit,
                out var connection
            )
        )
        {
            return false;
        }

        var total = hold.TotalOf(basePrice);
        if (lease.Free < total || key?.Free < total || connection?.Free < total)
        {
            return false;
        }

        (hold.Lease, hold.KeyAllowance, hold.ConnectionAllowance) = (lease, key, connection);
        (hold.BaseMax, hold.Amount, hold.State) = (basePrice, total, HoldState.Held);
        SetAside(hold, total);
        lease.OpenHolds++;
        _openHolds++;
        return true;
    }

    // A limit that differs from the one it was granted under has to be asked for again.
    private static bool TryAllowance(
        NodeLease lease,
        HeldFunds hold,
        AllowanceScope scope,
        NanoUsd? limit,
        out Allowance? allowance
    )
    {
        allowance = null;
        var payer = hold.Request.Payer;
        var subject = scope == AllowanceScope.Key ? payer.Key.Value : payer.Connection?.Value;
        if (limit is not { } cap || subject is null)
        {
            return true;
        }

        return lease.Allowances.TryGetValue(new(scope, subject, hold.Month), out allowance)
            && allowance.Cap == cap;
    }

    /// <summary>What a hold could take more from its own lease and limits.</summary>
    private static NanoUsd FreeFor(HeldFunds hold)
    {
        var free = hold.Lease!.Free;
        free = hold.KeyAllowance is { } key ? NanoUsd.Min(free, key.Free) : free;
        free = hold.ConnectionAllowance is { } con ? NanoUsd.Min(free, con.Free) : free;
        return NanoUsd.Max(free, NanoUsd.Zero);
    }

    private static void SetAside(HeldFunds hold, NanoUsd amount)
    {
        hold.Remaining += amount;
        hold.Lease!.Held += amount;
        if (hold.KeyAllowance is { } key)
        {
            key.Held += amount;
        }

        if (hold.ConnectionAllowance is { } connection)
        {
            connection.Held += amount;
        }
    }

    private void End(HeldFunds hold, HoldState state)
    {
        SetAside(hold, NanoUsd.Zero - hold.Remaining);
        hold.State = state;
        hold.Lease!.OpenHolds--;
        _openHolds--;
        // A small balance goes back at once: another node may need it.
        _shrinkWanted |=
            !policy.Everything
            && hold.Lease == _lease
            && _unleased + hold.Lease.Free < policy.ExactBelow;
    }

    private static IEnumerable<(AllowanceKey Key, NanoUsd Cap)> LimitsOf(Payer payer, int month)
    {
        if (payer.KeyMonthlyLimit is { } keyCap)
        {
            yield return (new(AllowanceScope.Key, payer.Key.Value, month), keyCap);
        }

        if (payer is { ConnectionMonthlyLimit: { } connectionCap, Connection: { } connection })
        {
            yield return (new(AllowanceScope.Connection, connection.Value, month), connectionCap);
        }
    }

    private NanoUsd TenTimesMean() => new(checked(_meanRequest.Value * 10));
}
