using System.Globalization;
using System.Runtime.InteropServices;

namespace Arda.Gateway.Load.Machine;

/// <summary>Which machine the figures are of; without it they mean nothing.</summary>
internal static class Description
{
    public static IEnumerable<string> Lines()
    {
        var cpu = Shell
            .Output("lscpu", [], ("LC_ALL", "C"))
            .Split('\n')
            .Select(line => line.Split(':', 2))
            .Where(pair => pair.Length == 2)
            .ToLookup(pair => pair[0].Trim(), pair => pair[1].Trim());
        var memory = File.ReadLines("/proc/meminfo").First().Split(' ', StringSplitOptions.None)[
            ^2
        ];
        var gibibytes = long.Parse(memory, CultureInfo.InvariantCulture) / 1024 / 1024;
        var isVirtual = cpu["Hypervisor vendor"].FirstOrDefault();
        yield return $"{cpu["Model name"].FirstOrDefault() ?? "unknown CPU"} (family "
            + $"{cpu["CPU family"].FirstOrDefault()}, model {cpu["Model"].FirstOrDefault()}), "
            + $"{cpu["CPU(s)"].FirstOrDefault()} cores, {gibibytes} GiB"
            + (isVirtual is null ? "" : $", virtual ({isVirtual})");
        yield return $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}";
    }
}
