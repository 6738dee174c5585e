using System.Globalization;
using System.Runtime.InteropServices;

namespace Arda.Gateway.Load.Machine;

/// <summary>What processes and their children use, as <c>/proc</c> tells it.</summary>
internal static partial class ProcessTree
{
    public const int Terminate = 15;
    public const int Kill = 9;
    public const int Stop = 19;
    public const int Continue = 18;

    // The kernel's unit in /proc/PID/stat, 100 a second on every Linux that .NET runs on.
    private const double MillisecondsPerTick = 10;

    /// <summary>User and system time of the trees, in milliseconds.</summary>
    public static double CpuMilliseconds(IEnumerable<int> roots) =>
        Of(roots).Select(ReadStat).Sum(stat => stat is null ? 0 : Ticks(stat, 11, 12))
        * MillisecondsPerTick;

    /// <summary>The same of this process with the tools that it ran to their end.</summary>
    public static double OwnCpuMilliseconds() =>
        Ticks(ReadStat(Environment.ProcessId)!, 11, 12, 13, 14) * MillisecondsPerTick;

    public static long ResidentBytes(IEnumerable<int> roots) =>
        Of(roots).Sum(pid => StatusBytes(pid, "VmRSS:"));

    public static long PeakResidentBytes(IEnumerable<int> roots) =>
        Of(roots).Sum(pid => StatusBytes(pid, "VmHWM:"));

    public static void Signal(IEnumerable<int> roots, int signal)
    {
        foreach (var pid in Of(roots))
        {
            _ = SendSignal(pid, signal);
        }
    }

    public static bool IsAlive(int pid) => ReadStat(pid) is { } stat && stat[0] != "Z";

    private static List<int> Of(IEnumerable<int> roots)
    {
        var tree = roots.ToList();
        if (tree.Count == 0)
        {
            return tree;
        }

        var parents = Directory
            .EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), null, out var pid) ? pid : 0)
            .Where(pid => pid > 0)
            .Select(pid => (Pid: pid, Parent: ReadStat(pid) is { } stat ? (int)Ticks(stat, 1) : 0))
            .ToLookup(process => process.Parent, process => process.Pid);
        for (var i = 0; i < tree.Count; i++)
        {
            tree.AddRange(parents[tree[i]]);
        }

        return tree;
    }

    // The fields after the name, which may itself hold spaces and parentheses; state is the first.
    private static string[]? ReadStat(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long Ticks(string[] stat, params int[] fields) =>
        fields.Sum(field => long.Parse(stat[field], CultureInfo.InvariantCulture));

    private static long StatusBytes(int pid, string name)
    {
        try
        {
            var line = File.ReadLines($"/proc/{pid}/status")
                .FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal));
            var words = line?.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            return words is null ? 0 : long.Parse(words[1], CultureInfo.InvariantCulture) * 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int pid, int signal);
}
