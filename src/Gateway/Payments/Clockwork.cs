namespace Arda.Gateway.Payments;

/// <summary>Schedules of this room: unix milliseconds by the process's clock. Money never depends
/// on them, only on keys and rows.</summary>
internal static class Clockwork
{
    public static long Now(this TimeProvider time) => time.GetUtcNow().ToUnixTimeMilliseconds();

    public static long In(this TimeProvider time, TimeSpan delay) =>
        (time.GetUtcNow() + delay).ToUnixTimeMilliseconds();

    public static DateTimeOffset MonthStart(this TimeProvider time) => MonthStart(time.GetUtcNow());

    public static DateTimeOffset MonthStart(DateTimeOffset at) =>
        new(at.Year, at.Month, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The doubling of <paramref name="first"/> with each attempt, up to an
    /// hour.</summary>
    public static TimeSpan Backoff(TimeSpan first, long attempts)
    {
        var delay = first * Math.Pow(2, Math.Clamp(attempts, 0, 20));
        return delay < TimeSpan.FromHours(1) ? delay : TimeSpan.FromHours(1);
    }
}
