using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.OAuth;

/// <summary>
/// What developers know people by: a random id for each pair of them (OIDC Core §8.1), so that two
/// developers cannot compare their users. Kept for ever, and never given again.
/// </summary>
internal sealed class Subjects(Database database)
{
    private const string SelectSql =
        "SELECT subject FROM oauth_subject WHERE developer = @developer AND owner = @owner";

    public async Task<string> OfAsync(UserId developer, UserId owner)
    {
        await using (var reading = await database.OpenAsync(CancellationToken.None))
        {
            if (Find(reading, developer, owner) is { } known)
            {
                return known;
            }
        }

        return await database.WriteAsync(connection =>
        {
            connection.Execute(
                """
                INSERT INTO oauth_subject(developer, owner, subject)
                VALUES(@developer, @owner, @subject)
                ON CONFLICT(developer, owner) DO NOTHING
                """,
                ("developer", developer.Value),
                ("owner", owner.Value),
                ("subject", Digest.NewSecret())
            );
            return Find(connection, developer, owner)!;
        });
    }

    public async Task<UserId?> OwnerOfAsync(UserId developer, string subject)
    {
        await using var connection = await database.OpenAsync(CancellationToken.None);
        return
            connection.QueryOne(
                "SELECT owner FROM oauth_subject WHERE developer = @developer AND subject = @subject",
                row => row.GetString(0),
                ("developer", developer.Value),
                ("subject", subject)
            )
                is { } owner
            ? new UserId(owner)
            : null;
    }

    private static string? Find(DbConnection connection, UserId developer, UserId owner) =>
        connection.QueryOne(
            SelectSql,
            row => row.GetString(0),
            ("developer", developer.Value),
            ("owner", owner.Value)
        );
}
