using Arda.Gateway.Accounts;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.Pages.Parts;
using Arda.Gateway.Pages.Problems;

namespace Arda.Gateway.Pages.Console;

/// <summary>
/// Keys that a person makes for their own programs. Whatever shows a secret or ends a key wants a
/// fresh sign-in. The page with the secret is the answer to the form itself: it is stored nowhere
/// that a redirect could bring it back from.
/// </summary>
internal sealed class KeyPages(
    ApiKeys keys,
    Projects projects,
    UsageSummaries usage,
    EdgeOptions edge,
    TimeProvider time
)
{
    private const string Home = "/console/keys";
    private const string OfOne = Home + "/{id}";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapSignedInPage(Home, ShowAllAsync);
        routes.MapSignedInPage(Home + "/new", ShowNewAsync, fresh: true);
        routes.MapSignedInForm(Home, MakeAsync, page: Home + "/new", fresh: true);
        routes.MapSignedInPage(OfOne, on => WithAsync(on, line => Show(line)));
        routes.MapSignedInForm(OfOne + "/limit", LimitAsync, page: OfOne);
        routes.MapSignedInPage(OfOne + "/roll", on => WithAsync(on, AskToRoll), fresh: true);
        routes.MapSignedInForm(OfOne + "/roll", RollAsync, page: OfOne + "/roll", fresh: true);
        routes.MapSignedInPage(OfOne + "/revoke", on => WithAsync(on, AskToRevoke));
        routes.MapSignedInForm(OfOne + "/revoke", RevokeAsync, page: OfOne + "/revoke");
    }

    private async Task<IResult> ShowAllAsync(SignedIn on)
    {
        var own = await projects.ListAsync(on.Person.Id, on.Ct);
        List<KeyLine> lines = [];
        foreach (var project in own)
        {
            var ofProject = (await keys.ListAsync(project.Id, on.Ct))
                .Where(key => key.Connection is null)
                .ToList();
            lines.AddRange(await LinesAsync(ofProject, project.Name, on.Ct));
        }

        return Page.Of<KeysPage, KeysModel>(
            new KeysModel
            {
                Live = [.. lines.Where(line => line.IsLive)],
                Ended = [.. lines.Where(line => !line.IsLive)],
                HasProject = own.Any(IsActive),
            }
        );
    }

    private async Task<IResult> ShowNewAsync(SignedIn on)
    {
        var own = await OwnAsync(on);
        return own.Count == 0
            ? Page.SeeOther("/console/projects")
            : Page.Of<NewKeyPage, NewKeyModel>(
                new NewKeyModel { Projects = own, Scopes = [.. Scopes.OfAnOwnKey] }
            );
    }

    private async Task<IResult> MakeAsync(SignedIn on, StrictForm form)
    {
        var own = await OwnAsync(on);
        var project = own.FirstOrDefault(project => project.Slug == form["project"]);
        var typed = form[LimitForm.Field];
        // Only what such a key may have at all; what else a form says is not there.
        var scopes = form.All("scopes").Where(Scopes.OfAnOwnKey.Contains).Distinct().ToList();
        var model = new NewKeyModel
        {
            Projects = own,
            Project = project?.Slug,
            Name = form["name"],
            Scopes = scopes,
            MonthlyLimit = typed,
        };
        if (project is null)
        {
            return Problem.NotFound(on.Http);
        }

        if (MoneyField.Read(typed).Denied(out var wrong, out var limit))
        {
            return Again(model with { LimitError = TextOf(wrong) });
        }

        var wish = new NewKey
        {
            Owner = on.Person.Id,
            Project = project.Id,
            Name = form["name"] ?? "",
            Scopes = scopes,
            MonthlyLimit = limit.Amount,
        };
        if ((await keys.MintAsync(wish)).Denied(out var denial, out var minted))
        {
            return (denial as Denial.InvalidRequest)?.Param == "scopes"
                ? Again(model with { ScopesError = "Tick at least one." })
                : Again(model with { NameError = TextOf(denial) });
        }

        return Made(minted, project.Name);
    }

    private async Task<IResult> LimitAsync(SignedIn on, StrictForm form) =>
        await WithAsync(
            on,
            line =>
                LimitForm.TakeAsync(
                    form,
                    async limit =>
                    {
                        await keys.LimitAsync(line.Key.Id, limit, on.Ct);
                        return Page.SeeOther($"{Home}/{line.Key.Id}");
                    },
                    (typed, error) => Task.FromResult(Show(line, typed, error))
                )
        );

    private async Task<IResult> RollAsync(SignedIn on, StrictForm form) =>
        await WithAsync(
            on,
            async line =>
            {
                var isNow = form["grace"] == "now";
                var grace = isNow ? TimeSpan.Zero : ApiKeys.RollGraceMax;
                var rolled = await keys.RollAsync(line.Key.Id, grace, on.Ct);
                return rolled.Denied(out _, out var minted)
                    ? Page.SeeOther($"{Home}/{line.Key.Id}")
                    : Made(minted, line.ProjectName, isNow ? null : time.GetUtcNow() + grace, true);
            }
        );

    private async Task<IResult> RevokeAsync(SignedIn on, StrictForm form) =>
        await WithAsync(
            on,
            async line =>
            {
                await keys.RevokeAsync(line.Key.Id, RevokeReason.Owner, on.Ct);
                return Page.SeeOther($"{Home}/{line.Key.Id}");
            }
        );

    private static Task<IResult> AskToRoll(KeyLine line) =>
        Task.FromResult(
            line.IsLive
                ? Page.Of<RollKeyPage, KeyLine>(line)
                : Page.SeeOther($"{Home}/{line.Key.Id}")
        );

    private static Task<IResult> AskToRevoke(KeyLine line) =>
        Task.FromResult(
            Page.Of<SurePage, SureModel>(
                new SureModel
                {
                    Title = $"Revoke {line.Key.Name}",
                    Room = "Keys",
                    Text =
                        $"{line.Key.Hint} stops at once, running answers included. That cannot be "
                        + "undone.",
                    Action = $"{Home}/{line.Key.Id}/revoke",
                    Verb = "Revoke the key",
                    BackUrl = $"{Home}/{line.Key.Id}",
                }
            )
        );

    private Task<IResult> WithAsync(SignedIn on, Func<KeyLine, IResult> then) =>
        WithAsync(on, line => Task.FromResult(then(line)));

    // Another person's key is not there; neither is one of an app, which belongs to its connection.
    private async Task<IResult> WithAsync(SignedIn on, Func<KeyLine, Task<IResult>> then)
    {
        var key = await keys.FindAsync(new KeyId(on.Route("id")), on.Ct);
        if (key is not { Connection: null } || key.Owner != on.Person.Id)
        {
            return Problem.NotFound(on.Http);
        }

        var project = await projects.FindAsync(key.Project, on.Ct);
        var lines = await LinesAsync([key], project?.Name ?? key.Project.Value, on.Ct);
        return await then(lines[0]);
    }

    private static IResult Show(KeyLine line, string? typed = null, string? error = null) =>
        Page.Of<KeyPage, KeyModel>(
            new KeyModel
            {
                Line = line,
                MonthlyLimit = LimitForm.Shown(line.Key.MonthlyLimit, typed, error),
                LimitError = error,
            },
            LimitForm.StatusOf(error)
        );

    private IResult Made(
        MintedKey minted,
        string project,
        DateTimeOffset? oldWorksUntil = null,
        bool isRolled = false
    ) =>
        Page.Of<KeyMadePage, KeyMadeModel>(
            new KeyMadeModel
            {
                Secret = minted.Secret,
                Key = minted.Key,
                ProjectName = project,
                BaseUrl = edge.PublicUrl,
                OldWorksUntil = oldWorksUntil,
                IsRolled = isRolled,
            }
        );

    private static IResult Again(NewKeyModel model) =>
        Page.Of<NewKeyPage, NewKeyModel>(model, StatusCodes.Status422UnprocessableEntity);

    internal async Task<IReadOnlyList<KeyLine>> LinesAsync(
        IReadOnlyList<ApiKey> ofProject,
        string projectName,
        CancellationToken ct
    )
    {
        var now = time.GetUtcNow();
        var month = await usage.ReadMonthAsync([.. ofProject.Select(k => k.Id.Value)], now, ct);
        return
        [
            .. ofProject.Select(key => new KeyLine
            {
                Key = key,
                ProjectName = projectName,
                SpentThisMonth = month.GetValueOrDefault(key.Id.Value),
                Now = now,
            }),
        ];
    }

    private async Task<IReadOnlyList<Project>> OwnAsync(SignedIn on) =>
        [.. (await projects.ListAsync(on.Person.Id, on.Ct)).Where(IsActive)];

    private static bool IsActive(Project project) => project.State is ProjectState.Active;

    private static string TextOf(Denial denial) =>
        (denial as Denial.InvalidRequest)?.Message ?? "That is not possible.";
}
