using System.Data.Common;
using Arda.Gateway.Developers;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;

namespace Arda.Gateway.OAuth;

/// <summary>A person's yes to an app, from the consent page or for a device.</summary>
internal sealed record Consented
{
    public required App App { get; init; }

    public required UserId Owner { get; init; }

    public required ProjectId Project { get; init; }

    public required IReadOnlyList<string> Asked { get; init; }

    public required IReadOnlyList<string> Granted { get; init; }

    /// <summary>As it was shown.</summary>
    public required int MarkupBps { get; init; }

    public NanoUsd? MonthlyLimit { get; init; }
}

/// <summary>The connection that a consent opens, or renews: one for each person, app and
/// project.</summary>
internal sealed class Grants(Connections connections)
{
    public static Connection Of(DbConnection connection, Consented yes)
    {
        var before = Connections
            .Live(connection, yes.Owner, yes.App.Id)
            .FirstOrDefault(one => one.Grant.Project == yes.Project)
            ?.Grant;
        return new Connection
        {
            Id = before?.Id ?? ConnectionId.New(),
            Owner = yes.Owner,
            Project = yes.Project,
            App = yes.App.Id,
            // What was not asked this time stays granted: an app that only wants to know who its
            // user is does not thereby cut off its keys. What was asked and not ticked is taken.
            Scopes =
            [
                .. Scopes.All.Where(scope =>
                    yes.Granted.Contains(scope)
                    || (
                        before is not null
                        && before.Scopes.Contains(scope)
                        && !yes.Asked.Contains(scope)
                    )
                ),
            ],
            MarkupBps = yes.MarkupBps,
            MonthlyLimit = yes.MonthlyLimit,
        };
    }

    /// <summary>Call it last in a write.</summary>
    public long Agree(DbConnection connection, Connection grant) =>
        connections.Agree(connection, grant);

    public static PreviousGrant? Previous(DbConnection connection, UserId owner, AppId app) =>
        Connections.Live(connection, owner, app) is [{ Grant: var grant }, ..]
            ? new PreviousGrant
            {
                Connection = grant.Id,
                Project = grant.Project,
                Scopes = grant.Scopes,
                MarkupBps = grant.MarkupBps,
                MonthlyLimit = grant.MonthlyLimit,
            }
            : null;

    /// <summary>A consent that need not be asked for again: only where nobody else can pose as the
    /// app (https, or a secret), for no more and at no higher price.</summary>
    public static Connection? Remembered(
        DbConnection connection,
        UserId owner,
        AuthorizeRequest request
    )
    {
        var app = request.App;
        var isSafe =
            app.IsConfidential
            || request.RedirectUri.StartsWith("https://", StringComparison.Ordinal);
        return isSafe && app.State == AppState.Approved
            ? Connections
                .Live(connection, owner, app.Id)
                .FirstOrDefault(one =>
                    one.State == ConnectionState.Active
                    && app.MarkupBps <= one.Grant.MarkupBps
                    && !request.Scopes.Except(one.Grant.Scopes).Any()
                )
                ?.Grant
            : null;
    }
}
