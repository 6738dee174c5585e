namespace Arda.Gateway.Providers;

/// <summary>
/// Ends a call when its caller gives up, or when the provider is silent for too long. Waiting is
/// marked by two writes; the one timer of a call sets itself again and looks only now and then, so
/// that a stream of many events does not pay for each of them.
/// </summary>
internal sealed class UpstreamDeadline : IDisposable
{
    private readonly CancellationTokenSource _cancel = new();
    private readonly CancellationTokenRegistration _caller;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private long _waitingSince;
    private long _limitTicks;
    private volatile bool _waiting;

    /// <param name="limit">For the first wait, which starts now.</param>
    /// <param name="time">The clock.</param>
    /// <param name="caller">Ends the call from outside.</param>
    public UpstreamDeadline(TimeSpan limit, TimeProvider time, CancellationToken caller)
    {
        _time = time;
        Caller = caller;
        _waitingSince = time.GetTimestamp();
        _limitTicks = limit.Ticks;
        _waiting = true;
        _timer = time.CreateTimer(
            static self => ((UpstreamDeadline)self!).Look(),
            this,
            limit,
            Timeout.InfiniteTimeSpan
        );
        _caller = caller.UnsafeRegister(static self => ((UpstreamDeadline)self!).Cancel(), this);
    }

    public CancellationToken Token => _cancel.Token;

    public CancellationToken Caller { get; }

    /// <summary>The provider was silent for longer than the limit.</summary>
    public bool HasPassed { get; private set; }

    public void StartWaiting()
    {
        Volatile.Write(ref _waitingSince, _time.GetTimestamp());
        _waiting = true;
    }

    public void StopWaiting() => _waiting = false;

    /// <summary>From the first byte on another limit counts: that of silence.</summary>
    public void Change(TimeSpan limit)
    {
        _waiting = false;
        Volatile.Write(ref _limitTicks, limit.Ticks);
        _timer.Change(limit, Timeout.InfiniteTimeSpan);
    }

    public void Cancel()
    {
        try
        {
            _cancel.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The call ended in the same moment.
        }
    }

    public void Dispose()
    {
        _caller.Dispose();
        _timer.Dispose();
        _cancel.Dispose();
    }

    private void Look()
    {
        var limit = TimeSpan.FromTicks(Volatile.Read(ref _limitTicks));
        var left = _waiting
            ? limit - _time.GetElapsedTime(Volatile.Read(ref _waitingSince))
            : limit;
        if (left <= TimeSpan.Zero)
        {
            HasPassed = true;
            Cancel();
            return;
        }

        try
        {
            _timer.Change(left, Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            // The call ended in the same moment.
        }
    }
}
