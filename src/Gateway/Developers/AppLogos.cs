using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Developers;

/// <summary>An image as it is sent to browsers.</summary>
public sealed record Logo(string MediaType, byte[] Bytes);

/// <summary>
/// Logos of apps. They are uploaded and served from here, never linked: a page of consent must load
/// nothing that its app could change after the review, or learn a visitor's address by (ruling 17).
/// </summary>
public sealed class AppLogos(Database database, Apps apps)
{
    public const string Path = "/assets/logos/";

    private const int UploadsPerHour = 20;

    /// <summary>An image that nothing refers to yet may be about to be.</summary>
    private static readonly TimeSpan s_keptUnused = TimeSpan.FromHours(1);

    /// <summary>Of an approved app it waits for review, as a change of its name would.</summary>
    public async Task<Outcome<App>> SetAsync(
        AppId app,
        UserId owner,
        byte[] bytes,
        CancellationToken ct
    )
    {
        if (LogoImage.Read(bytes).Denied(out var denial, out var image))
        {
            return denial;
        }

        var id = IdOf(app, bytes);
        var isKept = await database.WriteAsync(connection =>
            Keep(connection, app, owner, id, image.MediaType, bytes)
        );
        return isKept
            ? await apps.PatchAsync(app, owner, new AppChanges { LogoAssetId = id }, ct)
            : new Denial.RateLimited(TimeSpan.FromHours(1), UploadsPerHour);
    }

    public Task<Outcome<App>> RemoveAsync(AppId app, UserId owner, CancellationToken ct) =>
        apps.PatchAsync(app, owner, new AppChanges { LogoAssetId = "" }, ct);

    public async Task<Logo?> FindAsync(string id, CancellationToken ct)
    {
        if (!id.All(char.IsAsciiHexDigitLower))
        {
            return null;
        }

        await using var connection = await database.OpenAsync(ct);
        return connection.QueryOne(
            "SELECT media_type, content FROM app_logo WHERE id = @id",
            row => new Logo(row.GetString(0), Convert.FromBase64String(row.GetString(1))),
            ("id", id)
        );
    }

    // The id names the content, so an address never shows another image than the reviewed one.
    private static string IdOf(AppId app, byte[] bytes) =>
        Convert.ToHexStringLower(
            SHA256.HashData([.. Encoding.ASCII.GetBytes(app.Value + "\n"), .. bytes])
        );

    private bool Keep(
        DbConnection connection,
        AppId app,
        UserId owner,
        string id,
        string mediaType,
        byte[] bytes
    )
    {
        var now = database.Now(connection);
        var bucket = "logo:" + owner.Value;
        if (!Attempts.Take(connection, bucket, UploadsPerHour, TimeSpan.FromHours(1), now))
        {
            return false;
        }

        // A stranger's wish is refused as not found further on; it leaves nothing here.
        if (Apps.Find(connection, app) is not { } known || known.Owner != owner)
        {
            return true;
        }

        connection.Execute(
            """
            DELETE FROM app_logo
             WHERE app = @app AND created_at < @old AND id <> @shown AND id <> @proposed
            """,
            ("app", app.Value),
            ("old", now - (long)s_keptUnused.TotalMilliseconds),
            ("shown", known.LogoAssetId ?? ""),
            ("proposed", known.Proposed?.LogoAssetId ?? "")
        );
        connection.Execute(
            """
            INSERT INTO app_logo(id, app, media_type, content, created_at)
            VALUES(@id, @app, @type, @content, @now)
            ON CONFLICT(id) DO UPDATE SET created_at = excluded.created_at
            """,
            ("id", id),
            ("app", app.Value),
            ("type", mediaType),
            ("content", Convert.ToBase64String(bytes)),
            ("now", now)
        );
        return true;
    }
}
