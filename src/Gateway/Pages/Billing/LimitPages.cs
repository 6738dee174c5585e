using Arda.Gateway.Billing.Portal;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Pages.Console;
using Arda.Gateway.Pages.Parts;
using Arda.Gateway.Pages.Problems;

namespace Arda.Gateway.Pages.Billing;

/// <summary>What each app and each key may spend of this project in a month. The console has the
/// same limits; here they stand together, and the app that sent its person comes first.</summary>
internal sealed class LimitPages(
    PortalDesk desk,
    GrantedConnections granted,
    Connections connections,
    ApiKeys keys,
    ConnectionPages connectionLines,
    KeyPages keyLines
)
{
    private const string Path = PortalDesk.OfProject + "/limits";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapSignedInPage(Path, on => desk.WithAsync(on, scope => ShowAsync(on, scope)));
        routes.MapSignedInForm(
            Path + "/apps/{id}",
            (on, form) => desk.WithAsync(on, scope => LimitAppAsync(on, scope, form)),
            Path
        );
        routes.MapSignedInForm(
            Path + "/apps/{id}/resume",
            (on, _) => desk.WithAsync(on, scope => ResumeAsync(on, scope)),
            Path
        );
        routes.MapSignedInForm(
            Path + "/keys/{id}",
            (on, form) => desk.WithAsync(on, scope => LimitKeyAsync(on, scope, form)),
            Path
        );
    }

    private async Task<IResult> ShowAsync(
        SignedIn on,
        PortalScope scope,
        LimitMistake? wrong = null
    )
    {
        List<ConnectionLine> apps = [];
        foreach (var connection in await OfProjectAsync(on, scope))
        {
            apps.Add(await connectionLines.LineAsync(connection, on.Ct));
        }

        var own = (await keys.ListAsync(scope.Project.Id, on.Ct))
            .Where(key => key.Connection is null)
            .ToList();
        var lines = await keyLines.LinesAsync(own, scope.Project.Name, on.Ct);
        var sender = scope.Errand?.Connection;
        return Page.Of<LimitsPage, LimitsModel>(
            new LimitsModel
            {
                Scope = scope,
                Apps = [.. apps.OrderByDescending(line => line.Id == sender)],
                Keys = [.. lines.Where(line => line.IsLive)],
                Sender = sender,
                Mistake = wrong,
            },
            wrong is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity
        );
    }

    private async Task<IResult> LimitAppAsync(SignedIn on, PortalScope scope, StrictForm form)
    {
        if (await FindAsync(on, scope) is not { } connection)
        {
            return Problem.NotFound(on.Http);
        }

        var id = connection.Grant.Id;
        if (Read(form, id.Value, out var limit) is { } wrong)
        {
            return await ShowAsync(on, scope, wrong);
        }

        await connections.LimitAsync(id, limit, on.Ct);
        return await ChangedAsync(scope);
    }

    private async Task<IResult> ResumeAsync(SignedIn on, PortalScope scope)
    {
        if (await FindAsync(on, scope) is not { } connection)
        {
            return Problem.NotFound(on.Http);
        }

        await connections.ResumeAsync(connection.Grant.Id, on.Ct);
        return await ChangedAsync(scope);
    }

    private async Task<IResult> LimitKeyAsync(SignedIn on, PortalScope scope, StrictForm form)
    {
        var key = await keys.FindAsync(new KeyId(on.Route("id")), on.Ct);
        if (key is not { Connection: null } || key.Project != scope.Project.Id)
        {
            return Problem.NotFound(on.Http);
        }

        if (Read(form, key.Id.Value, out var limit) is { } wrong)
        {
            return await ShowAsync(on, scope, wrong);
        }

        await keys.LimitAsync(key.Id, limit, on.Ct);
        return await ChangedAsync(scope);
    }

    private Task<IResult> ChangedAsync(PortalScope scope) =>
        scope.Errand is { Purpose: PortalPurposes.Limits }
            ? desk.FinishAsync(scope, PortalOutcome.LimitsChanged, scope.Url("/limits"))
            : Task.FromResult(Page.SeeOther(scope.Url("/limits")));

    private static LimitMistake? Read(StrictForm form, string id, out NanoUsd? limit)
    {
        limit = null;
        var typed = form["monthly_limit"];
        if (MoneyField.Read(typed).Denied(out var wrong, out var read))
        {
            return new LimitMistake(id, typed ?? "", ((Denial.InvalidRequest)wrong).Message);
        }

        limit = read.Amount;
        return null;
    }

    private async Task<GrantedConnection?> FindAsync(SignedIn on, PortalScope scope) =>
        (await OfProjectAsync(on, scope)).FirstOrDefault(connection =>
            connection.Grant.Id.Value == on.Route("id")
        );

    private async Task<IReadOnlyList<GrantedConnection>> OfProjectAsync(
        SignedIn on,
        PortalScope scope
    ) =>
        [
            .. (await granted.ListAsync(on.Person.Id, on.Ct)).Where(connection =>
                connection.Grant.Project == scope.Project.Id
                && connection.State != ConnectionState.Revoked
            ),
        ];
}
