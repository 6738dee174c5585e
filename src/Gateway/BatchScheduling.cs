using System.Runtime.InteropServices;

namespace Arda.Gateway;

/// <summary>
/// Asks Linux not to interrupt a thread of this process for another one that has just become ready.
/// By default each packet that arrives puts the thread that waits for packets in the place of the one
/// that answers a request: on a busy core that is most of the switches between threads, and a sixth
/// of a request's price. As a batch (sched(7), SCHED_BATCH) it waits for the end of the slice, takes
/// all that came meanwhile at once, and runs at once where a core is idle. See docs/decisions/0018.
/// </summary>
internal static class BatchScheduling
{
    private const int Normal = 0;
    private const int Batch = 3;
    private const int ThisThread = 0;

    /// <summary>For the calling thread and all that it starts, so call it first. A policy that the
    /// process was started with on purpose stays; a system that refuses is left as it is.</summary>
    public static void Ask()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            if (sched_getscheduler(ThisThread) == Normal)
            {
                var priority = 0;
                _ = sched_setscheduler(ThisThread, Batch, ref priority);
            }
        }
        catch (EntryPointNotFoundException)
        {
            // A C library without it: requests cost a little more.
        }
    }

#pragma warning disable SYSLIB1054, IDE1006, CA5392 // Generated marshalling needs unsafe code; the names are libc's.
    [DllImport("libc")]
    private static extern int sched_getscheduler(int pid);

    [DllImport("libc")]
    private static extern int sched_setscheduler(int pid, int policy, ref int priority);
#pragma warning restore SYSLIB1054, IDE1006, CA5392
}
