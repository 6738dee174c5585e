using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Developers;

/// <summary>A secret as its developer may see it later: never the secret itself.</summary>
public sealed record AppSecret(string Id, string Hint, DateTimeOffset CreatedAt);

/// <summary>A secret at its birth: the only time that <see cref="Secret"/> is seen.</summary>
public sealed record NewAppSecret(string Secret, AppSecret About)
{
    /// <summary>Not in any log, even when somebody logs the whole.</summary>
    public override string ToString() => About.Hint;
}

/// <summary>Whether two texts are one, in a time that does not depend on where they differ.</summary>
internal delegate bool SecretCompare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right);

/// <summary>The secrets by which confidential apps prove themselves. Two live at once, so that one
/// can be replaced while the other still works; the store has their hashes alone.</summary>
public sealed class AppSecrets
{
    public const int LiveMax = 2;

    private const int HashChars = 64;

    // Compared with where there is no secret, so that an unknown app takes as long as a known one.
    private static readonly string s_none = new('0', HashChars);

    private readonly Database _database;
    private readonly SecretCompare _compare;

    public AppSecrets(Database database)
        : this(database, CryptographicOperations.FixedTimeEquals) { }

    internal AppSecrets(Database database, SecretCompare compare) =>
        (_database, _compare) = (database, compare);

    public Task<Outcome<NewAppSecret>> CreateAsync(App app) =>
        app.IsConfidential
            ? _database.WriteAsync(connection => Create(connection, app.Id))
            : Task.FromResult<Outcome<NewAppSecret>>(
                new Denial.InvalidRequest("A public app has no secret: it could not keep it.")
            );

    public async Task<IReadOnlyList<AppSecret>> ListAsync(AppId app, CancellationToken ct)
    {
        await using var connection = await _database.OpenAsync(ct);
        return Live(connection, app);
    }

    /// <summary>False when there is no such secret of that app.</summary>
    public async Task<bool> DeleteAsync(AppId app, string id) =>
        await _database.WriteAsync(connection =>
            connection.Execute(
                """
                UPDATE app_secret SET deleted_at = @now
                 WHERE id = @id AND app = @app AND deleted_at IS NULL
                """,
                ("now", _database.Now(connection)),
                ("id", id),
                ("app", app.Value)
            )
        ) == 1;

    /// <summary>Takes the same steps whether the app exists or not.</summary>
    public async Task<bool> VerifyAsync(AppId app, string presented, CancellationToken ct)
    {
        await using var connection = await _database.OpenAsync(ct);
        var hashes = connection.Query(
            "SELECT hash FROM app_secret WHERE app = @app AND deleted_at IS NULL",
            row => row.GetString(0),
            ("app", app.Value)
        );
        var wellFormed = Secrets.IsWellFormed(presented, Secrets.ClientSecret);
        var hash = wellFormed ? Secrets.HashOf(presented).ToString() : new string('1', HashChars);
        var isOne = false;
        for (var i = 0; i < LiveMax; i++)
        {
            isOne |= _compare(
                Encoding.ASCII.GetBytes(i < hashes.Count ? hashes[i] : s_none),
                Encoding.ASCII.GetBytes(hash)
            );
        }

        return isOne;
    }

    private Outcome<NewAppSecret> Create(DbConnection connection, AppId app)
    {
        connection.LockNamed("secrets-of:" + app.Value, shared: false);
        if (Live(connection, app).Count >= LiveMax)
        {
            return new Denial.InvalidRequest(
                $"An app has up to {LiveMax} secrets; delete one that is no longer used."
            );
        }

        var secret = Secrets.New(Secrets.ClientSecret);
        var now = _database.Now(connection);
        var about = new AppSecret(
            Ids.Make("sec_"),
            Secrets.HintOf(secret),
            DateTimeOffset.FromUnixTimeMilliseconds(now)
        );
        connection.Execute(
            """
            INSERT INTO app_secret(id, app, hash, hint, created_at)
            VALUES(@id, @app, @hash, @hint, @now)
            """,
            ("id", about.Id),
            ("app", app.Value),
            ("hash", Secrets.HashOf(secret).ToString()),
            ("hint", about.Hint),
            ("now", now)
        );
        return new NewAppSecret(secret, about);
    }

    private static List<AppSecret> Live(DbConnection connection, AppId app) =>
        connection.Query(
            """
            SELECT id, hint, created_at FROM app_secret
             WHERE app = @app AND deleted_at IS NULL ORDER BY id
            """,
            row => new AppSecret(
                row.GetString(0),
                row.GetString(1),
                DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2))
            ),
            ("app", app.Value)
        );
}
