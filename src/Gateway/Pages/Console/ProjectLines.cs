using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;

namespace Arda.Gateway.Pages.Console;

/// <summary>Brings a person's projects together with what the ledger says of them.</summary>
internal sealed class ProjectLines(
    Projects projects,
    Credits credits,
    UsageSummaries usage,
    TimeProvider time
)
{
    /// <summary>Those that are not closed.</summary>
    public async Task<IReadOnlyList<ProjectLine>> ListAsync(UserId owner, CancellationToken ct)
    {
        List<ProjectLine> lines = [];
        foreach (var project in await projects.ListAsync(owner, ct))
        {
            if (project.State is ProjectState.Active)
            {
                lines.Add(await OfAsync(project, ct));
            }
        }

        return lines;
    }

    public async Task<ProjectLine> OfAsync(Project project, CancellationToken ct)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var month = await usage.SummarizeAsync(
            project.Id,
            new DateOnly(today.Year, today.Month, 1),
            today,
            ct
        );
        var wallet = await credits.ReadAsync(project.Id, ct);
        return new ProjectLine
        {
            Project = project,
            Balance = wallet?.Balance ?? NanoUsd.Zero,
            Debt = wallet?.Debt ?? NanoUsd.Zero,
            Frozen = wallet?.Frozen ?? false,
            Month = month.Charged,
        };
    }

    /// <summary>A project of that person by its slug; another's is not there.</summary>
    public async Task<Project?> FindAsync(UserId owner, string slug, CancellationToken ct) =>
        await projects.FindBySlugAsync(slug, ct) is { } project
        && project.Owner == owner
        && project.State is ProjectState.Active
            ? project
            : null;

    /// <summary>The project that the address names, else the person's first; null without
    /// any.</summary>
    public async Task<ProjectScope?> ScopeAsync(SignedIn on, string path)
    {
        var all = (await projects.ListAsync(on.Person.Id, on.Ct))
            .Where(project => project.State is ProjectState.Active)
            .ToList();
        var named = on.Http.Request.Query["project"].ToString();
        var chosen = all.FirstOrDefault(project => project.Slug == named) ?? all.FirstOrDefault();
        return chosen is null ? null : new ProjectScope(chosen, all, path);
    }
}
