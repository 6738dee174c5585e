using System.Globalization;
using Arda.Gateway.Http;
using Arda.Gateway.OAuth;
using Arda.Gateway.Pages.Consent;
using Arda.Gateway.Pages.Problems;

namespace Arda.Gateway.Pages.Connect;

/// <summary>
/// The page where a device's code is typed in. Signing in comes first, so that wrong guesses count
/// for somebody; a link only fills the field; nothing is granted but by the button of the page that
/// shows who asks.
/// </summary>
internal sealed class ConnectPages(DeviceCodes codes, GrantForm grants)
{
    private const int CodeCharsMax = 24;

    // One sentence for every code that is not waiting: it tells nobody which ones exist.
    private const string NotValid =
        "This code is not valid. Check it on your device, or start again there: codes live 10 "
        + "minutes.";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapSignedInPage("/connect", ShowAsync);
        routes.MapSignedInForm("/connect", ReviewAsync, page: "/connect");
        routes.MapSignedInForm("/connect/decision", DecideAsync, page: "/connect");
        routes.MapSignedInPage("/connect/done", on => Task.FromResult(Done(allowed: true)));
        routes.MapSignedInPage("/connect/denied", on => Task.FromResult(Done(allowed: false)));
    }

    // Looks nothing up: whoever opens a link has not asked anything yet.
    private static Task<IResult> ShowAsync(SignedIn on)
    {
        var code = on.Http.Request.Query["user_code"].ToString();
        var shown = code.Length is > 0 and <= CodeCharsMax ? code : null;
        return Task.FromResult(
            Page.Of<ConnectPage, ConnectModel>(
                new ConnectModel { Code = shown, Prefilled = shown is not null }
            )
        );
    }

    private async Task<IResult> ReviewAsync(SignedIn on, StrictForm form) =>
        await ReviewAsync(on, form["user_code"] ?? "", wish: null);

    private async Task<IResult> ReviewAsync(SignedIn on, string typed, GrantWish? wish)
    {
        var code = typed.Length <= CodeCharsMax ? typed : "";
        var found = await codes.FindAsync(code, on.Session, RequesterAddress.Of(on.Http), on.Ct);
        if (found.Denied(out var denial, out var lookup))
        {
            return Problem.Of(on.Http, denial);
        }

        if (lookup.Request is not { } request)
        {
            return Invalid(code);
        }

        var model = new ReviewModel
        {
            UserCode = request.UserCode,
            Email = on.Person.Email,
            Address = request.RequesterAddress,
            Country = request.RequesterCountry,
            Age = AgeOf(request.Age),
            IsOwnersTest = request.Consent.IsOwnersTest,
            Terms = await grants.TermsAsync(request.Consent, on.Person.Id, wish, on.Ct),
        };
        return Page.Of<ReviewPage, ReviewModel>(
            model,
            wish is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity
        );
    }

    private async Task<IResult> DecideAsync(SignedIn on, StrictForm form)
    {
        var code = form["user_code"] ?? "";
        var wish = await grants.ReadAsync(form, on.Person.Id, on.Ct);
        if (wish.Decision is not { } decision)
        {
            return await ReviewAsync(on, code, wish);
        }

        var address = RequesterAddress.Of(on.Http);
        return await codes.DecideAsync(code, on.Session, address, decision, on.Ct) switch
        {
            DeviceDecisionResult.Allowed => Page.SeeOther("/connect/done"),
            DeviceDecisionResult.Denied => Page.SeeOther("/connect/denied"),
            DeviceDecisionResult.TooMany => Problem.TooMany(on.Http),
            DeviceDecisionResult.AskAgain => await ReviewAsync(on, code, wish),
            DeviceDecisionResult.NoSuchProject => Problem.NotFound(on.Http),
            _ => Invalid(code),
        };
    }

    private static IResult Invalid(string code) =>
        Page.Of<ConnectPage, ConnectModel>(
            new ConnectModel { Code = code, Error = NotValid },
            StatusCodes.Status422UnprocessableEntity
        );

    private static IResult Done(bool allowed) =>
        Page.Of<DonePage, DoneModel>(new DoneModel(allowed));

    private static string AgeOf(TimeSpan age) =>
        age < TimeSpan.FromMinutes(1)
            ? "Less than a minute ago"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{(int)age.TotalMinutes} minute{((int)age.TotalMinutes == 1 ? "" : "s")} ago"
            );
}
