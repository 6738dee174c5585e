using Arda.Gateway.Accounts;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.OAuth;
using Arda.Gateway.Pages.Parts;

namespace Arda.Gateway.Pages.Consent;

/// <summary>A grant as it was typed: a decision, or what is wrong with it.</summary>
internal sealed record GrantWish(
    ConsentDecision? Decision,
    string? Project,
    string? NewProject,
    string? MonthlyLimit,
    IReadOnlyList<string> Scopes,
    string? ProjectError,
    string? LimitError
);

/// <summary>
/// The choices on a consent page, shown and read, for browsers and devices alike. Only choices are
/// read from the form; what was asked for is the server's to know.
/// </summary>
internal sealed class GrantForm(Projects projects, Credits credits)
{
    /// <summary>Stands in the list of projects for one that is yet to be made.</summary>
    public const string NewProject = "new";

    // What a person would not miss if an app ran away with it.
    private static readonly NanoUsd s_usualLimit = NanoUsd.FromCents(1_000);

    public async Task<GrantTermsModel> TermsAsync(
        ConsentView view,
        UserId person,
        GrantWish? wish,
        CancellationToken ct
    )
    {
        var choices = await ChoicesAsync(person, ct);
        var previous = view.Previous;
        var limit = previous is null
            ? view.SuggestedMonthlyLimit ?? s_usualLimit
            : previous.MonthlyLimit;
        return new GrantTermsModel
        {
            AppName = view.App.Name,
            Description = view.App.Description,
            Publisher = view.App.Publisher,
            VerifiedDomain = view.App.VerifiedDomain,
            Scopes =
            [
                .. view.Scopes.Select(scope => new ScopeChoice(
                    scope.Name,
                    scope.Title,
                    scope.Description,
                    scope.Required,
                    wish is null || wish.Scopes.Contains(scope.Name, StringComparer.Ordinal)
                )),
            ],
            MarkupBps = view.Markup.Bps,
            AgreedMarkupBps = previous?.MarkupBps,
            ExampleWithout = view.Markup.Before,
            ExampleWith = view.Markup.After,
            AgreedExample = AgreedExample(view),
            Projects = choices,
            Project = wish is null ? ChosenOf(choices, previous) : wish.Project,
            NewProject = wish?.NewProject,
            ProjectError = wish?.ProjectError,
            MonthlyLimit = wish is null
                ? limit is { } amount
                    ? MoneyText.Typed(amount)
                    : null
                : wish.MonthlyLimit,
            LimitError = wish?.LimitError,
        };
    }

    public async Task<GrantWish> ReadAsync(StrictForm form, UserId person, CancellationToken ct)
    {
        var wish = new GrantWish(
            null,
            form["project_id"],
            form["new_project"],
            form["monthly_limit"],
            form.All("scopes"),
            null,
            null
        );
        if (form["decision"] != "allow")
        {
            return wish with { Decision = new ConsentDecision { Allow = false } };
        }

        if (MoneyField.Read(wish.MonthlyLimit).Denied(out var wrong, out var limit))
        {
            return wish with { LimitError = ((Denial.InvalidRequest)wrong).Message };
        }

        var chosen = await ProjectAsync(wish, person, ct);
        return chosen.Denied(out var denial, out var project)
            ? wish with
            {
                Project = NewProject,
                ProjectError = (denial as Denial.InvalidRequest)?.Message,
            }
            : wish with
            {
                Decision = new ConsentDecision
                {
                    Allow = true,
                    Project = project,
                    Scopes = wish.Scopes,
                    MonthlyLimit = limit.Amount,
                },
            };
    }

    private async Task<Outcome<ProjectId>> ProjectAsync(
        GrantWish wish,
        UserId person,
        CancellationToken ct
    )
    {
        if (wish.Project != NewProject)
        {
            var own = await projects.ListAsync(person, ct);
            return own.FirstOrDefault(project => project.Id.Value == wish.Project) is { } chosen
                ? chosen.Id
                : new Denial.InvalidRequest("Choose one of your projects, or make a new one.");
        }

        var made = await projects.CreateAsync(person, wish.NewProject ?? "");
        return made.Denied(out var denial, out var project) ? denial : project.Id;
    }

    private async Task<IReadOnlyList<ProjectChoice>> ChoicesAsync(
        UserId person,
        CancellationToken ct
    )
    {
        List<ProjectChoice> choices = [];
        foreach (var project in await projects.ListAsync(person, ct))
        {
            if (project.State is ProjectState.Active)
            {
                var wallet = await credits.ReadAsync(project.Id, ct);
                choices.Add(new(project.Id.Value, project.Name, wallet?.Balance ?? NanoUsd.Zero));
            }
        }

        return choices;
    }

    private static string? ChosenOf(
        IReadOnlyList<ProjectChoice> choices,
        PreviousGrant? previous
    ) =>
        choices.FirstOrDefault(choice => choice.Id == previous?.Project.Value)?.Id
        ?? (choices.Count > 0 ? choices[0].Id : null);

    private static NanoUsd AgreedExample(ConsentView view) =>
        view.Previous is { } previous
            ? view.Markup.Before + view.Markup.Before.MarkupFloor(previous.MarkupBps)
            : NanoUsd.Zero;
}
