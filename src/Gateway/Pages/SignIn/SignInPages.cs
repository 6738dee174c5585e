using Arda.Gateway.Accounts;
using Arda.Gateway.Http;
using Arda.Gateway.OAuth;
using Arda.Gateway.Pages.Problems;
using Arda.Gateway.Pages.Scripts;

namespace Arda.Gateway.Pages.SignIn;

/// <summary>
/// Sign-in by a code from a mail. Where the person goes afterwards is known to the server: a
/// request of an app by its id, a page of ours by <see cref="Destinations"/>. No parameter names an
/// address.
/// </summary>
internal sealed class SignInPages(
    EmailCodes codes,
    Sessions sessions,
    ExternalSignIn external,
    AuthorizeRequests requests,
    EdgeOptions edge,
    IServiceProvider services
)
{
    public const string FlowField = "flow";

    private const int FlowCharsMax = 100;

    private bool OffersPasskey => Passkeys.IsOffered(edge);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPage("/sign-in", http => Task.FromResult(Show(http, FlowOf(http))));
        routes.MapPage("/sign-in/again", http => Task.FromResult(ShowAgain(http)));
        routes.MapPage("/sign-in/code", ShowCodeAsync);
        routes.MapForm("/sign-in", SendAsync);
        routes.MapForm("/sign-in/code", VerifyAsync);
        routes.MapForm("/sign-in/switch", SwitchAsync);
        routes.MapForm("/sign-out", SignOutAsync);
    }

    /// <summary>The first page of a sign-in, as an answer of whoever needs one.</summary>
    public IResult Ask(string? flow, string? email) =>
        Show(new SignInModel { Flow = flow, Email = email });

    /// <summary>Where the person goes now that they are signed in.</summary>
    public static IResult GoOn(HttpContext http, string? flow) =>
        Page.SeeOther(
            flow is null ? Destinations.Take(http) : "/oauth/authorize/continue" + Query(flow)
        );

    /// <summary>The id of a request as it may stand in an address; anything else is
    /// nothing.</summary>
    public static string? FlowOf(string? text) =>
        text is { Length: > 0 and <= FlowCharsMax }
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')
            ? text
            : null;

    public IResult Failed(string? flow, string notice, int status) =>
        Show(new SignInModel { Flow = flow, Notice = notice }, status);

    private IResult Show(HttpContext http, string? flow) =>
        flow is null && Signed(http) is not null
            ? Page.SeeOther(Destinations.Take(http))
            : Show(new SignInModel { Flow = flow });

    private IResult ShowAgain(HttpContext http) =>
        Signed(http) is { } session
            ? Show(new SignInModel { Again = true, Email = session.Person.Email })
            : Page.SeeOther("/sign-in");

    private IResult Show(SignInModel model, int status = StatusCodes.Status200OK) =>
        Page.Of<SignInPage, SignInModel>(
            model with
            {
                OffersPasskey = OffersPasskey,
                Providers =
                [
                    .. external.Offered.Select(one => new ProviderChoice(
                        one.Title,
                        "/sign-in/external/" + one.Name
                    )),
                ],
            },
            status,
            OffersPasskey ? PageScripts.PasskeySignIn : null
        );

    private async Task<IResult> SendAsync(HttpContext http, StrictForm form)
    {
        var flow = FlowOf(form[FlowField]);
        var typed = form["email"] ?? "";
        if (EmailAddress.Read(typed).Denied(out _, out var email))
        {
            return Show(
                new SignInModel
                {
                    Flow = flow,
                    Email = typed,
                    EmailError = "Enter an e-mail address, such as name@example.com.",
                },
                StatusCodes.Status422UnprocessableEntity
            );
        }

        var sent = await codes.SendAsync(email, http);
        return sent.Denied(out var denial, out var challenge)
            ? Problem.Of(http, denial)
            : Page.SeeOther(CodeUrl(challenge.Id, flow));
    }

    private async Task<IResult> ShowCodeAsync(HttpContext http)
    {
        var flow = FlowOf(http);
        var challenge = await ChallengeAsync(http);
        return challenge is null
            ? Failed(
                flow,
                "That code is used up or older than 10 minutes. Ask for a new one.",
                StatusCodes.Status410Gone
            )
            : Page.Of<CodePage, CodeModel>(ModelOf(challenge, flow));
    }

    private async Task<IResult> VerifyAsync(HttpContext http, StrictForm form)
    {
        var flow = FlowOf(form[FlowField]);
        var id = form["challenge"] ?? "";
        var challenge = await codes.FindAsync(id, http);
        var answer = await codes.VerifyAsync(id, form["code"] ?? "", http);
        if (answer is CodeAnswer.Right right)
        {
            await sessions.SignInAsync(http, right.Person, SignInMethod.EmailCode);
            return GoOn(http, flow);
        }

        return answer is CodeAnswer.Wrong wrong && challenge is not null
            ? Page.Of<CodePage, CodeModel>(
                ModelOf(challenge, flow) with
                {
                    Error =
                        wrong.TriesLeft == 1
                            ? "That is not the code. One more try, then you need a new one."
                            : $"That is not the code. {wrong.TriesLeft} tries left.",
                },
                StatusCodes.Status422UnprocessableEntity
            )
            : Failed(
                flow,
                "That code no longer works: it was used, is older than 10 minutes or was typed "
                    + "wrong too often. Ask for a new one.",
                StatusCodes.Status422UnprocessableEntity
            );
    }

    private async Task<IResult> SwitchAsync(HttpContext http, StrictForm form)
    {
        var flow = FlowOf(form[FlowField]);
        if (flow is not null && Signed(http) is { } session)
        {
            await requests.ReleaseAsync(new InteractionId(flow), session);
        }

        await sessions.SignOutAsync(http);
        return Page.SeeOther("/sign-in" + (flow is null ? "" : Query(flow)));
    }

    private async Task<IResult> SignOutAsync(HttpContext http, StrictForm form)
    {
        await sessions.SignOutAsync(http);
        return Page.SeeOther("/sign-in");
    }

    private async ValueTask<SignInChallenge?> ChallengeAsync(HttpContext http) =>
        FlowOf(http.Request.Query["c"]) is { } id ? await codes.FindAsync(id, http) : null;

    private CodeModel ModelOf(SignInChallenge challenge, string? flow) =>
        new()
        {
            Challenge = challenge.Id,
            Email = challenge.Email,
            Flow = flow,
            HasDevMailbox = services.GetService<DevMailbox>() is not null,
            BackUrl = "/sign-in" + (flow is null ? "" : Query(flow)),
        };

    private static string CodeUrl(string challenge, string? flow) =>
        "/sign-in/code?c=" + challenge + (flow is null ? "" : "&flow=" + flow);

    private static string Query(string flow) => "?flow=" + flow;

    private static string? FlowOf(HttpContext http) => FlowOf(http.Request.Query[FlowField]);

    private static Session? Signed(HttpContext http) =>
        http.RequestServices.GetRequiredService<Visit>().Session;
}
