using Arda.Gateway.Billing.Portal;
using Arda.Gateway.Kernel;
using Arda.Gateway.Pages.Parts;
using Arda.Gateway.Payments;

namespace Arda.Gateway.Pages.Billing;

/// <summary>The saved card. Its number never comes here: it is typed on the payment provider's page
/// and stays there. Taking it away stops what it pays for, so that it wants a fresh sign-in.</summary>
internal sealed class CardPages(
    PortalDesk desk,
    Cards cards,
    CardSetups setups,
    AutoReloads reloads,
    PaymentStandings standings,
    AddMoneyForm addMoney,
    TimeProvider time
)
{
    private const string Path = PortalDesk.OfProject + "/card";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapSignedInPage(Path, on => desk.WithAsync(on, scope => ShowAsync(on, scope)));
        routes.MapSignedInForm(Path, (on, _) => desk.WithAsync(on, s => SaveAsync(on, s)), Path);
        routes.MapSignedInPage(
            Path + "/saved/{setup}",
            on => desk.WithAsync(on, scope => ReturnedAsync(on, scope))
        );
        routes.MapSignedInPage(
            Path + "/remove",
            on => desk.WithAsync(on, scope => AskToRemoveAsync(on, scope)),
            fresh: true
        );
        routes.MapSignedInForm(
            Path + "/remove",
            (on, _) => desk.WithAsync(on, scope => RemoveAsync(on, scope)),
            Path + "/remove",
            fresh: true
        );
    }

    private async Task<IResult> ShowAsync(SignedIn on, PortalScope scope, string? problem = null)
    {
        var project = scope.Project.Id;
        return Page.Of<CardPage, CardModel>(
            new CardModel
            {
                Scope = scope,
                Card = await cards.FindAsync(project, on.Ct),
                Now = time.GetUtcNow(),
                Reload = await reloads.FindAsync(project, on.Ct),
                Payment = await standings.ReadAsync(project, on.Ct),
                Amounts = addMoney.Of(scope),
                Problem = problem,
            }
        );
    }

    private async Task<IResult> SaveAsync(SignedIn on, PortalScope scope)
    {
        var opened = await setups.OpenAsync(
            scope.Project.Id,
            new PageReturns(desk.Outside(scope, "/card/saved/{ID}"), desk.Outside(scope, "/card")),
            on.Ct
        );
        return opened.Denied(out _, out var page)
            ? TopupPages.Unavailable(on.Http)
            : Page.SeeOther(page.Url);
    }

    private async Task<IResult> ReturnedAsync(SignedIn on, PortalScope scope)
    {
        var before = await cards.FindAsync(scope.Project.Id, on.Ct);
        var card = await setups.ReturnedAsync(scope.Project.Id, on.Route("setup"), on.Ct);
        if (card is null)
        {
            return await ShowAsync(
                on,
                scope,
                "No card was saved. Your bank may not have agreed to it, or the page was left "
                    + "before its end."
            );
        }

        return scope.Errand?.Purpose switch
        {
            // The card alone does not pay a request: its owner goes on to what does.
            PortalPurposes.AutoReload => Page.SeeOther(scope.Url("/auto-reload")),
            PortalPurposes.PaymentMethod when before != card || scope.Errand.IsDone =>
                await desk.FinishAsync(scope, PortalOutcome.Saved, scope.Url("/card")),
            _ => Page.SeeOther(scope.Url("/card")),
        };
    }

    private async Task<IResult> AskToRemoveAsync(SignedIn on, PortalScope scope)
    {
        if (await cards.FindAsync(scope.Project.Id, on.Ct) is not { } card)
        {
            return Page.SeeOther(scope.Url("/card"));
        }

        var reload = await reloads.FindAsync(scope.Project.Id, on.Ct);
        return Page.Of<PortalSurePage, PortalSureModel>(
            new PortalSureModel
            {
                Scope = scope,
                Room = "Card",
                Sure = new SureModel
                {
                    Title = "Remove this card",
                    Room = "Card",
                    Text =
                        $"{CardWords.Of(card)} is taken away from the payment provider too and can "
                        + "not be charged any more.",
                    More = reload is { Enabled: true }
                        ? ["Auto-reload pays with it and is turned off."]
                        : [],
                    Action = scope.Url("/card/remove"),
                    Verb = "Remove the card",
                    BackUrl = scope.Url("/card"),
                },
            }
        );
    }

    private async Task<IResult> RemoveAsync(SignedIn on, PortalScope scope) =>
        await cards.RemoveAsync(scope.Project.Id, on.Ct) is null
            ? Page.SeeOther(scope.Url("/card"))
            : TopupPages.Unavailable(on.Http);
}
