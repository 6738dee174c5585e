using Arda.Gateway.Accounts;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Pages.Parts;
using Arda.Gateway.Pages.Problems;

namespace Arda.Gateway.Pages.Console;

/// <summary>A person's projects: made, renamed, closed.</summary>
internal sealed class ProjectPages(Projects projects, ProjectLines lines)
{
    private const string Home = "/console/projects";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapSignedInPage(Home, ShowAllAsync);
        routes.MapSignedInForm(Home, CreateAsync, page: Home);
        routes.MapSignedInPage(Home + "/{slug}", ShowAsync);
        routes.MapSignedInForm(Home + "/{slug}/name", RenameAsync, page: Home + "/{slug}");
        routes.MapSignedInPage(Home + "/{slug}/close", AskToCloseAsync, fresh: true);
        routes.MapSignedInForm(
            Home + "/{slug}/close",
            CloseAsync,
            page: Home + "/{slug}/close",
            fresh: true
        );
    }

    private async Task<IResult> ShowAllAsync(SignedIn on) =>
        Page.Of<ProjectsPage, ProjectsModel>(
            new ProjectsModel { Projects = await lines.ListAsync(on.Person.Id, on.Ct) }
        );

    private async Task<IResult> CreateAsync(SignedIn on, StrictForm form)
    {
        var made = await projects.CreateAsync(on.Person.Id, form["name"] ?? "", form["slug"]);
        if (!made.Denied(out var denial, out var project))
        {
            return Page.SeeOther($"{Home}/{project.Slug}");
        }

        var wrong = denial as Denial.InvalidRequest;
        var model = new ProjectsModel
        {
            Projects = await lines.ListAsync(on.Person.Id, on.Ct),
            Name = form["name"],
            Slug = form["slug"],
            NameError = wrong?.Param == "slug" ? null : wrong?.Message,
            SlugError = wrong?.Param == "slug" ? wrong.Message : null,
        };
        return Page.Of<ProjectsPage, ProjectsModel>(
            model,
            StatusCodes.Status422UnprocessableEntity
        );
    }

    private async Task<IResult> ShowAsync(SignedIn on) =>
        await FindAsync(on) is { } project
            ? await ShowAsync(on, project, project.Name, error: null)
            : Problem.NotFound(on.Http);

    private async Task<IResult> ShowAsync(
        SignedIn on,
        Project project,
        string name,
        string? error
    ) =>
        Page.Of<ProjectPage, ProjectModel>(
            new ProjectModel
            {
                Line = await lines.OfAsync(project, on.Ct),
                Name = name,
                NameError = error,
            },
            error is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity
        );

    private async Task<IResult> RenameAsync(SignedIn on, StrictForm form)
    {
        if (await FindAsync(on) is not { } project)
        {
            return Problem.NotFound(on.Http);
        }

        var name = form["name"] ?? "";
        var renamed = await projects.RenameAsync(project.Id, on.Person.Id, name);
        return renamed.Denied(out var denial, out _)
            ? await ShowAsync(on, project, name, (denial as Denial.InvalidRequest)?.Message)
            : Page.SeeOther($"{Home}/{project.Slug}");
    }

    private async Task<IResult> AskToCloseAsync(SignedIn on) =>
        await FindAsync(on) is { } project
            ? Page.Of<SurePage, SureModel>(await SureOfAsync(on, project, error: null))
            : Problem.NotFound(on.Http);

    private async Task<IResult> CloseAsync(SignedIn on, StrictForm form)
    {
        if (await FindAsync(on) is not { } project)
        {
            return Problem.NotFound(on.Http);
        }

        if (form["confirm"] != project.Slug)
        {
            var model = await SureOfAsync(on, project, $"Type {project.Slug}, the project's slug.");
            return Page.Of<SurePage, SureModel>(model, StatusCodes.Status422UnprocessableEntity);
        }

        await projects.CloseAsync(project.Id, on.Person.Id, on.Ct);
        return Page.SeeOther(Home);
    }

    private async Task<SureModel> SureOfAsync(SignedIn on, Project project, string? error)
    {
        var line = await lines.OfAsync(project, on.Ct);
        return new SureModel
        {
            Title = $"Close {project.Name}",
            Room = "Projects",
            Text = "Its keys and connections stop at once. It cannot be opened again.",
            More =
                line.Balance > NanoUsd.Zero
                    ?
                    [
                        $"{MoneyText.Balance(line.Balance)} is left in it and could no longer be spent.",
                    ]
                    : [],
            Action = $"{Home}/{project.Slug}/close",
            Verb = "Close the project",
            BackUrl = $"{Home}/{project.Slug}",
            TypeToConfirm = project.Slug,
            Error = error,
        };
    }

    private Task<Project?> FindAsync(SignedIn on) =>
        lines.FindAsync(on.Person.Id, on.Route("slug"), on.Ct);
}
