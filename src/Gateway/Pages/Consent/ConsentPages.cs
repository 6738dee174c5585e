using Arda.Gateway.Accounts;
using Arda.Gateway.Http;
using Arda.Gateway.OAuth;
using Arda.Gateway.Pages.Problems;
using Arda.Gateway.Pages.Scripts;
using Arda.Gateway.Pages.SignIn;

namespace Arda.Gateway.Pages.Consent;

/// <summary>
/// What a person sees of <c>/oauth/authorize</c>. Every decision is made a floor below; here is
/// only which page, which redirect.
/// </summary>
internal sealed class ConsentPages(
    AuthorizeRequests requests,
    GrantForm grants,
    SignInPages signIn,
    FormTokens tokens
)
{
    public const string Path = "/oauth/authorize";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPage(Path, BeginAsync);
        routes.MapPage(Path + "/continue", ContinueAsync);
        // As delegates: a method of HttpContext alone would bind to RequestDelegate, which throws
        // away what it returns.
        routes.MapPost(Path, (Delegate)ParkAsync);
        routes.MapPost(Path + "/decision", (Delegate)DecideAsync);
    }

    private async Task<IResult> BeginAsync(HttpContext http)
    {
        if (StrictForm.OfQuery(http.Request).Denied(out var denial, out var asked))
        {
            return Problem.Of(http, denial);
        }

        var step = await requests.BeginAsync(asked, SessionOf(http), http.RequestAborted);
        return await ShowAsync(http, step, null);
    }

    // A form from the app's own page may be cross-site: it carries no cookie and decides nothing.
    private async Task<IResult> ParkAsync(HttpContext http)
    {
        var read = await StrictForm.ReadAsync(http.Request, http.RequestAborted);
        if (read.Denied(out var denial, out var asked))
        {
            return Problem.Of(http, denial);
        }

        var step = await requests.ParkAsync(asked, http.RequestAborted);
        return step switch
        {
            AuthorizeStep.Consent consent => Page.SeeOther(ContinueUrl(consent.Id)),
            AuthorizeStep.SignIn wanted => Page.SeeOther(ContinueUrl(wanted.Id)),
            _ => await ShowAsync(http, step, null),
        };
    }

    private async Task<IResult> ContinueAsync(HttpContext http) =>
        SignInPages.FlowOf(http.Request.Query[SignInPages.FlowField]) is { } flow
            ? await ShowAsync(
                http,
                await requests.ContinueAsync(new(flow), SessionOf(http), http.RequestAborted),
                null
            )
            : Over(http);

    private async Task<IResult> DecideAsync(HttpContext http)
    {
        var read = await StrictForm.ReadAsync(http.Request, http.RequestAborted);
        if (read.Denied(out var denial, out var form))
        {
            return Problem.Of(http, denial);
        }

        var session = await http.RequestServices.GetRequiredService<Sessions>().CurrentAsync(http);
        http.RequestServices.GetRequiredService<Visit>().Session = session;
        if (session is null || !tokens.Holds(http, form[PostedForm.TokenField]))
        {
            return Problem.OfAForeignForm(http);
        }

        if (SignInPages.FlowOf(form["interaction"]) is not { } flow)
        {
            return Over(http);
        }

        var id = new InteractionId(flow);
        var wish = await grants.ReadAsync(form, session.Person.Id, http.RequestAborted);
        if (wish.Decision is not { } decision)
        {
            return await ShowConsentAsync(http, id, session, wish);
        }

        var step = await requests.DecideAsync(id, session, decision, http.RequestAborted);
        return await ShowAsync(http, step, null);
    }

    private async Task<IResult> ShowAsync(HttpContext http, AuthorizeStep step, GrantWish? wish)
    {
        switch (step)
        {
            case AuthorizeStep.ErrorPage error:
                return Problem.Show(http, error.Status, error.Title, error.Text);
            case AuthorizeStep.Redirect redirect:
                return new ReturnToApp(redirect.Uri);
            case AuthorizeStep.SignIn wanted:
                return signIn.Ask(wanted.Id.Value, wanted.LoginHint);
            case AuthorizeStep.Consent consent when SessionOf(http) is { } session:
                return await ShowConsentAsync(http, consent.Id, session, wish);
            default:
                return Over(http);
        }
    }

    private async Task<IResult> ShowConsentAsync(
        HttpContext http,
        InteractionId id,
        Session session,
        GrantWish? wish
    )
    {
        var found = await requests.ViewAsync(id, session, http.RequestAborted);
        if (found.Denied(out _, out var view))
        {
            return Over(http);
        }

        var model = new ConsentModel
        {
            Interaction = id.Value,
            Email = session.Person.Email,
            Terms = await grants.TermsAsync(view, session.Person.Id, wish, http.RequestAborted),
            ReturnsTo = view.Destination ?? "the app",
            ReturnsByScheme = view.ReturnsToScheme,
            IsOwnersTest = view.IsOwnersTest,
        };
        return Page.Of<ConsentPage, ConsentModel>(
            model,
            wish is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
            view.ReturnsToScheme ? PageScripts.ReturnByScheme : null
        );
    }

    private static IResult Over(HttpContext http) =>
        Problem.Show(
            http,
            StatusCodes.Status400BadRequest,
            "This request is over",
            "It was decided already, is older than 15 minutes, or belongs to another browser.",
            "Go back to the app and connect again."
        );

    private static string ContinueUrl(InteractionId id) => $"{Path}/continue?flow={id.Value}";

    private static Session? SessionOf(HttpContext http) =>
        http.RequestServices.GetRequiredService<Visit>().Session;
}
