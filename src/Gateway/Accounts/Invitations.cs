using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Accounts;

/// <summary>An invitation as it is shown, once.</summary>
public sealed record Invitation(string Secret, DateTimeOffset ExpiresAt)
{
    /// <summary>Below the public address.</summary>
    public string Path => "/invite/" + Secret;
}

/// <summary>
/// Makes operators of people. The first start prints one link; whoever signs in behind it and takes
/// it becomes the operator. A link counts once and for seven days; the store has its hash.
/// </summary>
public sealed class Invitations(Database database)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    /// <summary>The link of a gateway that never had one; null at every later start. Two nodes that
    /// start at once make one.</summary>
    public Task<Invitation?> MakeFirstAsync() =>
        database.WriteAsync(connection =>
        {
            connection.LockNamed("invitation", shared: false);
            var made = connection.QueryOne(
                "SELECT COUNT(*) FROM invitation",
                row => row.GetInt64(0)
            );
            return made == 0 ? Make(connection) : null;
        });

    /// <summary>Another one, asked for with the operator's token. Those that were open are dead.</summary>
    public Task<Invitation> MakeAsync() =>
        database.WriteAsync(connection =>
        {
            connection.LockNamed("invitation", shared: false);
            connection.Execute(
                "UPDATE invitation SET expires_at = @now WHERE taken_at IS NULL AND expires_at > @now",
                ("now", database.Now(connection))
            );
            return Make(connection);
        });

    /// <summary>Whether taking it would work; looking does not use it up.</summary>
    public async ValueTask<bool> IsOpenAsync(string secret, CancellationToken ct)
    {
        if (!Secrets.IsWellFormed(secret, Secrets.Invitation))
        {
            return false;
        }

        await using var connection = await database.OpenAsync(ct);
        return connection.QueryOne(
                """
                SELECT COUNT(*) FROM invitation
                 WHERE hash = @hash AND taken_at IS NULL AND expires_at > @now
                """,
                row => row.GetInt64(0),
                ("hash", Secrets.HashOf(secret).ToString()),
                ("now", database.Now(connection))
            ) == 1;
    }

    /// <summary>Makes that person an operator. False when the link is used, expired or unknown.</summary>
    public Task<bool> TakeAsync(string secret, UserId person) =>
        Secrets.IsWellFormed(secret, Secrets.Invitation)
            ? database.WriteAsync(connection => Take(connection, secret, person))
            : Task.FromResult(false);

    private bool Take(DbConnection connection, string secret, UserId person)
    {
        var isTaken =
            connection.Execute(
                """
                UPDATE invitation SET taken_at = @now, taken_by = @person
                 WHERE hash = @hash AND taken_at IS NULL AND expires_at > @now
                   AND EXISTS(SELECT 1 FROM person WHERE id = @person AND state = 'active')
                """,
                ("now", database.Now(connection)),
                ("person", person.Value),
                ("hash", Secrets.HashOf(secret).ToString())
            ) == 1;
        if (isTaken)
        {
            connection.Execute(
                "UPDATE person SET is_operator = 1 WHERE id = @person",
                ("person", person.Value)
            );
        }

        return isTaken;
    }

    private Invitation Make(DbConnection connection)
    {
        var secret = Secrets.New(Secrets.Invitation);
        var now = database.Now(connection);
        var until = now + (long)Lifetime.TotalMilliseconds;
        connection.Execute(
            """
            INSERT INTO invitation(id, hash, created_at, expires_at)
            VALUES(@id, @hash, @now, @until)
            """,
            ("id", Ids.Make("inv_")),
            ("hash", Secrets.HashOf(secret).ToString()),
            ("now", now),
            ("until", until)
        );
        return new Invitation(secret, DateTimeOffset.FromUnixTimeMilliseconds(until));
    }
}
