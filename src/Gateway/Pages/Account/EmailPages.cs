using Arda.Gateway.Accounts;
using Arda.Gateway.Http;
using Arda.Gateway.Pages.Problems;

namespace Arda.Gateway.Pages.Account;

/// <summary>
/// The change of an address. The links come from mails, which machines open too: opening one only
/// shows a page, its button acts.
/// </summary>
internal sealed class EmailPages(EmailChanges changes)
{
    private const string Home = "/account/email";
    private const string ConfirmPath = Home + "/confirm/{secret}";
    private const string RevertPath = Home + "/revert/{secret}";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapSignedInPage(Home, on => Task.FromResult(Show(on)), fresh: true);
        routes.MapSignedInForm(Home, RequestAsync, page: Home, fresh: true);
        routes.MapPage(ConfirmPath, AskToConfirmAsync);
        routes.MapForm(ConfirmPath, ConfirmAsync);
        routes.MapPage(RevertPath, AskToRevertAsync);
        routes.MapForm(RevertPath, RevertAsync);
    }

    private static IResult Show(
        SignedIn on,
        string? typed = null,
        string? error = null,
        string? sentTo = null
    ) =>
        Page.Of<EmailPage, EmailModel>(
            new EmailModel
            {
                Current = on.Person.Email,
                Email = typed,
                Error = error,
                SentTo = sentTo,
            },
            error is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity
        );

    private async Task<IResult> RequestAsync(SignedIn on, StrictForm form)
    {
        var typed = form["email"] ?? "";
        if (EmailAddress.Read(typed).Denied(out _, out var email))
        {
            return Show(on, typed, "Enter an e-mail address, such as name@example.com.");
        }

        return await changes.RequestAsync(on.Session, email) switch
        {
            EmailChangeAnswer.Sent => Show(on, sentTo: email.Written),
            EmailChangeAnswer.SameAddress => Show(on, typed, "That is your address already."),
            EmailChangeAnswer.TooOften => Problem.TooMany(on.Http),
            EmailChangeAnswer.NotWarned => Show(
                on,
                typed,
                "Your present address could not be reached, so nothing was begun. Try again later."
            ),
            _ => Page.SeeOther("/sign-in/again"),
        };
    }

    private async Task<IResult> AskToConfirmAsync(HttpContext http) =>
        await changes.FindToConfirmAsync(SecretOf(http), http.RequestAborted) is not { } change
            ? Dead(http)
        : SessionOf(http)?.Person.Id != change.Person ? OfItsPersonAlone(http)
        : Ask(
            http,
            "Confirm the new address",
            $"From now on you sign in with {change.NewEmail}. {change.OldEmail} no longer "
                + "works.",
            "Confirm",
            "Other browsers are signed out."
        );

    private async Task<IResult> ConfirmAsync(HttpContext http, StrictForm form)
    {
        if (SessionOf(http) is not { } kept)
        {
            return OfItsPersonAlone(http);
        }

        return await changes.ConfirmAsync(SecretOf(http), kept)
            ? Page.SeeOther(AccountPages.Home)
            : Dead(http);
    }

    private static Session? SessionOf(HttpContext http) =>
        http.RequestServices.GetRequiredService<Visit>().Session;

    // The link stays good meanwhile. It is not kept for after the sign-in: it is a secret.
    private static IResult OfItsPersonAlone(HttpContext http) =>
        Problem.Show(
            http,
            StatusCodes.Status403Forbidden,
            "Sign in first",
            "Only the person whose account this is can confirm its new address. Sign in with the "
                + "present address in this browser, then open the link in the mail again. If you "
                + "asked for no change, close this page; nothing happens.",
            link: new ProblemLink("/sign-in", "Sign in")
        );

    private async Task<IResult> AskToRevertAsync(HttpContext http) =>
        await changes.FindToRevertAsync(SecretOf(http), http.RequestAborted) is { } change
            ? Ask(
                http,
                $"Keep {change.OldEmail}",
                $"The account stays with {change.OldEmail}; {change.NewEmail} gets no part of it.",
                "Keep my address",
                "Everybody is signed out, and passkeys that were added since are removed. Sign in "
                    + "afterwards and look at your keys and connections."
            )
            : Dead(http);

    private async Task<IResult> RevertAsync(HttpContext http, StrictForm form) =>
        await changes.RevertAsync(SecretOf(http)) ? Page.SeeOther("/sign-in") : Dead(http);

    private static IResult Ask(
        HttpContext http,
        string title,
        string text,
        string verb,
        string warning
    ) =>
        Page.Of<LinkPage, LinkModel>(
            new LinkModel
            {
                Title = title,
                Text = text,
                Action = http.Request.Path,
                Verb = verb,
                Warning = warning,
            }
        );

    private static IResult Dead(HttpContext http) => DeadLink.Show(http);

    private static string SecretOf(HttpContext http) =>
        http.Request.RouteValues["secret"] as string ?? "";
}
