using Arda.Gateway.Kernel;
using Npgsql;

namespace Arda.Gateway.Revocation;

/// <summary>Keys to revoke: copies of the demo's own row, each with a secret of its own.</summary>
internal static class KeyStock
{
    public static async Task<IReadOnlyList<string>> MakeAsync(
        string connectionString,
        string demoKey,
        int count
    )
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        List<string> keys = [];
        for (var made = 0; made < count; made++)
        {
            var secret = Secrets.New(Secrets.ApiKey);
            await using var insert = new NpgsqlCommand(
                """
                INSERT INTO api_key(id, hash, hint, name, owner, project, scopes, created_at)
                SELECT @id, @hash, @hint, 'To be revoked', owner, project, scopes, created_at
                  FROM api_key WHERE hash = @demo
                """,
                connection
            );
            insert.Parameters.AddWithValue("id", Ids.Make("key_"));
            insert.Parameters.AddWithValue("hash", Secrets.HashOf(secret).ToString());
            insert.Parameters.AddWithValue("hint", Secrets.HintOf(secret));
            insert.Parameters.AddWithValue("demo", Secrets.HashOf(demoKey).ToString());
            await insert.ExecuteNonQueryAsync();
            keys.Add(secret);
        }

        return keys;
    }
}
