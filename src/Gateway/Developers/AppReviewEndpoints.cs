using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Developers;

/// <summary>The operator's side: what waits for review, and the word on it.</summary>
internal static class AppReviewEndpoints
{
    private const string Reviewer = "operator";

    public static void MapAppReviews(this IEndpointRouteBuilder routes)
    {
        var admin = routes.MapGroup("/admin/apps").AddEndpointFilter<OperatorOnly>();
        admin.MapGet("/", ListAsync);
        admin.MapGet("/{id}", FindAsync);
        admin.MapPost("/{id}/review", ReviewAsync);
    }

    private static async Task<IResult> ListAsync(HttpContext http, Apps apps, string? state)
    {
        var ct = http.RequestAborted;
        var found = state switch
        {
            null or "pending" => await apps.ListAsync(AppState.Pending, ct),
            "proposed" => await apps.ListProposalsAsync(ct),
            "approved" => await apps.ListAsync(AppState.Approved, ct),
            "rejected" => await apps.ListAsync(AppState.Rejected, ct),
            "suspended" => await apps.ListAsync(AppState.Suspended, ct),
            _ => null,
        };
        return found is null
            ? new DeniedResult(
                new Denial.InvalidRequest(
                    "The state is pending, proposed, approved, rejected or suspended.",
                    "state"
                )
            )
            : DeveloperEndpoints.Json(
                new AppList([.. found.Select(AppJson.OfReview)]),
                DevelopersJson.Default.AppList
            );
    }

    private static async Task<IResult> FindAsync(string id, HttpContext http, Apps apps) =>
        await apps.FindAsync(new AppId(id), http.RequestAborted) is { } app
            ? DeveloperEndpoints.Json(AppJson.OfReview(app), DevelopersJson.Default.AppJson)
            : new DeniedResult(new Denial.NotFound("app with that id"));

    private static async Task<IResult> ReviewAsync(string id, HttpContext http, AppReviews reviews)
    {
        var read = await DeveloperEndpoints.ReadAsync(http, DevelopersJson.Default.ReviewJson);
        if (read.Denied(out var denial, out var review))
        {
            return new DeniedResult(denial);
        }

        if (review.StateOf() is not { } state)
        {
            return new DeniedResult(
                new Denial.InvalidRequest("The decision is approve, reject or suspend.", "decision")
            );
        }

        var decision = new ReviewDecision
        {
            State = state,
            Note = review.Note,
            VerifiedDomain = review.VerifiedDomain,
        };
        var reviewed = await reviews.DecideAsync(
            new AppId(id),
            decision,
            Reviewer,
            http.RequestAborted
        );
        return reviewed.Denied(out denial, out var app)
            ? new DeniedResult(denial)
            : DeveloperEndpoints.Json(AppJson.OfReview(app), DevelopersJson.Default.AppJson);
    }
}
