using System.Globalization;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Pages.Parts;

namespace Arda.Gateway.Pages.Console;

/// <summary>Makes the bars of a chart from summaries over the same days.</summary>
internal static class Bars
{
    public static IReadOnlyList<Bar> Of(
        IReadOnlyList<UsageSummary> summaries,
        DateOnly from,
        int days
    ) =>
        [
            .. Enumerable
                .Range(0, days)
                .Select(i => new Bar(
                    from.AddDays(i).ToString("d MMM", CultureInfo.InvariantCulture),
                    new NanoUsd(summaries.Sum(summary => summary.Days[i].Charged.Value)),
                    summaries.Sum(summary => summary.Days[i].Requests)
                )),
        ];
}
