using Arda.Gateway.Accounts;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.Pages.Parts;
using Arda.Gateway.Pages.Problems;

namespace Arda.Gateway.Pages.Console;

/// <summary>What apps may spend, and the person's hand on it: limit, pause, resume, end.</summary>
internal sealed class ConnectionPages(
    GrantedConnections granted,
    Connections connections,
    Projects projects,
    AppTitles titles,
    UsageSummaries usage,
    TimeProvider time
)
{
    private const string Home = "/console/connections";
    private const string OfOne = Home + "/{id}";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapSignedInPage(Home, ShowAllAsync);
        routes.MapSignedInPage(
            OfOne,
            on => WithAsync(on, async c => Show(await LineAsync(c, on.Ct)))
        );
        routes.MapSignedInForm(OfOne + "/limit", LimitAsync, page: OfOne);
        routes.MapSignedInForm(OfOne + "/pause", PauseAsync, page: OfOne);
        routes.MapSignedInForm(OfOne + "/resume", ResumeAsync, page: OfOne);
        routes.MapSignedInPage(OfOne + "/end", AskToEndAsync);
        routes.MapSignedInForm(OfOne + "/end", EndAsync, page: OfOne + "/end");
    }

    private async Task<IResult> ShowAllAsync(SignedIn on)
    {
        List<ConnectionLine> lines = [];
        foreach (var connection in await granted.ListAsync(on.Person.Id, on.Ct))
        {
            lines.Add(await LineAsync(connection, on.Ct));
        }

        return Page.Of<ConnectionsPage, ConnectionsModel>(
            new ConnectionsModel
            {
                Live = [.. lines.Where(line => line.State != ConnectionState.Revoked)],
                Ended = [.. lines.Where(line => line.State == ConnectionState.Revoked)],
            }
        );
    }

    private async Task<IResult> LimitAsync(SignedIn on, StrictForm form) =>
        await WithAsync(
            on,
            connection =>
                LimitForm.TakeAsync(
                    form,
                    async limit =>
                    {
                        await connections.LimitAsync(connection.Grant.Id, limit, on.Ct);
                        return Page.SeeOther($"{Home}/{connection.Grant.Id}");
                    },
                    async (typed, error) => Show(await LineAsync(connection, on.Ct), typed, error)
                )
        );

    private async Task<IResult> PauseAsync(SignedIn on, StrictForm form) =>
        await WithAsync(
            on,
            async connection =>
            {
                await connections.PauseAsync(connection.Grant.Id, on.Ct);
                return Back(connection, form);
            }
        );

    private async Task<IResult> ResumeAsync(SignedIn on, StrictForm form) =>
        await WithAsync(
            on,
            async connection =>
            {
                await connections.ResumeAsync(connection.Grant.Id, on.Ct);
                return Back(connection, form);
            }
        );

    private async Task<IResult> AskToEndAsync(SignedIn on) =>
        await WithAsync(
            on,
            async connection =>
            {
                var line = await LineAsync(connection, on.Ct);
                return Page.Of<SurePage, SureModel>(
                    new SureModel
                    {
                        Title = $"Disconnect {line.AppName}",
                        Room = "Connections",
                        Text =
                            $"The keys that {line.AppName} has stop at once, running answers "
                            + "included.",
                        More = ["What it has spent stays spent; its receipts stay in the list."],
                        Action = $"{Home}/{line.Id}/end",
                        Verb = "Disconnect",
                        BackUrl = $"{Home}/{line.Id}",
                    }
                );
            }
        );

    private async Task<IResult> EndAsync(SignedIn on, StrictForm form) =>
        await WithAsync(
            on,
            async connection =>
            {
                await connections.RevokeAsync(
                    connection.Grant.Id,
                    RevokeReason.Disconnected,
                    on.Ct
                );
                return Page.SeeOther(Home);
            }
        );

    private async Task<IResult> WithAsync(
        SignedIn on,
        Func<GrantedConnection, Task<IResult>> then
    ) =>
        await granted.FindAsync(new ConnectionId(on.Route("id")), on.Ct) is { } connection
        && connection.Grant.Owner == on.Person.Id
            ? await then(connection)
            : Problem.NotFound(on.Http);

    private static IResult Back(GrantedConnection connection, StrictForm form) =>
        Page.SeeOther(form["from"] == "page" ? $"{Home}/{connection.Grant.Id}" : Home);

    private static IResult Show(ConnectionLine line, string? typed = null, string? error = null) =>
        Page.Of<ConnectionPage, ConnectionModel>(
            new ConnectionModel
            {
                Line = line,
                MonthlyLimit = LimitForm.Shown(line.MonthlyLimit, typed, error),
                LimitError = error,
            },
            LimitForm.StatusOf(error)
        );

    internal async Task<ConnectionLine> LineAsync(
        GrantedConnection connection,
        CancellationToken ct
    )
    {
        var grant = connection.Grant;
        var title = await titles.OfAsync(grant.App, ct);
        var project = await projects.FindAsync(grant.Project, ct);
        var month = await usage.ReadMonthAsync([grant.Id.Value], time.GetUtcNow(), ct);
        return new ConnectionLine
        {
            Id = grant.Id,
            AppName = title.Name,
            Publisher = title.Publisher,
            VerifiedDomain = title.VerifiedDomain,
            ProjectName = project?.Name ?? grant.Project.Value,
            State = connection.State,
            Scopes = grant.Scopes,
            MarkupBps = Math.Min(grant.MarkupBps, connection.AppMarkupBps),
            RaisedTo = connection.WaitsForConsent ? connection.AppMarkupBps : null,
            MonthlyLimit = grant.MonthlyLimit,
            SpentThisMonth = month.GetValueOrDefault(grant.Id.Value),
            LastUsedOn = connection.LastUsedOn,
            CreatedAt = connection.CreatedAt,
            Keys = connection.LiveKeys,
            AppSuspended = connection.IsAppSuspended,
        };
    }
}
