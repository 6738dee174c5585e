using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Payments.Connect;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Developers;

/// <summary>The operator's side of payouts: all of them, what waits for a decision, and a stop for
/// one reseller.</summary>
internal static class PayoutReviewEndpoints
{
    private const int NoteCharsMax = 500;

    public static void MapPayoutReviews(this IEndpointRouteBuilder routes)
    {
        var admin = routes.MapGroup("/admin/payouts").AddEndpointFilter<OperatorOnly>();
        admin.MapGet("/", ListAsync);
        admin.MapGet("/holds", ListHeldAsync);
        admin.MapPost("/holds", DecideAsync);
        admin.MapPost("/resellers", StopAsync);
    }

    private static async Task<IResult> ListAsync(HttpContext http, Payouts payouts)
    {
        var all = await payouts.ListAllAsync(http.RequestAborted);
        return DeveloperEndpoints.Json(
            new AdminPayoutList([.. all.Select(PayoutJson.OfReview)]),
            PayoutsJson.Default.AdminPayoutList
        );
    }

    private static async Task<IResult> ListHeldAsync(HttpContext http, ResellerEarnings earnings)
    {
        var held = await earnings.ListHeldAsync(http.RequestAborted);
        return DeveloperEndpoints.Json(
            new HeldList([.. held.Select(HeldJson.Of)]),
            PayoutsJson.Default.HeldList
        );
    }

    private static async Task<IResult> DecideAsync(
        HttpContext http,
        Database database,
        ResellerEarnings earnings
    )
    {
        var read = await DeveloperEndpoints.ReadAsync(http, PayoutsJson.Default.HoldDecision);
        if (read.Denied(out var denial, out var asked))
        {
            return new DeniedResult(denial);
        }

        if (
            asked is not { Reseller: { } reseller, Project: { } project }
            || asked.Decision is not ("release" or "forfeit")
            || asked.Note?.Length > NoteCharsMax
        )
        {
            return new DeniedResult(
                new Denial.InvalidRequest(
                    "Name the reseller, the project and the decision: release or forfeit."
                )
            );
        }

        var ended = await database.WriteAsync(connection =>
            earnings
                .Change(connection, new ResellerId(reseller))
                .EndHold(new ProjectId(project), asked.Decision == "forfeit", asked.Note)
        );
        return ended is null
            ? new DeniedResult(new Denial.NotFound("held earning"))
            : TypedResults.NoContent();
    }

    private static async Task<IResult> StopAsync(HttpContext http, Payouts payouts)
    {
        var read = await DeveloperEndpoints.ReadAsync(http, PayoutsJson.Default.ResellerDecision);
        if (read.Denied(out var denial, out var asked))
        {
            return new DeniedResult(denial);
        }

        if (
            asked.Reseller is not { } reseller
            || asked.Decision is not ("stop" or "resume")
            || asked.Note?.Length > NoteCharsMax
        )
        {
            return new DeniedResult(
                new Denial.InvalidRequest("Name the reseller and the decision: stop or resume.")
            );
        }

        var because = asked.Decision == "stop" ? asked.Note ?? "stopped" : null;
        return await payouts.StopAsync(new ResellerId(reseller), because)
            ? TypedResults.NoContent()
            : new DeniedResult(new Denial.NotFound("reseller with an account"));
    }
}
