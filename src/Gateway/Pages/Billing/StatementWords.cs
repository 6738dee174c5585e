using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.Pages.Console;
using Arda.Gateway.Payments;

namespace Arda.Gateway.Pages.Billing;

/// <summary>A line of the books in words, with where more is to be read.</summary>
public sealed record HistoryLine
{
    public required StatementLine Line { get; init; }

    public required string What { get; init; }

    /// <summary>Through whom, for charges.</summary>
    public string? Through { get; init; }

    /// <summary>Ours of a request, the provider's of a payment.</summary>
    public string? ReceiptUrl { get; init; }
}

/// <summary>Says in plain words what the ledger has written.</summary>
internal sealed class StatementWords(ApiKeys keys, AppTitles titles, Topups topups)
{
    public async Task<IReadOnlyList<HistoryLine>> OfAsync(
        ProjectId project,
        IReadOnlyList<StatementLine> lines,
        CancellationToken ct
    )
    {
        var words = await BeginAsync(project, ct);
        List<HistoryLine> told = [];
        foreach (var line in lines)
        {
            told.Add(await words.OfAsync(line, ct));
        }

        return told;
    }

    /// <summary>For many lines, one after another.</summary>
    public async Task<Telling> BeginAsync(ProjectId project, CancellationToken ct) =>
        new(
            (await keys.ListAsync(project, ct)).ToDictionary(
                key => key.Id.Value,
                key => $"{key.Name} ({key.Hint})",
                StringComparer.Ordinal
            ),
            (await topups.ListAsync(project, ct))
                .Where(topup => topup.Payment is not null)
                .ToDictionary(topup => topup.Payment!, StringComparer.Ordinal),
            titles
        );

    public static string Of(string kind) =>
        kind switch
        {
            "topup" => "Top-up",
            "promo" => "Credit given to you",
            "expire" => "Credit expired",
            "refund" => "Refund begun",
            "refund_done" => "Refund paid out",
            "refund_failed" => "Refund failed, money is back",
            "refund_outside" => "Refunded by the operator",
            "dispute" => "Taken back by a bank: dispute",
            "dispute_won" => "Dispute won, money is back",
            "debt" => "What was owed is paid",
            "take_back" => "The app's markup is taken off what you owe",
            "correction" => "Correction",
            _ => kind,
        };

    internal sealed class Telling(
        IReadOnlyDictionary<string, string> keys,
        IReadOnlyDictionary<string, Topup> topups,
        AppTitles titles
    )
    {
        private readonly Dictionary<string, string> _apps = new(StringComparer.Ordinal);

        public async Task<HistoryLine> OfAsync(StatementLine line, CancellationToken ct)
        {
            if (line.Generation is { } generation)
            {
                return new HistoryLine
                {
                    Line = line,
                    What = line.Kind == "charge" ? line.Model! : $"Correction: {line.Model}",
                    Through = line.App is { } app
                        ? await NameAsync(app, ct)
                        : keys.GetValueOrDefault(line.Key!.Value.Value),
                    ReceiptUrl = $"/console/receipts/{generation}",
                };
            }

            var topup = line.Kind == "topup" ? topups.GetValueOrDefault(line.External ?? "") : null;
            return new HistoryLine
            {
                Line = line,
                What = topup is { IsAuto: true } ? "Auto-reload" : Of(line.Kind),
                ReceiptUrl = topup?.ReceiptUrl,
            };
        }

        private async Task<string> NameAsync(AppId id, CancellationToken ct) =>
            _apps.TryGetValue(id.Value, out var known)
                ? known
                : _apps[id.Value] = (await titles.OfAsync(id, ct)).Name;
    }
}
