using System.Globalization;
using System.Text;
using Arda.Gateway.Load.Machine;

namespace Arda.Gateway.Revocation;

/// <summary>The figures as one Markdown table, and whether they keep what the gateway promises.</summary>
internal sealed class Report(IReadOnlyList<Result> results, string postgres, string root)
{
    private const double ReadsP99Max = 1_000;
    private const double ReadsMax = 5_000;

    /// <summary>No inference after the answer; reads within 1 s at p99 and 5 s at worst.</summary>
    public bool HoldsWhatIsPromised =>
        results.All(result =>
            result.TakenAfterAnswer.All(row =>
                row.Key.StartsWith("inference", StringComparison.Ordinal)
                    ? row.Value.Max() == 0
                    : Percentile(row.Value, 0.99) <= ReadsP99Max && row.Value.Max() <= ReadsMax
            )
        );

    public void Write()
    {
        var now = TimeProvider.System.GetUtcNow();
        var text = new StringBuilder();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"# Revocation on two nodes, {now:yyyy-MM-dd HH:mm} UTC\n"
        );
        text.AppendLine("How long a revoked key was still taken, in milliseconds.\n");
        text.AppendLine("| LISTEN/NOTIFY | what | p50 | p99 | max | from sending, p99 | max |");
        text.AppendLine("|---|---|--:|--:|--:|--:|--:|");
        foreach (var result in results)
        {
            var name = result.Channel.Name;
            text.AppendLine(Row(name, "answer of the revoke", result.Answers, null));
            foreach (var (what, after) in result.TakenAfterAnswer)
            {
                text.AppendLine(Row(name, what, after, result.TakenAfterSending[what]));
            }
        }

        text.AppendLine();
        text.AppendLine(
            "`inference` and `reads`: for each key, when the last request left that was still "
                + "taken, after the revoke was answered (0: none was) and after it was sent. Both "
                + "nodes are asked for both without a pause while half the keys are revoked on "
                + "each of them.\n"
        );
        foreach (var result in results)
        {
            var killed =
                result.ListenersKilled > 0
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $" ({result.ListenersKilled} times)"
                    )
                    : "";
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"- `{result.Channel.Name}`: {result.Channel.What}{killed}; {result.Keys} keys"
            );
        }

        var commit = Shell.FirstLine("git", "-C", root, "rev-parse", "--short", "HEAD");
        text.AppendLine(CultureInfo.InvariantCulture, $"- commit {commit}, PostgreSQL {postgres}");
        foreach (var line in Description.Lines())
        {
            text.AppendLine("- " + line);
        }

        text.AppendLine(
            HoldsWhatIsPromised
                ? "- kept: inference refused from the answer on, reads within 1 s at p99 and 5 s"
                : "- NOT KEPT: inference refused from the answer on, reads within 1 s at p99 and 5 s"
        );
        var file = Path.Combine(
            root,
            "bench",
            "results",
            now.ToString("yyyy-MM-dd-HHmm", CultureInfo.InvariantCulture) + "-revocation.md"
        );
        File.WriteAllText(file, text.ToString());
        Console.Out.Write(text);
    }

    private static string Row(
        string channel,
        string what,
        List<double> values,
        List<double>? sending
    ) =>
        $"| {channel} | {what} | {Shown(Percentile(values, 0.5))} | "
        + $"{Shown(Percentile(values, 0.99))} | {Shown(values.Max())} | "
        + (
            sending is null
                ? "– | – |"
                : $"{Shown(Percentile(sending, 0.99))} | {Shown(sending.Max())} |"
        );

    private static string Shown(double ms) =>
        ms.ToString(ms == 0 ? "0" : "0.0", CultureInfo.InvariantCulture);

    // The smallest value that so many are not above: never better than what was seen.
    private static double Percentile(List<double> values, double part)
    {
        var sorted = values.Order().ToList();
        return sorted[Math.Max(0, (int)Math.Ceiling(part * sorted.Count) - 1)];
    }
}
