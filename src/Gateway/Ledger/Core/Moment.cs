namespace Arda.Gateway.Ledger.Core;

/// <summary>
/// Now, as an input. Deadlines look at the monotonic ticks alone; the wall clock only names the
/// month that a monthly limit counts in and the time that a receipt shows.
/// </summary>
/// <param name="Ticks">Monotonic, in units of <see cref="TimeSpan.Ticks"/>.</param>
/// <param name="UnixMs">The node's wall clock.</param>
internal readonly record struct Moment(long Ticks, long UnixMs)
{
    public static Moment Of(TimeProvider time) =>
        new(
            time.GetElapsedTime(0, time.GetTimestamp()).Ticks,
            time.GetUtcNow().ToUnixTimeMilliseconds()
        );

    /// <summary>The UTC month as yyyymm.</summary>
    public int Month
    {
        get
        {
            var at = DateTimeOffset.FromUnixTimeMilliseconds(UnixMs);
            return (at.Year * 100) + at.Month;
        }
    }
}
