using System.Globalization;

namespace Arda.Gateway.Load.Machine;

/// <summary>How long the machine and two of its cores were busy since it started, in milliseconds.</summary>
internal readonly record struct MachineCpu(double All, double TargetCore, double LoadCore)
{
    public static MachineCpu Read()
    {
        var lines = File.ReadLines("/proc/stat")
            .TakeWhile(line => line.StartsWith("cpu", StringComparison.Ordinal))
            .ToList();
        return new MachineCpu(
            Busy(lines, "cpu", OfProcesses),
            Busy(lines, $"cpu{Cores.Target}", [.. OfProcesses, .. Interrupts]),
            Busy(lines, $"cpu{Cores.Load}", [.. OfProcesses, .. Interrupts])
        );
    }

    // user, nice, system and steal.
    private static readonly int[] OfProcesses = [0, 1, 2, 7];

    // irq and softirq: they fill a core, but belong to no process. Left out of the whole, so that
    // the rig's own network traffic does not pass for the work of others.
    private static readonly int[] Interrupts = [5, 6];

    private static double Busy(List<string> lines, string name, int[] counted)
    {
        var line = lines.First(l => l.StartsWith(name + " ", StringComparison.Ordinal));
        var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..];
        return counted.Sum(i => long.Parse(fields[i], CultureInfo.InvariantCulture)) * 10d;
    }
}

/// <summary>Who runs where: the target alone with its database, all else on the other core.</summary>
internal static class Cores
{
    public const int Load = 0;
    public const int Target = 1;
}
