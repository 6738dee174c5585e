namespace Arda.Gateway.Cli;

/// <summary>Columns as wide as their longest cell, two spaces apart.</summary>
internal static class TextTable
{
    public static void Write(
        TextWriter to,
        IReadOnlyList<string> head,
        IReadOnlyList<IReadOnlyList<string>> rows
    )
    {
        var widths = head.Select(
                (name, i) =>
                    Math.Max(name.Length, rows.Select(r => r[i].Length).DefaultIfEmpty().Max())
            )
            .ToArray();
        Line(to, head, widths);
        foreach (var row in rows)
        {
            Line(to, row, widths);
        }
    }

    private static void Line(TextWriter to, IReadOnlyList<string> cells, int[] widths) =>
        to.WriteLine(
            string.Join("  ", cells.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd()
        );
}
