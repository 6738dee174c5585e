using System.Globalization;
using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.Pages.Problems;

namespace Arda.Gateway.Pages.Console;

/// <summary>What was spent: summaries with charts, the list of receipts, and each
/// receipt.</summary>
internal sealed class UsagePages(
    ProjectLines projects,
    Projects owned,
    UsageSummaries usage,
    Receipts receipts,
    ApiKeys keys,
    AppTitles titles,
    TimeProvider time
)
{
    private const string UsagePath = "/console/usage";
    private const string ReceiptsPath = "/console/receipts";
    private const int LinesOfAPage = 50;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapSignedInPage(UsagePath, ShowUsageAsync);
        routes.MapSignedInPage(ReceiptsPath, ShowReceiptsAsync);
        routes.MapSignedInPage(ReceiptsPath + "/{id}", ShowReceiptAsync);
    }

    private async Task<IResult> ShowUsageAsync(SignedIn on)
    {
        if (await projects.ScopeAsync(on, UsagePath) is not { } scope)
        {
            return Page.SeeOther("/console/projects");
        }

        var days = SpanOf(on.Http.Request.Query["days"]);
        var to = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var from = to.AddDays(1 - days);
        var summary = await usage.SummarizeAsync(scope.Chosen.Id, from, to, on.Ct);
        return Page.Of<UsagePage, UsageModel>(
            new UsageModel
            {
                Scope = scope,
                Days = days,
                Summary = summary,
                Bars = Bars.Of([summary], from, days),
                Names = await NamesAsync(
                    scope.Chosen.Id,
                    summary.Apps.Where(part => part.Name.Length > 0).Select(part => part.Name),
                    on.Ct
                ),
            }
        );
    }

    private async Task<IResult> ShowReceiptsAsync(SignedIn on)
    {
        if (await projects.ScopeAsync(on, ReceiptsPath) is not { } scope)
        {
            return Page.SeeOther("/console/projects");
        }

        var before = on.Http.Request.Query["before"].ToString();
        // One more than is shown tells whether there are older ones.
        var lines = await usage.ListAsync(
            scope.Chosen.Id,
            before.Length > 0 ? new GenerationId(before) : null,
            LinesOfAPage + 1,
            on.Ct
        );
        var shown = lines.Take(LinesOfAPage).ToList();
        return Page.Of<ReceiptsPage, ReceiptsModel>(
            new ReceiptsModel
            {
                Scope = scope,
                Lines = shown,
                IsFirstPage = before.Length == 0,
                OlderUrl =
                    lines.Count > LinesOfAPage
                        ? $"{ReceiptsPath}?project={scope.Chosen.Slug}&before={shown[^1].Id}"
                        : null,
                Names = await NamesAsync(
                    scope.Chosen.Id,
                    shown.Where(line => line.App is not null).Select(line => line.App!.Value.Value),
                    on.Ct
                ),
            }
        );
    }

    private async Task<IResult> ShowReceiptAsync(SignedIn on)
    {
        var receipt = await receipts.FindAsync(new(on.Route("id")), owner: null, on.Ct);
        var project = receipt is null ? null : await owned.FindAsync(receipt.Project, on.Ct);
        if (receipt is null || project is null || project.Owner != on.Person.Id)
        {
            return Problem.NotFound(on.Http);
        }

        return Page.Of<ReceiptPage, ReceiptModel>(
            new ReceiptModel
            {
                Receipt = receipt,
                ProjectName = project.Name,
                Payer = await PayerAsync(receipt, on.Ct),
                Usage = ReceiptTexts.Of(receipt.UsageJson),
                UnitPrices = ReceiptTexts.OfPrices(receipt.PriceJson),
                Route = ReceiptTexts.Of(receipt.RouteJson),
                Jws = receipts.Sign(receipt),
            }
        );
    }

    private async Task<string> PayerAsync(Receipt receipt, CancellationToken ct)
    {
        if (receipt.App is { } app)
        {
            return (await titles.OfAsync(app, ct)).Name;
        }

        var key = await keys.FindAsync(receipt.Key, ct);
        return key is null ? receipt.Key.Value : $"Your key {key.Name} ({key.Hint})";
    }

    private async Task<IReadOnlyDictionary<string, string>> NamesAsync(
        ProjectId project,
        IEnumerable<string> apps,
        CancellationToken ct
    )
    {
        Dictionary<string, string> names = new(StringComparer.Ordinal) { [""] = "Your own keys" };
        foreach (var app in apps.Distinct(StringComparer.Ordinal))
        {
            names[app] = (await titles.OfAsync(new AppId(app), ct)).Name;
        }

        foreach (var key in await keys.ListAsync(project, ct))
        {
            names[key.Id.Value] = $"{key.Name} ({key.Hint})";
        }

        return names;
    }

    private static int SpanOf(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var days)
        && UsageSpans.All.Contains(days)
            ? days
            : UsageSpans.Default;
}
