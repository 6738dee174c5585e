using Arda.Gateway.Accounts;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;

namespace Arda.Gateway.Pages.Console;

/// <summary>The first page of the console.</summary>
internal sealed class OverviewPages(
    Projects projects,
    ProjectLines lines,
    ApiKeys keys,
    GrantedConnections connections,
    UsageSummaries usage,
    TimeProvider time
)
{
    private const int ChartDays = 14;

    public void Map(IEndpointRouteBuilder routes) => routes.MapSignedInPage("/console", ShowAsync);

    private async Task<IResult> ShowAsync(SignedIn on)
    {
        var own = await projects.ListAsync(on.Person.Id, on.Ct);
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var live = 0;
        List<UsageSummary> summaries = [];
        foreach (var project in own)
        {
            var ofProject = await keys.ListAsync(project.Id, on.Ct);
            live += ofProject.Count(key => key is { RevokedAt: null, Connection: null });
            summaries.Add(
                await usage.SummarizeAsync(project.Id, today.AddDays(1 - ChartDays), today, on.Ct)
            );
        }

        var granted = await connections.ListAsync(on.Person.Id, on.Ct);
        return Page.Of<OverviewPage, OverviewModel>(
            new OverviewModel
            {
                Projects = await lines.ListAsync(on.Person.Id, on.Ct),
                Keys = live,
                Connections = granted.Count(line => line.State != ConnectionState.Revoked),
                Days = Bars.Of(summaries, today.AddDays(1 - ChartDays), ChartDays),
                IsOperator = on.Person.IsOperator,
            }
        );
    }
}
