using System.Text;
using Arda.Gateway.Accounts;
using Arda.Gateway.Billing.Portal;
using Arda.Gateway.Http;
using Arda.Gateway.Pages.Console;
using Arda.Gateway.Pages.Problems;

namespace Arda.Gateway.Pages.Billing;

/// <summary>
/// Finds what a page of the portal is about, and the way back to the app. A project or an errand of
/// somebody else is not there: whoever may not see it learns nothing of it.
/// </summary>
internal sealed class PortalDesk(
    Projects projects,
    ProjectLines owned,
    PortalSessions sessions,
    AppTitles titles,
    EdgeOptions edge
)
{
    public const string Root = "/billing";
    public const string OfProject = Root + "/p/{slug}";
    public const string OfErrand = Root + "/via/{id}";

    public async Task<IResult> WithAsync(SignedIn on, Func<PortalScope, Task<IResult>> then) =>
        await FindAsync(on) is { } scope ? await then(scope)
        // No page of ours sends a form to a project of somebody else: its address was changed.
        : HttpMethods.IsPost(on.Http.Request.Method) ? Problem.OfAForeignForm(on.Http)
        : Problem.NotFound(on.Http);

    public async Task<PortalContext?> ErrandAsync(SignedIn on, string? id) =>
        SignIn.SignInPages.FlowOf(id) is { } clean
            ? await sessions.FindAsync(new(clean), on.Person.Id, on.Ct)
            : null;

    /// <summary>Where a hosted page of the payment provider sends the browser back to.</summary>
    public string Outside(PortalScope scope, string page) => edge.PublicUrl + scope.Url(page);

    /// <summary>Tells the app how it ended and leads there; without an errand, or where it is over,
    /// to a page of ours.</summary>
    public async Task<IResult> FinishAsync(
        PortalScope scope,
        PortalOutcome outcome,
        string otherwise
    )
    {
        if (scope.Errand is not { } errand)
        {
            return Page.SeeOther(otherwise);
        }

        var address = await sessions.FinishAsync(errand.Id, outcome);
        return Page.SeeOther(IsOfTheWeb(address) ? address! : DoneUrl(errand.Id));
    }

    /// <summary>Tells the app without leaving: it may be waiting already.</summary>
    public Task TellAsync(PortalScope scope, PortalOutcome outcome) =>
        scope.Errand is { } errand ? sessions.FinishAsync(errand.Id, outcome) : Task.CompletedTask;

    public async Task<Errand> ErrandOfAsync(PortalContext session, CancellationToken ct) =>
        new()
        {
            Id = session.Id,
            AppName = session.App is { } app ? (await titles.OfAsync(app, ct)).Name : null,
            Purpose = session.Purpose,
            Connection = session.Connection,
            ReturnAddress = PortalSessions.ReturnAddressOf(session),
            SuggestedTopupCents = session.SuggestedTopupCents,
            SuggestsAutoReload = session.SuggestedAutoReloadEnabled == true,
            IsDone =
                session.Status
                    is PortalStatus.Funded
                        or PortalStatus.Saved
                        or PortalStatus.LimitsChanged,
        };

    public static string DoneUrl(PortalSessionId id) => $"{Root}/via/{id}/done";

    /// <summary>A browser follows these; another scheme belongs to a program of the device, and the
    /// page must stay for its link.</summary>
    public static bool IsOfTheWeb(string? address) =>
        address is not null
        && Ascii.IsValid(address)
        && (
            address.StartsWith("https://", StringComparison.Ordinal)
            || address.StartsWith("http://", StringComparison.Ordinal)
        );

    private async Task<PortalScope?> FindAsync(SignedIn on)
    {
        var project = await owned.FindAsync(on.Person.Id, on.Route("slug"), on.Ct);
        if (project is null)
        {
            return null;
        }

        var session = await ErrandAsync(on, on.Http.Request.Query[PortalScope.ErrandField]);
        var all = await projects.ListAsync(on.Person.Id, on.Ct);
        return new PortalScope
        {
            Project = project,
            HasOthers = all.Count(one => one.State is ProjectState.Active) > 1,
            Errand =
                session is not null && session.Project == project.Id
                    ? await ErrandOfAsync(session, on.Ct)
                    : null,
        };
    }
}
