using Arda.Gateway.Ledger;
using Arda.Gateway.Payments;

namespace Arda.Gateway.Pages.Billing;

/// <summary>How the project stands: what is there, what requests hold, what could go
/// wrong.</summary>
internal sealed class BalancePages(
    PortalDesk desk,
    Statements statements,
    StatementWords words,
    Cards cards,
    AutoReloads reloads,
    PaymentReadings readings,
    PaymentsOptions options
)
{
    private const int LatestLines = 5;

    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapSignedInPage(
            PortalDesk.OfProject,
            on => desk.WithAsync(on, scope => ShowAsync(on, scope))
        );

    private async Task<IResult> ShowAsync(SignedIn on, PortalScope scope)
    {
        var project = scope.Project.Id;
        var lines = await statements.ListAsync(project, StatementPlace.End, LatestLines, on.Ct);
        var standing = await statements.StandingAsync(project, on.Ct);
        return Page.Of<BalancePage, BalanceModel>(
            new BalanceModel
            {
                Scope = scope,
                Standing = standing,
                Trouble = Trouble.Of(standing, await readings.DisputesAsync(project, on.Ct)),
                Card = await cards.FindAsync(project, on.Ct),
                Reload = await reloads.FindAsync(project, on.Ct),
                Latest = await words.OfAsync(project, lines, on.Ct),
                TakesPayments = options.IsOn,
                IsTestMoney = options.Provider is PaymentProvider.Simulated,
            }
        );
    }
}
