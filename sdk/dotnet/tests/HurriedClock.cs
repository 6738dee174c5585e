namespace Arda.Gateway.Sdk.Tests;

/// <summary>A clock for those who wait: every delay is over at once, and that much later it
/// is.</summary>
internal sealed class HurriedClock : TimeProvider
{
    private readonly DateTimeOffset _begin = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);
    private TimeSpan _passed;

    public List<TimeSpan> Delays { get; } = [];

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _begin + _passed;

    public override long GetTimestamp() => _passed.Ticks;

    public override ITimer CreateTimer(
        TimerCallback callback,
        object? state,
        TimeSpan dueTime,
        TimeSpan period
    )
    {
        if (dueTime > TimeSpan.Zero)
        {
            Delays.Add(dueTime);
            _passed += dueTime;
        }

        return System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
