using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Payments.Connect;

namespace Arda.Gateway.Developers;

/// <summary>Keeps where a browser was going and asks its person to sign in first.</summary>
internal delegate IResult SignInFirst(HttpContext http, string page);

/// <summary>What an app's owner asks about money: what was earned, what was paid, and the way to
/// the payment provider's own form and dashboard.</summary>
internal static class PayoutEndpoints
{
    public static void MapPayouts(this IEndpointRouteBuilder routes)
    {
        var owner = routes
            .MapGroup("/developers")
            .AddEndpointFilter(DeveloperEndpoints.RequireSessionAsync);
        owner.MapGet("/earnings", EarningsAsync);
        owner.MapGet("/payouts", ListAsync);
        owner.MapPost("/payouts/onboarding-links", LinkAsync);
        owner.MapPost("/payouts/dashboard-links", DashboardAsync);
        var browser = routes.MapGroup("").AddEndpointFilter(SignInOfBrowserAsync);
        browser.MapGet(PayeeLinks.RefreshPath, RefreshAsync);
        browser.MapGet(PayeeLinks.ReturnPath, ReturnedAsync);
    }

    // A person comes from the provider's pages; a program hears the same refusal as everywhere.
    private static async ValueTask<object?> SignInOfBrowserAsync(
        EndpointFilterInvocationContext context,
        EndpointFilterDelegate next
    )
    {
        var answer = await DeveloperEndpoints.RequireSessionAsync(context, next);
        var http = context.HttpContext;
        return
            answer is DeniedResult
            && http.Features.Get<Accounts.Session>() is null
            && http.Request.Headers.Accept.ToString()
                .Contains("text/html", StringComparison.Ordinal)
            ? http.RequestServices.GetRequiredService<SignInFirst>()(http, http.Request.Path)
            : answer;
    }

    private static async Task<IResult> EarningsAsync(HttpContext http, ResellerEarnings earnings)
    {
        var reseller = ResellerOf(http);
        var reading = await earnings.ReadAsync(reseller, http.RequestAborted);
        var apps = await earnings.ListByAppAsync(reseller, http.RequestAborted);
        return DeveloperEndpoints.Json(
            EarningsJson.Of(earnings.Currency, reading, apps),
            PayoutsJson.Default.EarningsJson
        );
    }

    private static async Task<IResult> ListAsync(HttpContext http, Payees payees, Payouts payouts)
    {
        var owner = DeveloperEndpoints.OwnerOf(http);
        var ct = http.RequestAborted;
        var sent = await payouts.ListAsync(ResellerOf(http), ct);
        var atBank = await payouts.ListAtBankAsync(owner, ct);
        return DeveloperEndpoints.Json(
            new PayoutList
            {
                Account = PayeeJson.Of(await payees.FindAsync(owner, ct)),
                Data = [.. sent.Select(PayoutJson.Of)],
                BankPayouts = [.. atBank.Select(BankPayoutJson.Of)],
            },
            PayoutsJson.Default.PayoutList
        );
    }

    private static async Task<IResult> LinkAsync(
        HttpContext http,
        Apps apps,
        Payees payees,
        PayeeLinks links
    )
    {
        var read = await DeveloperEndpoints.ReadAsync(http, PayoutsJson.Default.OnboardingJson);
        if (read.Denied(out var denial, out var asked))
        {
            return new DeniedResult(denial);
        }

        var ct = http.RequestAborted;
        var owner = DeveloperEndpoints.OwnerOf(http);
        if (await apps.ListAsync(owner, ct) is not [.., var first])
        {
            return new DeniedResult(new Denial.InvalidRequest("Register an app first."));
        }

        var made = await payees.EnsureAsync(
            owner,
            first.Id.Value,
            first.WebsiteUrl,
            asked.Country,
            ct
        );
        return made.Denied(out denial, out var payee)
            ? new DeniedResult(denial)
            : Link(await links.OnboardingAsync(payee, ct));
    }

    private static async Task<IResult> DashboardAsync(
        HttpContext http,
        Payees payees,
        PayeeLinks links
    ) =>
        await payees.FindAsync(DeveloperEndpoints.OwnerOf(http), http.RequestAborted) is { } payee
            ? Link(await links.DashboardAsync(payee, http.RequestAborted))
            : new DeniedResult(new Denial.NotFound("account for payouts"));

    /// <summary>A link was used or is too old: here is another one, for its owner alone.</summary>
    private static async Task<IResult> RefreshAsync(
        HttpContext http,
        Payees payees,
        PayeeLinks links
    )
    {
        var ct = http.RequestAborted;
        if (await payees.FindAsync(DeveloperEndpoints.OwnerOf(http), ct) is not { } payee)
        {
            return new DeniedResult(new Denial.NotFound("account for payouts"));
        }

        return (await links.OnboardingAsync(payee, ct)).Denied(out var denial, out var url)
            ? new DeniedResult(denial)
            : TypedResults.Redirect(url);
    }

    /// <summary>Coming back says only that the form was left, so the account is read again.</summary>
    private static async Task<IResult> ReturnedAsync(HttpContext http, Payees payees)
    {
        var owner = DeveloperEndpoints.OwnerOf(http);
        var readiness = await payees.JudgeAsync(owner, http.RequestAborted);
        return readiness is PayeeReadiness.Unknown
            ? new DeniedResult(new Denial.PaymentsUnavailable(TimeSpan.FromSeconds(5)))
            : DeveloperEndpoints.Json(
                PayeeJson.Of(await payees.FindAsync(owner, http.RequestAborted)),
                PayoutsJson.Default.PayeeJson
            );
    }

    private static IResult Link(Outcome<string> made) =>
        made.Denied(out var denial, out var url)
            ? new DeniedResult(denial)
            : DeveloperEndpoints.Json(
                new LinkJson(url),
                PayoutsJson.Default.LinkJson,
                StatusCodes.Status201Created
            );

    private static ResellerId ResellerOf(HttpContext http) =>
        new(DeveloperEndpoints.OwnerOf(http).Value);
}
