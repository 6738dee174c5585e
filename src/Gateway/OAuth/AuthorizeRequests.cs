using System.Data.Common;
using Arda.Gateway.Accounts;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.OAuth;

/// <summary>
/// What decides about <c>/oauth/authorize</c>; the pages only show it. The request lives in a row
/// of the store, bound to whoever looks at it first, for fifteen minutes.
/// </summary>
public sealed class AuthorizeRequests
{
    private static readonly AuthorizeStep s_over = new AuthorizeStep.ErrorPage(
        StatusCodes.Status400BadRequest,
        "This request is over",
        "It was answered already, or it waited for more than fifteen minutes. Go back to the app "
            + "and start again."
    );

    private static readonly AuthorizeStep s_anothers = new AuthorizeStep.ErrorPage(
        StatusCodes.Status403Forbidden,
        "This request belongs to another sign-in",
        "It was opened under another account or in another browser, so nothing was granted. Go back "
            + "to the app and start again."
    );

    private static readonly AuthorizeStep s_noProject = new AuthorizeStep.ErrorPage(
        StatusCodes.Status400BadRequest,
        "Choose a project",
        "The project that was to pay is not one of yours. Go back and choose another."
    );

    private readonly Database _database;
    private readonly ChangeFeed _feed;
    private readonly Projects _projects;
    private readonly AuthorizeJudge _judge;
    private readonly Interactions _interactions;
    private readonly AuthorizationCodes _codes;
    private readonly Grants _grants;
    private readonly ConsentMails _mails;
    private readonly TimeProvider _time;
    private readonly string _issuer;

    internal AuthorizeRequests(
        Database database,
        ChangeFeed feed,
        Projects projects,
        AuthorizeJudge judge,
        Interactions interactions,
        AuthorizationCodes codes,
        Grants grants,
        ConsentMails mails,
        TimeProvider time,
        EdgeOptions edge
    )
    {
        (_database, _feed, _projects) = (database, feed, projects);
        (_judge, _interactions, _codes) = (judge, interactions, codes);
        (_grants, _mails, _time, _issuer) = (grants, mails, time, edge.PublicUrl);
    }

    /// <summary>A GET with its parameters (<see cref="StrictForm.OfQuery"/>). Never HTML under
    /// <c>prompt=none</c>.</summary>
    public async Task<AuthorizeStep> BeginAsync(
        StrictForm asked,
        Session? session,
        CancellationToken ct
    )
    {
        var judged = await _judge.JudgeAsync(asked, session?.Person.Id, ct);
        if (judged is not Judgement.Good { Request: var request })
        {
            return ((Judgement.Bad)judged).Step;
        }

        var next = await NextAsync(request, session, _time.GetUtcNow(), ct);
        return next switch
        {
            Next.SignIn => new AuthorizeStep.SignIn(
                await _interactions.SaveAsync(request, session: null),
                request.LoginHint
            ),
            Next.Ask => new AuthorizeStep.Consent(await _interactions.SaveAsync(request, session)),
            var over => over.Step!,
        };
    }

    /// <summary>A POST of the same: answers <see cref="AuthorizeStep.Consent"/> at best, which here
    /// means "303 to the page of that interaction", where <see cref="ContinueAsync"/> decides.
    /// A cross-site post carries no cookie, so nobody is asked who they are.</summary>
    public async Task<AuthorizeStep> ParkAsync(StrictForm asked, CancellationToken ct)
    {
        var judged = await _judge.JudgeAsync(asked, viewer: null, ct);
        return judged is Judgement.Good { Request: var request }
            ? new AuthorizeStep.Consent(await _interactions.SaveAsync(request, session: null))
            : ((Judgement.Bad)judged).Step;
    }

    /// <summary>The page of an interaction was opened, or its person has just signed in.</summary>
    public async Task<AuthorizeStep> ContinueAsync(
        InteractionId id,
        Session? session,
        CancellationToken ct
    )
    {
        if (await _interactions.FindAsync(id, ct) is not { IsDecided: false } interaction)
        {
            return s_over;
        }

        if (interaction.Owner is { } owner && session is not null && owner != session.Person.Id)
        {
            return s_anothers;
        }

        if (!AuthorizeJudge.IsAvailableTo(interaction.Request.App, session?.Person.Id))
        {
            return AuthorizeJudge.NotAvailable;
        }

        switch (await NextAsync(interaction.Request, session, interaction.CreatedAt, ct))
        {
            case Next.SignIn:
                return new AuthorizeStep.SignIn(id, interaction.Request.LoginHint);
            case Next.Ask:
                await _interactions.BindAsync(id, session!);
                return new AuthorizeStep.Consent(id);
            case var over:
                return over.Step!;
        }
    }

    /// <summary>Its person wants to decide under another account; another's is left as it is.</summary>
    public Task ReleaseAsync(InteractionId id, Session session) =>
        _interactions.ReleaseAsync(id, session);

    /// <summary>What to show; denied when it is not this person's, or over.</summary>
    public async Task<Outcome<ConsentView>> ViewAsync(
        InteractionId id,
        Session session,
        CancellationToken ct
    )
    {
        await using var connection = await _database.OpenAsync(ct);
        if (_interactions.Find(connection, id) is not { IsDecided: false } interaction)
        {
            return new Denial.NotFound("request that still waits for an answer");
        }

        if (!IsBoundTo(interaction, session))
        {
            return new Denial.Forbidden("This request was opened under another sign-in.");
        }

        var request = interaction.Request;
        if (interaction.MarkupBps != request.App.MarkupBps)
        {
            await _interactions.ShowMarkupAsync(id, request.App.MarkupBps);
        }

        return ConsentViews.Of(
            request.App,
            request.Scopes,
            Grants.Previous(connection, session.Person.Id, request.App.Id),
            request.RedirectUri
        );
    }

