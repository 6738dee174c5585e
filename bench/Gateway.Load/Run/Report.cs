using System.Globalization;
using System.Text;
using Arda.Gateway.Load.Machine;
using Arda.Gateway.Load.Targets;

namespace Arda.Gateway.Load.Run;

/// <summary>One Markdown table, and every cell as CSV beside it for those who doubt it.</summary>
internal sealed class Report(
    Options options,
    IReadOnlyList<Target> targets,
    IReadOnlyList<Cell> cells,
    IReadOnlyList<Held> held,
    IReadOnlyDictionary<string, long> peaks,
    Disk disk
)
{
    private const string None = "–";
    private const double LimitShare = 0.9;
    private const double ErrorShareMax = 0.001;

    public bool HasErrors =>
        cells.Any(cell => cell.Load.Errors > 0 || cell.IsShort)
        || held.Any(h => h.Complete < options.Plan.HeldStreams);

    public void Write()
    {
        var text = Text();
        Console.WriteLine(text);
        var now = TimeProvider.System.GetUtcNow();
        var folder = options.Plan.KeepsResults
            ? Path.Combine(options.Root, "bench", "results")
            : options.WorkDirectory;
        Directory.CreateDirectory(folder);
        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"{now:yyyy-MM-dd-HHmm}-{options.Plan.Name}"
        );
        File.WriteAllText(Path.Combine(folder, name + ".md"), text);
        File.WriteAllText(Path.Combine(folder, name + ".csv"), Csv());
        Console.Error.WriteLine($"written to {Path.Combine(folder, name)}.md and .csv");
    }

    private string Text()
    {
        var text = new StringBuilder();
        var day = TimeProvider.System.GetUtcNow();
        Line(text, $"# Bench, {options.Plan.Name}, {day:yyyy-MM-dd HH:mm} UTC\n");
        Table(text);
        Line(
            text,
            $"\nMedians of {options.Plan.Rounds} interleaved rounds of {options.Plan.Seconds:F0} s cells, ± half of max − min. `added` is the target's percentile less that of `direct` in the same round; the column of `direct` shows its own. Marks: `~` others used more than {Spending.OthersShareMax:P0} of a core twice, `^` the load's core was the limit (a lower bound), `!` more than {ErrorShareMax:P1} errors, `c` fewer requests reached the provider than were answered.\n"
        );
        foreach (var line in Description.Lines().Concat(targets.Select(Described)))
        {
            Line(text, $"- {line}");
        }

        OfDisk(text);
        var others = cells.Select(cell => cell.Spent.OthersShare).Order().ToArray();
        var disturbed = cells.Count(cell => cell.IsDisturbed);
        Line(
            text,
            $"- used by others: median {others[others.Length / 2]:P1} of a core, at most {others[^1]:P1}; {disturbed} of {cells.Count} cells disturbed"
        );
        return text.ToString();
    }

    private void Table(StringBuilder text)
    {
        var ratios = Ratios().ToList();
        var heads = targets
            .Select(target => target.Name)
            .Concat(ratios.Select(r => $"{r.Of} ÷ {r.By}"));
        Line(text, $"| | {string.Join(" | ", heads)} |");
        Line(
            text,
            $"|---|{string.Concat(Enumerable.Repeat("--:|", targets.Count + ratios.Count))}"
        );
        foreach (var row in Row.All.Where(row => options.Plan.Measures.Contains(row.Measure)))
        {
            if (row.NeedsStores && targets.All(target => target.Stores.Length == 0))
            {
                continue;
            }

            var values = targets.ToDictionary(
                target => target.Name,
                target => row.Figures(cells, target.Name)
            );
            var shown = targets.Select(target => Shown(row, target.Name, values[target.Name]));
            TableLine(text, row.Title, shown, name => Row.Median(values[name]));
        }

        var kilobytes = held.ToDictionary(
            h => h.Target,
            h => h.Before == 0 ? double.NaN : h.KilobytesPerStream
        );
        TableLine(
            text,
            $"resident KB/stream, {options.Plan.HeldStreams} open",
            targets.Select(target => Number(kilobytes[target.Name], "F1")),
            name => kilobytes[name]
        );
        TableLine(
            text,
            "peak resident MB",
            targets.Select(target => Number(Megabytes(target.Name), "F0")),
            Megabytes
        );
    }

    private void TableLine(
        StringBuilder text,
        string title,
        IEnumerable<string> shown,
        Func<string, double> of
    )
    {
        var ratios = Ratios().Select(r => Ratio(of(r.Of), of(r.By)));
        Line(text, $"| {title} | {string.Join(" | ", shown.Concat(ratios))} |");
    }

    // Ours against both; without ours the two against each other.
    private IEnumerable<(string Of, string By)> Ratios()
    {
        var names = targets.Select(target => target.Name).ToHashSet(StringComparer.Ordinal);
        var ours = targets.Where(target => target.IsOurs).Select(target => target.Name).ToList();
        var measured = ours.Count > 0 ? ours : names.Where(name => name == Target.Kestrel).ToList();
        string[] yardsticks = [Target.Kestrel, Target.Nginx];
        return measured.SelectMany(of =>
            yardsticks.Where(by => of != by && names.Contains(by)).Select(by => (of, by))
        );
    }

    private string Shown(Row row, string target, double[] figures)
    {
        if (figures.Length == 0)
        {
            return None;
        }

        var median = Row.Median(figures);
        var half = (figures.Max() - figures.Min()) / 2 / Math.Abs(median);
        var spread = figures.Length > 1 ? Invariant($" ±{half:P0}") : "";
        return Number(median, row.Format) + spread + Marks(row, target);
    }

    private string Marks(Row row, string target)
    {
        var own = cells.Where(c => c.Target == target && c.Measure == row.Measure.Name).ToList();
        var answered = own.Sum(cell => cell.Load.Answered);
        var errors = own.Sum(cell => cell.Load.Errors);
        var isBound =
            row.Measure.IsSaturation
            && !row.IsCost
            && target != Target.Direct
            && own.Average(cell => cell.Spent.TargetCoreShare) < LimitShare;
        return (isBound ? "^" : "")
            + (own.Any(cell => cell.IsDisturbed) ? "~" : "")
            + (errors > ErrorShareMax * answered ? "!" : "")
            + (own.Any(cell => cell.IsShort) ? "c" : "");
    }

    private void OfDisk(StringBuilder text)
    {
        var kind = FsyncProbe.FileSystem(options.WorkDirectory);
        Line(
            text,
            $"- data disk ({kind}): fdatasync of 4 KiB takes {disk.P50:F3} ms at the median, {disk.P99:F3} ms at p99, one after the other"
        );
        if (disk.PacedP50.Count > 0)
        {
            Line(
                text,
                $"- the same {Measure.RequestsPerSecond:F0} times a second, in the rounds themselves: {Row.Median([.. disk.PacedP50]):F3} ms; a durable charge should add about that and 0.5 ms to what the pass-through adds"
            );
        }

        var open = Row.All.First(row => row is { IsAdded: true } && row.Measure == Measure.Open);
        foreach (var target in targets.Where(target => target.IsOurs))
        {
            var over =
                Row.Median(open.Figures(cells, target.Name))
                - Row.Median(open.Figures(cells, Target.Kestrel));
            if (!double.IsNaN(over))
            {
                Line(text, $"- {target.Name} adds {over:F3} ms over the pass-through at p50");
            }
        }
    }

    private string Csv()
    {
        var text = new StringBuilder(
            "round,target,measure,seconds,answered,errors,served,events,target_ms,stores_ms,"
                + "others_share,target_core,load_core,p50_ms,p99_ms,first_p50_ms,first_p99_ms,"
                + "gap_p99_ms\n"
        );
        foreach (var c in cells)
        {
            var s = c.Spent;
            Line(
                text,
                $"{c.Round + 1},{c.Target},{c.Measure},{s.Seconds:F3},{c.Load.Answered},{c.Load.Errors},{s.Served},{s.Events},{s.Target:F0},{s.Stores:F0},{s.OthersShare:F3},{s.TargetCoreShare:F3},{s.LoadCoreShare:F3},{c.P50:F3},{c.P99:F3},{c.FirstP50:F3},{c.FirstP99:F3},{c.GapP99:F3}"
            );
        }

        return text.ToString();
    }

    private double Megabytes(string target) =>
        peaks[target] == 0 ? double.NaN : peaks[target] / 1024d / 1024;

    private static string Described(Target target) => $"`{target.Name}`: {target.Version}";

    // Where direct was the slower one by chance, "so many times as much" has no meaning.
    private static string Ratio(double of, double by) =>
        of > 0 && by > 0 ? Number(of / by, "F2") : None;

    private static string Number(double value, string format) =>
        double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture) : None;

    private static void Line(StringBuilder text, FormattableString line) =>
        text.Append(Invariant(line)).Append('\n');

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
