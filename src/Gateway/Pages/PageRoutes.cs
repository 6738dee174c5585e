using Arda.Gateway.Accounts;
using Arda.Gateway.Http;
using Arda.Gateway.Pages.Problems;

namespace Arda.Gateway.Pages;

/// <summary>A request of somebody who is signed in.</summary>
internal readonly record struct SignedIn(HttpContext Http, Session Session)
{
    public Person Person => Session.Person;

    public CancellationToken Ct => Http.RequestAborted;

    public string Route(string name) => Http.Request.RouteValues[name] as string ?? "";
}

/// <summary>
/// The kinds of address that pages have. What every one of a kind must check (the form's token, the
/// session, a fresh sign-in) is checked here, so that no page can forget it.
/// </summary>
internal static class PageRoutes
{
    private static readonly string[] s_reads = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>A page that anyone may open.</summary>
    public static void MapPage(
        this IEndpointRouteBuilder routes,
        string path,
        Func<HttpContext, Task<IResult>> show
    ) =>
        routes.MapMethods(
            path,
            s_reads,
            async (HttpContext http) =>
            {
                await LookUpAsync(http);
                return await show(http);
            }
        );

    /// <summary>A form that anyone may send from one of our pages.</summary>
    public static void MapForm(
        this IEndpointRouteBuilder routes,
        string path,
        Func<HttpContext, StrictForm, Task<IResult>> take
    ) =>
        routes.MapPost(
            path,
            async (HttpContext http) =>
            {
                await LookUpAsync(http);
                var read = await PostedForm.ReadAsync(http);
                return read.Refused ?? await take(http, read.Form!);
            }
        );

    /// <param name="routes">Of the server.</param>
    /// <param name="path">Where; the person comes back here after signing in.</param>
    /// <param name="show">Makes the page.</param>
    /// <param name="fresh">Wants a sign-in from the last minutes.</param>
    public static void MapSignedInPage(
        this IEndpointRouteBuilder routes,
        string path,
        Func<SignedIn, Task<IResult>> show,
        bool fresh = false
    ) =>
        routes.MapMethods(
            path,
            s_reads,
            async (HttpContext http) =>
            {
                var session = await LookUpAsync(http);
                if (session is { IsFresh: true } || (session is not null && !fresh))
                {
                    return await show(new SignedIn(http, session));
                }

                Destinations.Keep(http, http.Request.Path + http.Request.QueryString);
                return Page.SeeOther(session is null ? "/sign-in" : "/sign-in/again");
            }
        );

    /// <param name="routes">Of the server.</param>
    /// <param name="path">Where the form goes.</param>
    /// <param name="take">Does what it asks.</param>
    /// <param name="page">Where a person goes who has to sign in first: the page of the form.
    /// Segments in braces are those of <paramref name="path"/>.</param>
    /// <param name="fresh">Wants a sign-in from the last minutes.</param>
    public static void MapSignedInForm(
        this IEndpointRouteBuilder routes,
        string path,
        Func<SignedIn, StrictForm, Task<IResult>> take,
        string page,
        bool fresh = false
    ) =>
        routes.MapPost(
            path,
            async (HttpContext http) =>
            {
                var session = await LookUpAsync(http);
                var read = await PostedForm.ReadAsync(http);
                if (read.Refused is { } refused)
                {
                    return refused;
                }

                if (session is { IsFresh: true } || (session is not null && !fresh))
                {
                    return await take(new SignedIn(http, session), read.Form!);
                }

                if (!http.RequestServices.GetRequiredService<Cookies>().HasSession(http))
                {
                    return Problem.OfNobody(http);
                }

                var query = http.Request.QueryString;
                Destinations.Keep(http, Filled(page, http.Request.RouteValues) + query);
                return Page.SeeOther(session is null ? "/sign-in" : "/sign-in/again");
            }
        );

    /// <summary>For an act that found the sign-in too old or ended when it wrote.</summary>
    /// <param name="http">The request.</param>
    /// <param name="page">Where the person goes on afterwards.</param>
    public static IResult SignInAgain(HttpContext http, string page)
    {
        Destinations.Keep(http, page);
        return Page.SeeOther("/sign-in/again");
    }

    private static async ValueTask<Session?> LookUpAsync(HttpContext http)
    {
        var services = http.RequestServices;
        var session = await services.GetRequiredService<Sessions>().CurrentAsync(http);
        services.GetRequiredService<Visit>().Session = session;
        return session;
    }

    private static string Filled(string page, RouteValueDictionary values) =>
        values.Aggregate(
            page,
            (path, value) =>
                path.Replace($"{{{value.Key}}}", value.Value as string, StringComparison.Ordinal)
        );
}

/// <summary>A form that was posted: read, or refused with a page that says why.</summary>
internal readonly record struct PostedForm(StrictForm? Form, IResult? Refused)
{
    public const string TokenField = "csrf";

    public static async ValueTask<PostedForm> ReadAsync(HttpContext http)
    {
        var read = await StrictForm.ReadAsync(http.Request, http.RequestAborted);
        if (read.Denied(out var denial, out var form))
        {
            return new(null, Problem.Of(http, denial));
        }

        var tokens = http.RequestServices.GetRequiredService<FormTokens>();
        return tokens.Holds(http, form[TokenField])
            ? new(form, null)
            : new(null, Problem.OfAForeignForm(http));
    }
}
