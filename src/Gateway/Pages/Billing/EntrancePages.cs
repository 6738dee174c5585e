using Arda.Gateway.Accounts;
using Arda.Gateway.Billing.Portal;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Pages.Console;
using Arda.Gateway.Pages.Problems;
using Arda.Gateway.Pages.Scripts;

namespace Arda.Gateway.Pages.Billing;

/// <summary>
/// The ways into the portal and back to the app. A link of an app's is followed once, by a form that
/// sends itself; what it led to is kept in the page's own address, through sign-in and through the
/// payment provider's pages. Following it changes nothing and charges nothing.
/// </summary>
internal sealed class EntrancePages(
    PortalDesk desk,
    PortalSessions sessions,
    Projects projects,
    ProjectLines lines,
    Statements statements
)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapSignedInPage(PortalDesk.Root, ChooseAsync);
        routes.MapPage(PortalSessions.OpenPath + "{secret}", ShowLinkAsync);
        routes.MapForm(PortalSessions.OpenPath + "{secret}", FollowAsync);
        routes.MapSignedInPage(PortalDesk.OfErrand, LandAsync);
        routes.MapSignedInPage(PortalDesk.OfErrand + "/done", ShowDoneAsync);
        routes.MapSignedInForm(
            PortalDesk.OfErrand + "/leave",
            LeaveAsync,
            page: PortalDesk.OfErrand
        );
        routes.MapSignedInForm(
            PortalDesk.OfErrand + "/switch",
            SwitchAsync,
            page: PortalDesk.OfErrand
        );
    }

    private async Task<IResult> ChooseAsync(SignedIn on)
    {
        var own = await lines.ListAsync(on.Person.Id, on.Ct);
        return own.Count == 1
            ? Page.SeeOther(PortalScope.Address(own[0].Project.Slug, "", errand: null))
            : Page.Of<ChooserPage, ChooserModel>(new ChooserModel { Projects = own });
    }

    // Programs look at links before people do, so that only the form follows one.
    private async Task<IResult> ShowLinkAsync(HttpContext http)
    {
        var secret = SecretOf(http);
        var look = await sessions.LookAsync(secret, ClientNetwork.Of(http), http.RequestAborted);
        return look switch
        {
            PortalLook.Alive => Page.Of<LinkPage, LinkModel>(
                new LinkModel { Action = PortalSessions.OpenPath + secret },
                script: PageScripts.GoOn
            ),
            PortalLook.TooMany => Problem.TooMany(http),
            _ => NotHere(isSignedIn: false, id: null),
        };
    }

    private async Task<IResult> FollowAsync(HttpContext http, StrictForm form) =>
        await sessions.OpenAsync(SecretOf(http)) is { } session
            ? Page.SeeOther($"{PortalDesk.Root}/via/{session.Id}")
            : NotHere(isSignedIn: false, id: null);

    private static string SecretOf(HttpContext http) =>
        http.Request.RouteValues["secret"] as string ?? "";

    // Straight to where the person must act.
    private async Task<IResult> LandAsync(SignedIn on)
    {
        if (
            await desk.ErrandAsync(on, on.Route("id")) is not { } session
            || await projects.FindAsync(session.Project, on.Ct) is not { } project
        )
        {
            return NotHere(isSignedIn: true, on.Route("id"));
        }

        var page = session.Purpose switch
        {
            PortalPurposes.Topup or PortalPurposes.PaymentAction => "/topup",
            PortalPurposes.PaymentMethod => "/card",
            PortalPurposes.AutoReload => "/auto-reload",
            PortalPurposes.Limits => "/limits",
            _ => "",
        };
        return Page.SeeOther(PortalScope.Address(project.Slug, page, session.Id));
    }

    private async Task<IResult> ShowDoneAsync(SignedIn on)
    {
        if (
            await desk.ErrandAsync(on, on.Route("id")) is not { } session
            || await projects.FindAsync(session.Project, on.Ct) is not { } project
        )
        {
            return NotHere(isSignedIn: true, on.Route("id"));
        }

        var errand = await desk.ErrandOfAsync(session, on.Ct);
        var standing = await statements.StandingAsync(project.Id, on.Ct);
        if (errand.ReturnAddress is { } address && !PortalDesk.IsOfTheWeb(address))
        {
            GoBy(on.Http, address);
        }

        return Page.Of<ReturnPage, ReturnModel>(
            new ReturnModel
            {
                Errand = errand,
                Status = session.Status,
                Balance = standing.Wallet.Balance,
                PortalUrl = PortalScope.Address(project.Slug, "", session.Id),
            }
        );
    }

    private async Task<IResult> LeaveAsync(SignedIn on, StrictForm form)
    {
        if (await desk.ErrandAsync(on, on.Route("id")) is not { } session)
        {
            return NotHere(isSignedIn: true, on.Route("id"));
        }

        var address = await sessions.FinishAsync(session.Id, PortalOutcome.Cancelled);
        return Page.SeeOther(
            PortalDesk.IsOfTheWeb(address) ? address! : PortalDesk.DoneUrl(session.Id)
        );
    }

    // The link was for another account: the way to that one keeps the errand.
    private static async Task<IResult> SwitchAsync(SignedIn on, StrictForm form)
    {
        await on.Http.RequestServices.GetRequiredService<Sessions>().SignOutAsync(on.Http);
        Destinations.Keep(on.Http, $"{PortalDesk.Root}/via/{on.Route("id")}");
        return Page.SeeOther("/sign-in");
    }

    // The browser hands the address to the device and stays on the page with its link. A header
    // does it, so that it needs no script.
    private static void GoBy(HttpContext http, string address)
    {
        if (System.Text.Ascii.IsValid(address) && !address.Any(char.IsControl))
        {
            http.Response.Headers["Refresh"] = "0;url=" + address;
        }
    }

    // One page for links that are used up, too old, of another account or none at all.
    private static IResult NotHere(bool isSignedIn, string? id) =>
        Page.Of<LinkGonePage, LinkGoneModel>(
            new LinkGoneModel { SwitchId = isSignedIn ? id : null },
            StatusCodes.Status404NotFound
        );
}
