namespace Arda.Gateway.Pages.Problems;

/// <summary>One page for every link from a mail that does nothing (any more): used, expired and
/// never made look alike.</summary>
internal static class DeadLink
{
    public static IResult Show(HttpContext http) =>
        Problem.Show(
            http,
            StatusCodes.Status404NotFound,
            "This link no longer works",
            "It was used already, is too old, or was cut off by the mail program. Nothing was "
                + "changed.",
            "Open the newest mail, and copy the whole link if it is broken into lines.",
            new ProblemLink("/console", "Go to the console")
        );
}
