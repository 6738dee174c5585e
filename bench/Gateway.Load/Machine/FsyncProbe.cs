using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Arda.Gateway.Load.Machine;

/// <summary>
/// How long the data disk takes to make a small write durable: the floor under every answer whose
/// charge must be safe first. Overwrites in place, as a write-ahead log does once it has its size.
/// </summary>
internal static partial class FsyncProbe
{
    private const int PageBytes = 4096;
    private const int Pages = 256;
    private const int Writes = 400;

    public static int Print(string directory)
    {
        foreach (var gap in new[] { 0, 1 / Arda.Gateway.Load.Run.Measure.RequestsPerSecond })
        {
            var (p50, p99) = Measure(directory, gap);
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"fdatasync of 4 KiB in {directory} ({FileSystem(directory)}), {gap * 1000:F1} ms apart: median {p50:F3} ms, p99 {p99:F3} ms"
                )
            );
        }

        return 0;
    }

    /// <summary>Median and 99th percentile in milliseconds. With a gap before each write a disk that
    /// rests in between shows what it takes to wake, as it does at a moderate load.</summary>
    public static (double P50, double P99) Measure(string directory, double gapSeconds)
    {
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, "fsync.probe");
        try
        {
            using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
            var page = new byte[PageBytes];
            for (var i = 0; i < Pages; i++)
            {
                RandomAccess.Write(file, page, i * PageBytes);
            }

            RandomAccess.FlushToDisk(file);
            var times = new long[Writes];
            for (var i = 0; i < Writes; i++)
            {
                page[0]++;
                if (gapSeconds > 0)
                {
                    Clock.Sleep(gapSeconds);
                }

                var start = Stopwatch.GetTimestamp();
                RandomAccess.Write(file, page, i % Pages * PageBytes);
                if (DataSync(file) != 0)
                {
                    throw new BenchException($"fdatasync fails in {directory}");
                }

                times[i] = Stopwatch.GetTimestamp() - start;
            }

            return (
                Clients.LoadResult.Percentile(times, 0.5),
                Clients.LoadResult.Percentile(times, 0.99)
            );
        }
        finally
        {
            File.Delete(path);
        }
    }

    public static string FileSystem(string directory) =>
        Shell.Output("findmnt", ["-no", "FSTYPE", "--target", directory]).Trim();

    [LibraryImport("libc", EntryPoint = "fdatasync")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int DataSync(SafeFileHandle file);
}
