using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Pages.Problems;

/// <summary>Says to people what went wrong. What programs are told in JSON is told here as a page,
/// with the same status and headers.</summary>
internal static class Problem
{
    public static IResult Show(
        HttpContext http,
        int status,
        string title,
        string text,
        string? wayOut = null,
        ProblemLink? link = null
    ) =>
        Page.Of<ProblemPage, ProblemModel>(
            new ProblemModel
            {
                Title = title,
                Text = text,
                WayOut = wayOut,
                Link = link,
                RequestId = RequestFacts.Of(http).RequestId,
            },
            status
        );

    public static IResult NotFound(HttpContext http) =>
        Show(
            http,
            StatusCodes.Status404NotFound,
            "There is no such page",
            "The address is wrong, or what was there belongs to somebody else.",
            link: new ProblemLink("/console", "Go to the console")
        );

    /// <summary>The form's token is missing or of another session: the page was open while somebody
    /// signed in or out, or it is not our page at all.</summary>
    public static IResult OfAForeignForm(HttpContext http) =>
        Show(
            http,
            StatusCodes.Status403Forbidden,
            "This page is out of date",
            "Nothing was changed. You signed in or out since the page was opened, or it was not "
                + "sent from here.",
            "Go back, reload the page and try once more."
        );

    /// <summary>A form of a page that only people who are signed in see, from a browser that never
    /// was: whoever sends it brings a key or a link, and neither is a sign-in.</summary>
    public static IResult OfNobody(HttpContext http) =>
        Show(
            http,
            StatusCodes.Status401Unauthorized,
            "Sign in first",
            "Nothing was changed. This is for the owner of the account, signed in with a browser; "
                + "no key and no link does it.",
            link: new ProblemLink("/sign-in", "Sign in")
        );

    public static IResult TooMany(HttpContext http)
    {
        var (title, text) = Words(StatusCodes.Status429TooManyRequests, "");
        http.Response.Headers.RetryAfter = "900";
        return Show(http, StatusCodes.Status429TooManyRequests, title, text);
    }

    public static IResult Of(HttpContext http, Denial denial)
    {
        var refusal = Errors.RefusalOf(http, denial, WireFormat.OpenAiChat);
        return new Refused(refusal);
    }

    /// <summary>For <see cref="ErrorDialects"/>: what routing and the edge refuse by
    /// themselves.</summary>
    public static async Task WriteAsync(HttpContext http, Refusal refusal)
    {
        Errors.WriteHeaders(http, refusal);
        var status = refusal.Facts.Status;
        var (title, text) = Words(status, refusal.Facts.Message);
        await Show(http, status, title, text).ExecuteAsync(http);
    }

    private static (string Title, string Text) Words(int status, string message) =>
        status switch
        {
            StatusCodes.Status404NotFound => (
                "There is no such page",
                "The address is wrong, or what was there belongs to somebody else."
            ),
            StatusCodes.Status405MethodNotAllowed => (
                "This address only takes a form",
                "Nothing was changed. Go back to the page that leads here and use its button."
            ),
            StatusCodes.Status429TooManyRequests => (
                "Too many tries",
                "Wait a quarter of an hour and try again. Nobody is locked out for longer."
            ),
            StatusCodes.Status413PayloadTooLarge or StatusCodes.Status400BadRequest => (
                "That could not be read",
                message
            ),
            StatusCodes.Status503ServiceUnavailable => (
                "Not available right now",
                "The gateway is restarting or its store does not answer. Nothing was changed. Try "
                    + "again in a few seconds."
            ),
            >= StatusCodes.Status500InternalServerError => (
                "Something went wrong here",
                "It is not your fault. Try again; if it stays like this, ask the operator."
            ),
            _ => ("That is not possible", message),
        };

    private sealed class Refused(Refusal refusal) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => WriteAsync(httpContext, refusal);
    }
}
