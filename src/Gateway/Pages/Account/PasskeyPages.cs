using Arda.Gateway.Accounts;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Pages.Parts;
using Arda.Gateway.Pages.Problems;
using Arda.Gateway.Pages.Scripts;
using Arda.Gateway.Pages.SignIn;

namespace Arda.Gateway.Pages.Account;

/// <summary>Passkeys: signing in with one, and adding, naming and removing them. The scripts of
/// these pages only carry messages between the browser and the server.</summary>
internal sealed class PasskeyPages(Passkeys passkeys, Sessions sessions, SignInPages signIn)
{
    private const string Home = AccountPages.Home + "/passkeys";
    private const string OfOne = Home + "/{id}";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapForm("/sign-in/passkey/options", BeginSignInAsync);
        routes.MapForm("/sign-in/passkey", SignInAsync);
        routes.MapSignedInPage(Home + "/new", _ => Task.FromResult(ShowNew(null)), fresh: true);
        routes.MapSignedInForm(Home + "/options", BeginAsync, page: Home + "/new", fresh: true);
        routes.MapSignedInForm(Home, AddAsync, page: Home + "/new", fresh: true);
        routes.MapSignedInPage(OfOne + "/name", AskForNameAsync);
        routes.MapSignedInForm(OfOne + "/name", RenameAsync, page: OfOne + "/name");
        routes.MapSignedInPage(OfOne + "/remove", AskToRemoveAsync, fresh: true);
        routes.MapSignedInForm(
            OfOne + "/remove",
            RemoveAsync,
            page: OfOne + "/remove",
            fresh: true
        );
    }

    private async Task<IResult> BeginSignInAsync(HttpContext http, StrictForm form) =>
        Json(http, await passkeys.BeginSignInAsync(http));

    private async Task<IResult> SignInAsync(HttpContext http, StrictForm form)
    {
        var flow = SignInPages.FlowOf(form[SignInPages.FlowField]);
        var person = await passkeys.VerifyAsync(http, form["credential"] ?? "");
        if (person is null)
        {
            return signIn.Failed(
                flow,
                "That passkey is not known here, or it took too long. Try again, or take a code by "
                    + "mail.",
                StatusCodes.Status422UnprocessableEntity
            );
        }

        await sessions.SignInAsync(http, person, SignInMethod.Passkey);
        return SignInPages.GoOn(http, flow);
    }

    private static IResult ShowNew(string? error) =>
        Page.Of<PasskeyNewPage, PasskeyNewModel>(
            new PasskeyNewModel(error),
            error is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
            PageScripts.PasskeyNew
        );

    private async Task<IResult> BeginAsync(SignedIn on, StrictForm form) =>
        await passkeys.BeginRegistrationAsync(on.Http, on.Session) is { } options
            ? Json(on.Http, options)
            : Problem.OfAForeignForm(on.Http);

    private async Task<IResult> AddAsync(SignedIn on, StrictForm form)
    {
        var added = await passkeys.RegisterAsync(
            on.Http,
            on.Session,
            form["credential"] ?? "",
            form["name"] ?? ""
        );
        return added.Denied(out var denial, out _)
            ? ShowNew((denial as Denial.InvalidRequest)?.Message ?? "That is not possible.")
            : Page.SeeOther(AccountPages.Home);
    }

    private async Task<IResult> AskForNameAsync(SignedIn on) =>
        await FindAsync(on) is { } passkey
            ? Page.Of<PasskeyNamePage, Passkey>(passkey)
            : Problem.NotFound(on.Http);

    private async Task<IResult> RenameAsync(SignedIn on, StrictForm form)
    {
        if (await FindAsync(on) is not { } passkey)
        {
            return Problem.NotFound(on.Http);
        }

        var renamed = await passkeys.RenameAsync(on.Person.Id, passkey.Id, form["name"] ?? "");
        return renamed.Denied(out _, out _)
            ? Page.Of<PasskeyNamePage, Passkey>(passkey, StatusCodes.Status422UnprocessableEntity)
            : Page.SeeOther(AccountPages.Home);
    }

    private async Task<IResult> AskToRemoveAsync(SignedIn on) =>
        await FindAsync(on) is { } passkey
            ? Page.Of<SurePage, SureModel>(
                new SureModel
                {
                    Title = $"Remove {passkey.Name}",
                    Room = "Account",
                    Text = "It no longer signs you in. A code by mail always does.",
                    More = ["Delete it on the device too, or the device goes on offering it."],
                    Action = $"{Home}/{passkey.Id}/remove",
                    Verb = "Remove the passkey",
                    BackUrl = AccountPages.Home,
                }
            )
            : Problem.NotFound(on.Http);

    private async Task<IResult> RemoveAsync(SignedIn on, StrictForm form)
    {
        await passkeys.RemoveAsync(on.Person.Id, on.Route("id"));
        return Page.SeeOther(AccountPages.Home);
    }

    private async Task<Passkey?> FindAsync(SignedIn on) =>
        (await passkeys.ListAsync(on.Person.Id, on.Ct)).FirstOrDefault(passkey =>
            passkey.Id == on.Route("id")
        );

    private static IResult Json(HttpContext http, string json)
    {
        http.Response.Headers.CacheControl = "no-store";
        return Results.Text(json, "application/json");
    }
}
