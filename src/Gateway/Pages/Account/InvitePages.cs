using Arda.Gateway.Accounts;
using Arda.Gateway.Http;
using Arda.Gateway.Pages.Problems;

namespace Arda.Gateway.Pages.Account;

/// <summary>The link that the first start prints: whoever takes it runs this gateway.</summary>
internal sealed class InvitePages(Invitations invitations)
{
    private const string Path = "/invite/{secret}";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapSignedInPage(Path, AskAsync);
        routes.MapSignedInForm(Path, TakeAsync, page: Path, fresh: true);
    }

    private async Task<IResult> AskAsync(SignedIn on) =>
        await invitations.IsOpenAsync(on.Route("secret"), on.Ct)
            ? Page.Of<LinkPage, LinkModel>(
                new LinkModel
                {
                    Title = "Run this gateway",
                    Text =
                        $"This invitation makes {on.Person.Email} an operator: reviews of apps, "
                        + "accounts and the ledger are open to you.",
                    Action = on.Http.Request.Path,
                    Verb = "Become an operator",
                    Warning = "It works once. Take it only if you set this gateway up yourself.",
                }
            )
            : DeadLink.Show(on.Http);

    private async Task<IResult> TakeAsync(SignedIn on, StrictForm form) =>
        await invitations.TakeAsync(on.Route("secret"), on.Person.Id)
            ? Page.SeeOther(Destinations.Home)
            : DeadLink.Show(on.Http);
}
