using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Arda.Gateway.Load.Machine;

/// <summary>Sleeping to the microsecond, which the runtime's timers do not offer.</summary>
internal static partial class Clock
{
    private const int Monotonic = 1;
    private const int AbsoluteTime = 1;
    private const int SetTimerSlack = 29;

    /// <summary>By default Linux may wake a thread 50 µs late to save power.</summary>
    public static void SleepPrecisely() => _ = Control(SetTimerSlack, 1, 0, 0, 0);

    /// <summary>Sleeps until that <see cref="Stopwatch"/> time, which is nanoseconds here.</summary>
    public static void SleepUntil(long timestamp)
    {
        while (Stopwatch.GetTimestamp() < timestamp)
        {
            var until = new TimeSpec(timestamp / 1_000_000_000, timestamp % 1_000_000_000);
            _ = NanoSleep(Monotonic, AbsoluteTime, until, 0);
        }
    }

    public static void Sleep(double seconds) =>
        SleepUntil(Stopwatch.GetTimestamp() + (long)(seconds * 1e9));

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);

    [LibraryImport("libc", EntryPoint = "clock_nanosleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int NanoSleep(int clock, int flags, in TimeSpec until, nint rest);

    [LibraryImport("libc", EntryPoint = "prctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(int option, nuint a, nuint b, nuint c, nuint d);
}