    /// <summary>The form token must have been checked. A markup that was raised meanwhile asks
    /// again.</summary>
    public async Task<AuthorizeStep> DecideAsync(
        InteractionId id,
        Session session,
        ConsentDecision decision,
        CancellationToken ct
    )
    {
        var isPayer =
            decision.Project is { } chosen
            && await _projects.FindAsync(chosen, ct) is { State: ProjectState.Active } project
            && project.Owner == session.Person.Id;
        if (decision.Allow && (!isPayer || decision.MonthlyLimit is { Value: < 0 }))
        {
            return s_noProject;
        }

        var (step, seq, yes) = await _database.WriteAsync(connection =>
            Decide(connection, id, session, decision)
        );
        if (seq is { } change)
        {
            await _feed.SeenByAllAsync(change, ct);
        }

        if (yes is not null)
        {
            await _mails.ConnectedAsync(yes, isDevice: false, ct);
        }

        return step;
    }

    private (AuthorizeStep Step, long? Seq, Connected? Yes) Decide(
        DbConnection connection,
        InteractionId id,
        Session session,
        ConsentDecision decision
    )
    {
        if (
            _interactions.Find(connection, id, connection.ForUpdate())
            is not { IsDecided: false } interaction
        )
        {
            return (s_over, null, null);
        }

        var request = interaction.Request;
        if (!IsBoundTo(interaction, session))
        {
            return (s_anothers, null, null);
        }

        if (!AuthorizeJudge.IsAvailableTo(request.App, session.Person.Id))
        {
            return (AuthorizeJudge.NotAvailable, null, null);
        }

        if (decision.Allow && request.App.MarkupBps > interaction.MarkupBps)
        {
            return (new AuthorizeStep.Consent(id), null, null);
        }

        Invariant.Holds(_interactions.Decide(connection, id), "a locked row stays undecided");
        if (!decision.Allow)
        {
            var denied = Back(request, "access_denied", "The user did not allow it.");
            return (denied, null, null);
        }

        var yes = new Consented
        {
            App = request.App,
            Owner = session.Person.Id,
            Project = decision.Project!.Value,
            Asked = request.Scopes,
            Granted = ScopeTexts.Granted(request.Scopes, decision.Scopes),
            MarkupBps = Math.Min(interaction.MarkupBps, request.App.MarkupBps),
            MonthlyLimit = decision.MonthlyLimit,
        };
        var grant = Grants.Of(connection, yes);
        var code = _codes.Issue(connection, request, session, grant, yes.Granted);
        var seq = _grants.Agree(connection, grant);
        return (Back(request, code), seq, new Connected(request.App, grant, session.Person));
    }

    /// <summary>What comes next for this person, before anything is written.</summary>
    private async Task<Next> NextAsync(
        AuthorizeRequest request,
        Session? session,
        DateTimeOffset askedAt,
        CancellationToken ct
    )
    {
        if (session is null || NeedsSignIn(request, session, askedAt))
        {
            return request.MayNotAsk
                ? new Next.Over(Back(request, "login_required", "Nobody fitting is signed in."))
                : new Next.SignIn();
        }

        await using (var connection = await _database.OpenAsync(ct))
        {
            if (
                request.WantsConsent
                || Grants.Remembered(connection, session.Person.Id, request) is not { } grant
            )
            {
                return request.MayNotAsk
                    ? new Next.Over(Back(request, "consent_required", "The user must agree first."))
                    : new Next.Ask();
            }

            if (await _projects.FindAsync(grant.Project, ct) is not { State: ProjectState.Active })
            {
                return request.MayNotAsk
                    ? new Next.Over(Back(request, "consent_required", "The project was closed."))
                    : new Next.Ask();
            }

            var code = await _database.WriteAsync(writing =>
                _codes.Issue(writing, request, session, grant, request.Scopes)
            );
            return new Next.Over(Back(request, code));
        }
    }

    private bool NeedsSignIn(AuthorizeRequest request, Session session, DateTimeOffset askedAt) =>
        (request.HintedOwner is { } hinted && hinted != session.Person.Id)
        || (
            session.AuthenticatedAt < askedAt
            && (
                request.WantsSignIn
                || (
                    request.MaxAgeSeconds is { } seconds
                    && _time.GetUtcNow() - session.AuthenticatedAt > TimeSpan.FromSeconds(seconds)
                )
            )
        );

    private static bool IsBoundTo(Interaction interaction, Session session) =>
        interaction.Session == session.Id && interaction.Owner == session.Person.Id;

    private AuthorizeStep.Redirect Back(AuthorizeRequest request, string code) =>
        new(CallbackUri.WithCode(request.RedirectUri, code, request.EscapedState, _issuer));

    private AuthorizeStep.Redirect Back(AuthorizeRequest request, string error, string why) =>
        new(CallbackUri.WithError(request.RedirectUri, error, why, request.EscapedState, _issuer));

    private abstract record Next(AuthorizeStep? Step)
    {
        public sealed record SignIn() : Next((AuthorizeStep?)null);

        public sealed record Ask() : Next((AuthorizeStep?)null);

        public sealed record Over(AuthorizeStep Answer) : Next(Answer);
    }
}
