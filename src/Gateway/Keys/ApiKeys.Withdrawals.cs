using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Keys;

// Ending all rights at once: of a person whose account ends, of a project that is closed.
public sealed partial class ApiKeys
{
    /// <summary>Completes when no node acts on any key or connection of that person.</summary>
    public Task RevokeAllAsync(UserId owner, CancellationToken ct) =>
        WithdrawAsync("owner", owner.Value, ct);

    /// <summary>Completes when no node acts on any key or connection of that project.</summary>
    public Task RevokeAllAsync(ProjectId project, CancellationToken ct) =>
        WithdrawAsync("project", project.Value, ct);

    private async Task WithdrawAsync(string column, string id, CancellationToken ct)
    {
        var last = await _database.WriteAsync(connection => Withdraw(connection, column, id));
        if (last is { } seq)
        {
            await _feed.SeenByAllAsync(seq, ct);
        }
    }

    private long? Withdraw(DbConnection connection, string column, string id)
    {
        long? last = null;
        var grants = connection.Query(
            $"UPDATE connection SET state = 'revoked' WHERE {column} = @id AND state <> 'revoked' "
                + "RETURNING id",
            row => row.GetString(0),
            ("id", id)
        );
        var keys = connection.Query(
            $"SELECT id FROM api_key WHERE {column} = @id AND revoked_at IS NULL",
            row => new KeyId(row.GetString(0)),
            ("id", id)
        );
        foreach (var grant in grants)
        {
            last = _database.Record(connection, KeyChanges.Connection, grant);
        }

        foreach (var key in keys)
        {
            last = Revoke(connection, key, RevokeReason.Owner);
        }

        return last;
    }
}
