using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Accounts;

/// <summary>
/// The operator's token: opens the operator's API and nothing else. Made at the first start and
/// shown once; the store has only its hash.
/// </summary>
public sealed class OperatorTokens(Database database)
{
    /// <summary>The token when this start made it, null when there was one already. Two nodes that
    /// start at once make one.</summary>
    public Task<string?> MakeFirstAsync() =>
        database.WriteAsync(connection =>
        {
            connection.LockNamed("operator-token", shared: false);
            return Any(connection) ? null : Make(connection);
        });

    /// <summary>A new token; every earlier one is dead when this completes.</summary>
    public Task<string> RollAsync() =>
        database.WriteAsync(connection =>
        {
            connection.LockNamed("operator-token", shared: false);
            connection.Execute(
                "UPDATE operator_token SET revoked_at = @now WHERE revoked_at IS NULL",
                ("now", database.Now(connection))
            );
            return Make(connection);
        });

    /// <summary>Asks the store each time: the operator calls seldom, and a rolled token must be dead
    /// on every node at once.</summary>
    public async ValueTask<bool> VerifyAsync(ReadOnlyMemory<char> presented, CancellationToken ct)
    {
        if (!Secrets.IsWellFormed(presented.Span, Secrets.OperatorToken))
        {
            return false;
        }

        await using var connection = await database.OpenAsync(ct);
        return connection.QueryOne(
                "SELECT COUNT(*) FROM operator_token WHERE hash = @hash AND revoked_at IS NULL",
                row => row.GetInt64(0),
                ("hash", Secrets.HashOf(presented.Span).ToString())
            ) == 1;
    }

    private static bool Any(DbConnection connection) =>
        connection.QueryOne(
            "SELECT COUNT(*) FROM operator_token WHERE revoked_at IS NULL",
            row => row.GetInt64(0)
        ) > 0;

    private string Make(DbConnection connection)
    {
        var token = Secrets.New(Secrets.OperatorToken);
        connection.Execute(
            "INSERT INTO operator_token(hash, hint, created_at) VALUES(@hash, @hint, @now)",
            ("hash", Secrets.HashOf(token).ToString()),
            ("hint", Secrets.HintOf(token)),
            ("now", database.Now(connection))
        );
        return token;
    }
}
