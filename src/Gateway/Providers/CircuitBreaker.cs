namespace Arda.Gateway.Providers;

/// <summary>What the breaker of one model at one provider says.</summary>
public enum CircuitState
{
    /// <summary>Requests go there.</summary>
    Closed,

    /// <summary>Too many went wrong; it rests until its time is up.</summary>
    Open,

    /// <summary>Its time is up: one request may find out.</summary>
    HalfOpen,
}

/// <summary>When a breaker opens and for how long.</summary>
public sealed record BreakerLimits
{
    /// <summary>So many faults one after the other open it.</summary>
    public int FaultsInRowMax { get; init; } = 5;

    /// <summary>… or this share of all requests of the window,</summary>
    public double FaultRateMax { get; init; } = 0.5;

    /// <summary>as soon as the window has seen this many.</summary>
    public int RequestsMin { get; init; } = 20;

    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The first rest; each that follows without a success between is twice as
    /// long.</summary>
    public TimeSpan RestMin { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan RestMax { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>For what only the operator can put right.</summary>
    public TimeSpan OperatorRest { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A provider may ask for hours; a minute is what we believe at once.</summary>
    public TimeSpan RetryAfterMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A probe that never reports frees its place after this long.</summary>
    public TimeSpan ProbeMax { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>
/// A circuit breaker without timers: state is read from two time stamps without a lock, as routing
/// does for each offer of each request; only outcomes take the lock, for a few additions.
/// </summary>
/// <param name="limits">When to open, for how long.</param>
/// <param name="time">The clock.</param>
/// <param name="jitter">A number from 0 to 1, so that nodes do not come back all at once.</param>
public sealed class CircuitBreaker(BreakerLimits limits, TimeProvider time, Func<double> jitter)
{
    private const int Slots = 6;

    private readonly Lock _gate = new();
    private readonly int[] _requests = new int[Slots];
    private readonly int[] _faults = new int[Slots];
    private readonly long[] _slotOf = new long[Slots];
    private int _faultsInRow;
    private int _restsInRow;
    private long _openUntil; // In ticks of UTC; 0 is closed.
    private long _probeUntil;

    public CircuitState State
    {
        get
        {
            var until = Volatile.Read(ref _openUntil);
            return until == 0 ? CircuitState.Closed
                : Now < until ? CircuitState.Open
                : CircuitState.HalfOpen;
        }
    }

    /// <summary>Closed, or open and due for a probe that nobody makes yet.</summary>
    public bool IsReady
    {
        get
        {
            var until = Volatile.Read(ref _openUntil);
            if (until == 0)
            {
                return true;
            }

            var now = Now;
            return now >= until && now >= Volatile.Read(ref _probeUntil);
        }
    }

    /// <summary>When it is tried again; null while it is closed.</summary>
    public DateTimeOffset? OpenUntil =>
        Volatile.Read(ref _openUntil) is > 0 and var ticks
            ? new DateTimeOffset(ticks, TimeSpan.Zero)
            : null;

    /// <summary>A request is on its way. Where a probe is due this one is it, and the next caller
    /// sees the breaker as not ready.</summary>
    public void Begin()
    {
        var until = Volatile.Read(ref _openUntil);
        if (until == 0)
        {
            return;
        }

        var now = Now;
        var probe = Volatile.Read(ref _probeUntil);
        if (now >= until && now >= probe)
        {
            Interlocked.CompareExchange(ref _probeUntil, now + limits.ProbeMax.Ticks, probe);
        }
    }

    public void Succeed()
    {
        lock (_gate)
        {
            Count(fault: false);
            _faultsInRow = 0;
            Close();
        }
    }

    /// <summary>An answer has begun: what rested is back. Nothing to do where nothing
    /// rested.</summary>
    public void Reopen()
    {
        if (Volatile.Read(ref _openUntil) != 0)
        {
            lock (_gate)
            {
                Close();
                _faultsInRow = 0;
            }
        }
    }

    /// <summary>The request said nothing about the provider: its caller left, or was
    /// wrong.</summary>
    public void Neutral() => Volatile.Write(ref _probeUntil, 0);

    public void Fail()
    {
        lock (_gate)
        {
            Count(fault: true);
            _faultsInRow++;
            if (_openUntil != 0 || _faultsInRow >= limits.FaultsInRowMax || IsRateTooHigh())
            {
                Rest(NextRest());
            }
        }
    }

    /// <summary>The provider said when to come back, or waiting alone will not help.</summary>
    public void FailFor(TimeSpan rest)
    {
        lock (_gate)
        {
            Count(fault: true);
            _faultsInRow++;
            Rest(rest);
        }
    }

    /// <summary>Requests and faults of the window, for a page.</summary>
    public (int Requests, int Faults) Recent
    {
        get
        {
            lock (_gate)
            {
                return Sum();
            }
        }
    }

    private long Now => time.GetUtcNow().UtcTicks;

    private void Close()
    {
        if (_openUntil != 0)
        {
            // What went wrong before the rest says nothing about the time after it.
            Array.Clear(_requests);
            Array.Clear(_faults);
        }

        _restsInRow = 0;
        Volatile.Write(ref _openUntil, 0);
        Volatile.Write(ref _probeUntil, 0);
    }

    private void Rest(TimeSpan rest)
    {
        // A late answer from before the rest must not shorten it.
        var until = Math.Max(Now + rest.Ticks, Now < _openUntil ? _openUntil : 0);
        Volatile.Write(ref _openUntil, until);
        Volatile.Write(ref _probeUntil, 0);
    }

    private TimeSpan NextRest()
    {
        // Requests that were under way when it opened are one incident, not many.
        if (Now >= _openUntil)
        {
            _restsInRow++;
        }

        var doubled = limits.RestMin.Ticks << Math.Clamp(_restsInRow - 1, 0, 20);
        var rest = Math.Min(doubled, limits.RestMax.Ticks);
        return TimeSpan.FromTicks((long)(rest * (0.8 + (0.4 * jitter()))));
    }

    private bool IsRateTooHigh()
    {
        var (requests, faults) = Sum();
        return requests >= limits.RequestsMin && faults >= requests * limits.FaultRateMax;
    }

    private (int Requests, int Faults) Sum()
    {
        var oldest = Slot() - Slots + 1;
        int requests = 0,
            faults = 0;
        for (var i = 0; i < Slots; i++)
        {
            if (_slotOf[i] >= oldest)
            {
                requests += _requests[i];
                faults += _faults[i];
            }
        }

        return (requests, faults);
    }

    private void Count(bool fault)
    {
        var slot = Slot();
        var i = (int)(slot % Slots);
        if (_slotOf[i] != slot)
        {
            (_slotOf[i], _requests[i], _faults[i]) = (slot, 0, 0);
        }

        _requests[i]++;
        _faults[i] += fault ? 1 : 0;
    }

    private long Slot() => Now / (limits.Window.Ticks / Slots);
}
