using Arda.Gateway.Accounts;
using Arda.Gateway.Http;

namespace Arda.Gateway.Pages.SignIn;

/// <summary>Signing in at another provider that the operator has set up: there and back again.</summary>
internal sealed class ExternalPages(ExternalSignIn external, Sessions sessions, SignInPages signIn)
{
    private const string Path = "/sign-in/external/{name}";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapForm(Path, LeaveAsync);
        routes.MapPage(Path + "/callback", ComeBackAsync);
    }

    private async Task<IResult> LeaveAsync(HttpContext http, StrictForm form)
    {
        var flow = SignInPages.FlowOf(form[SignInPages.FlowField]);
        return await external.BeginAsync(NameOf(http), http, flow) is { } address
            ? Page.SeeOther(address)
            : signIn.Failed(
                flow,
                "That provider does not answer now. Take a code by mail instead.",
                StatusCodes.Status503ServiceUnavailable
            );
    }

    private async Task<IResult> ComeBackAsync(HttpContext http)
    {
        var answer = await external.CompleteAsync(NameOf(http), http);
        if (answer is ExternalAnswer.Known known)
        {
            await sessions.SignInAsync(http, known.Person, SignInMethod.External);
            return SignInPages.GoOn(http, known.Flow);
        }

        var notice = answer switch
        {
            ExternalAnswer.Refused => "You were not signed in there. Take a code by mail instead.",
            ExternalAnswer.NoVerifiedEmail =>
                "That provider has not verified your e-mail address. Take a code by mail instead.",
            _ => "That took too long or was begun elsewhere. Try again.",
        };
        return signIn.Failed(answer.Flow, notice, StatusCodes.Status422UnprocessableEntity);
    }

    private static string NameOf(HttpContext http) =>
        http.Request.RouteValues["name"] as string ?? "";
}
