using Arda.Gateway.Http;
using Arda.Gateway.Keys;
using Arda.Gateway.OAuth;
using Arda.Gateway.Pages.Account;
using Arda.Gateway.Pages.Console;
using Arda.Gateway.Pages.Problems;

namespace Arda.Gateway.Pages.Connect;

/// <summary>The link in the mail after a device was connected: ends that one connection, and needs
/// no sign-in, because whoever was tricked may be in a hurry.</summary>
internal sealed class RevokeLinkPages(
    RevokeLinks links,
    GrantedConnections granted,
    AppTitles titles
)
{
    private const string Path = "/connections/revoke/{secret}";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPage(Path, AskAsync);
        routes.MapForm(Path, EndAsync);
    }

    private async Task<IResult> AskAsync(HttpContext http)
    {
        var ct = http.RequestAborted;
        if (
            await links.FindAsync(SecretOf(http), ct) is not { } id
            || await granted.FindAsync(id, ct) is not { } connection
        )
        {
            return DeadLink.Show(http);
        }

        var name = (await titles.OfAsync(connection.Grant.App, ct)).Name;
        return connection.State is ConnectionState.Revoked
            ? Ended(http)
            : Page.Of<LinkPage, LinkModel>(
                new LinkModel
                {
                    Title = $"Disconnect {name}",
                    Text = $"The keys that {name} has stop at once. It spends nothing more.",
                    Action = http.Request.Path,
                    Verb = "Disconnect now",
                }
            );
    }

    private async Task<IResult> EndAsync(HttpContext http, StrictForm form) =>
        await links.UseAsync(SecretOf(http), http.RequestAborted)
            ? Page.SeeOther(http.Request.Path)
            : DeadLink.Show(http);

    private static IResult Ended(HttpContext http) =>
        Problem.Show(
            http,
            StatusCodes.Status200OK,
            "Disconnected",
            "The keys of this app have stopped. What it spent before stays spent.",
            link: new ProblemLink("/console/receipts", "See what it spent")
        );

    private static string SecretOf(HttpContext http) =>
        http.Request.RouteValues["secret"] as string ?? "";
}
