using Arda.Gateway.Accounts;
using Arda.Gateway.Http;
using Arda.Gateway.Pages.Parts;

namespace Arda.Gateway.Pages.Account;

/// <summary>The account itself: name, where it is signed in, and its end.</summary>
internal sealed class AccountPages(
    People people,
    Sessions sessions,
    Passkeys passkeys,
    AccountDeletion deletion,
    EdgeOptions edge
)
{
    public const string Home = "/account";

    private const int NameCharsMax = 100;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapSignedInPage(Home, on => ShowAsync(on));
        routes.MapSignedInForm(Home + "/name", RenameAsync, page: Home);
        routes.MapSignedInForm(Home + "/sessions/end", EndAsync, page: Home);
        routes.MapSignedInForm(Home + "/sessions/end-others", EndOthersAsync, page: Home);
        routes.MapSignedInPage(
            Home + "/delete",
            on => Task.FromResult(AskToDelete(on, error: null)),
            fresh: true
        );
        routes.MapSignedInForm(Home + "/delete", DeleteAsync, page: Home + "/delete", fresh: true);
    }

    private async Task<IResult> ShowAsync(
        SignedIn on,
        string? typed = null,
        string? nameError = null
    )
    {
        var open = await sessions.ListAsync(on.Person.Id, on.Ct);
        var model = new AccountModel
        {
            Person = on.Person,
            Name = typed ?? on.Person.Name,
            NameError = nameError,
            OffersPasskeys = Passkeys.IsOffered(edge),
            Passkeys = await passkeys.ListAsync(on.Person.Id, on.Ct),
            Sessions =
            [
                .. open.Select(session => new SessionLine(
                    session.Id,
                    AgentNames.Of(session.Agent),
                    session.Address ?? "",
                    session.AuthenticatedAt,
                    session.SeenAt,
                    session.Id == on.Session.Id
                )),
            ],
        };
        return Page.Of<AccountPage, AccountModel>(
            model,
            nameError is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity
        );
    }

    private async Task<IResult> RenameAsync(SignedIn on, StrictForm form)
    {
        var name = form["name"]?.Trim();
        if (name?.Length > NameCharsMax || name?.Any(char.IsControl) == true)
        {
            return await ShowAsync(on, name, $"Use at most {NameCharsMax} characters.");
        }

        await people.RenameAsync(on.Person.Id, string.IsNullOrEmpty(name) ? null : name);
        return Page.SeeOther(Home);
    }

    private async Task<IResult> EndAsync(SignedIn on, StrictForm form)
    {
        await sessions.EndAsync(on.Person.Id, form["session"] ?? "");
        return Page.SeeOther(Home);
    }

    private async Task<IResult> EndOthersAsync(SignedIn on, StrictForm form)
    {
        await sessions.EndAllOtherAsync(on.Session);
        return Page.SeeOther(Home);
    }

    private static IResult AskToDelete(SignedIn on, string? error) =>
        Page.Of<SurePage, SureModel>(
            new SureModel
            {
                Title = "Delete your account",
                Room = "Account",
                Text =
                    "Every key stops, every app is disconnected and you are signed out everywhere. "
                    + "That cannot be undone.",
                More =
                [
                    "What is left in your projects can no longer be spent.",
                    "The same address can make a new account later; it starts empty and is nobody "
                        + "that your apps know.",
                ],
                Action = Home + "/delete",
                Verb = "Delete my account",
                BackUrl = Home,
                TypeToConfirm = on.Person.Email,
                Error = error,
            },
            error is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity
        );

    private async Task<IResult> DeleteAsync(SignedIn on, StrictForm form)
    {
        if (!string.Equals(form["confirm"], on.Person.Email, StringComparison.OrdinalIgnoreCase))
        {
            return AskToDelete(on, $"Type {on.Person.Email}.");
        }

        await deletion.DeleteAsync(on.Person.Id, on.Ct);
        await sessions.SignOutAsync(on.Http);
        return Page.SeeOther("/sign-in");
    }
}
