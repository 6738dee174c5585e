using Arda.Gateway.Billing.Portal;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Pages.Problems;
using Arda.Gateway.Payments;

namespace Arda.Gateway.Pages.Billing;

/// <summary>
/// Adding money: one of the amounts on sale, then the payment provider's page, then back here. The
/// page that is come back to asks the provider itself, so that it is never ahead of the books.
/// </summary>
internal sealed class TopupPages(
    PortalDesk desk,
    Topups topups,
    Statements statements,
    Cards cards,
    PaymentStandings standings,
    PaymentReadings readings,
    AddMoneyForm form
)
{
    private const string Path = PortalDesk.OfProject + "/topup";
    private const string OfOne = Path + "/{topup}";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapSignedInPage(Path, on => desk.WithAsync(on, scope => ShowAsync(on, scope)));
        routes.MapSignedInForm(Path, (on, f) => desk.WithAsync(on, s => PayAsync(on, s, f)), Path);
        routes.MapSignedInPage(OfOne, on => desk.WithAsync(on, s => ReturnedAsync(on, s)));
        routes.MapSignedInPage(OfOne + "/left", on => desk.WithAsync(on, s => LeftAsync(on, s)));
        routes.MapSignedInForm(
            OfOne + "/cancel",
            (on, _) => desk.WithAsync(on, s => LeftAsync(on, s)),
            OfOne
        );
    }

    private async Task<IResult> ShowAsync(
        SignedIn on,
        PortalScope scope,
        string? error = null,
        int status = StatusCodes.Status200OK
    )
    {
        var project = scope.Project.Id;
        var standing = await statements.StandingAsync(project, on.Ct);
        var listed = await topups.ListAsync(project, on.Ct);
        var waiting = listed.FirstOrDefault(one => one.State == TopupStates.NeedsAction);
        return Page.Of<AddMoneyPage, AddMoneyModel>(
            new AddMoneyModel
            {
                Scope = scope,
                Standing = standing,
                Trouble = Trouble.Of(standing, await readings.DisputesAsync(project, on.Ct)),
                Payment = await standings.ReadAsync(project, on.Ct),
                WaitingCents = waiting?.Cents,
                Amounts = form.Of(scope, standing.Wallet.Debt, waiting?.Cents, error),
                Card = await cards.FindAsync(project, on.Ct),
                HasLeft = on.Http.Request.Query.ContainsKey("left"),
            },
            status
        );
    }

    private async Task<IResult> PayAsync(SignedIn on, PortalScope scope, StrictForm posted)
    {
        // The form says in which currency its amounts are; it never chooses one.
        if (!form.IsOurs(posted["currency"]))
        {
            return await ShowAsync(
                on,
                scope,
                "Choose one of the amounts that are offered.",
                StatusCodes.Status400BadRequest
            );
        }

        var opened = await topups.OpenAsync(
            posted["topup"],
            scope.Project.Id,
            AddMoneyForm.CentsOf(posted["amount"]),
            posted["save_card"] == "yes",
            new PageReturns(
                desk.Outside(scope, "/topup/{ID}"),
                desk.Outside(scope, "/topup/{ID}/left")
            ),
            on.Ct
        );
        if (!opened.Denied(out var denial, out var page))
        {
            return Page.SeeOther(page.Url);
        }

        return denial is Denial.InvalidRequest wrong
            ? await ShowAsync(on, scope, wrong.Message, StatusCodes.Status400BadRequest)
            : Unavailable(on.Http);
    }

    private async Task<IResult> ReturnedAsync(SignedIn on, PortalScope scope)
    {
        var topup = await topups.ReturnedAsync(scope.Project.Id, on.Route("topup"), on.Ct);
        if (topup is null)
        {
            return Problem.NotFound(on.Http);
        }

        // Straight back to the app: what the person came for is done.
        if (topup.State == TopupStates.Succeeded && scope.Errand is not null)
        {
            return await desk.FinishAsync(scope, PortalOutcome.Funded, scope.Url());
        }

        if (topup.State == TopupStates.Failed)
        {
            await desk.TellAsync(scope, PortalOutcome.Failed);
        }

        return Page.Of<PaidPage, PaidModel>(
            new PaidModel
            {
                Scope = scope,
                Topup = topup,
                Standing = await statements.StandingAsync(scope.Project.Id, on.Ct),
                Card = await cards.FindAsync(scope.Project.Id, on.Ct),
            }
        );
    }

    // Closed at the provider too, so that a tab that is still open cannot pay it later.
    private async Task<IResult> LeftAsync(SignedIn on, PortalScope scope)
    {
        var id = on.Route("topup");
        if (await topups.CancelAsync(scope.Project.Id, id, on.Ct) is Denial.NotFound)
        {
            return Problem.NotFound(on.Http);
        }

        // It may have been paid in another tab in the meantime.
        var topup = await topups.ReturnedAsync(scope.Project.Id, id, on.Ct);
        var paid = topup is { State: TopupStates.Succeeded or TopupStates.Processing };
        var url = scope.Url(paid ? $"/topup/{id}" : "/topup");
        return Page.SeeOther(
            paid ? url : url + (url.Contains('?', StringComparison.Ordinal) ? "&left" : "?left")
        );
    }

    internal static IResult Unavailable(HttpContext http)
    {
        http.Response.Headers.RetryAfter = "30";
        return Problem.Show(
            http,
            StatusCodes.Status503ServiceUnavailable,
            "Payments are not available right now",
            "The payment provider does not answer. Nothing was charged, and requests go on as long "
                + "as there is balance.",
            "Go back and try again in half a minute."
        );
    }
}
