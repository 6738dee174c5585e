using System.Data.Common;
using System.Text.Json;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Developers;

/// <summary>How an app stands in the store.</summary>
internal static class AppRows
{
    private const string SelectSql = """
        SELECT id, owner, name, description, website_url, publisher_name, verified_domain, kind,
               confidential, redirect_uris, web_origins, default_scopes, allowed_scopes,
               device_codes, markup_bps, logo_asset_id, state, review_note, proposed, created_at,
               closed_because
          FROM app
        """;

    private const string SaveSql = """
        INSERT INTO app(id, owner, name, description, website_url, publisher_name,
               verified_domain, kind, confidential, redirect_uris, web_origins, default_scopes,
               allowed_scopes, device_codes, markup_bps, logo_asset_id, state, review_note,
               proposed, created_at)
        VALUES(@id, @owner, @name, @description, @website, @publisher, @domain, @kind,
               @confidential, @uris, @origins, @defaults, @allowed, @device, @markup, @logo,
               @state, @note, @proposed, @created)
        ON CONFLICT(id) DO UPDATE
           SET name = excluded.name, description = excluded.description,
               website_url = excluded.website_url, publisher_name = excluded.publisher_name,
               verified_domain = excluded.verified_domain,
               redirect_uris = excluded.redirect_uris, web_origins = excluded.web_origins,
               default_scopes = excluded.default_scopes,
               allowed_scopes = excluded.allowed_scopes, device_codes = excluded.device_codes,
               markup_bps = excluded.markup_bps, logo_asset_id = excluded.logo_asset_id,
               state = excluded.state, review_note = excluded.review_note,
               proposed = excluded.proposed
        """;

    public static App? Find(DbConnection connection, AppId id, string suffix = "") =>
        connection.QueryOne(SelectSql + " WHERE id = @id" + suffix, Read, ("id", id.Value));

    public static List<App> OfOwner(DbConnection connection, UserId owner) =>
        connection.Query(
            SelectSql + " WHERE owner = @owner ORDER BY id DESC",
            Read,
            ("owner", owner.Value)
        );

    public static List<App> InState(DbConnection connection, AppState state, int max) =>
        connection.Query(
            SelectSql + " WHERE state = @state ORDER BY id LIMIT @max",
            Read,
            ("state", App.Wire(state)),
            ("max", max)
        );

    public static List<App> WithProposals(DbConnection connection, int max) =>
        connection.Query(
            SelectSql + " WHERE proposed IS NOT NULL ORDER BY id LIMIT @max",
            Read,
            ("max", max)
        );

    public static void CloseAll(DbConnection connection, UserId owner, string? because) =>
        connection.Execute(
            "UPDATE app SET closed_because = @because WHERE owner = @owner",
            ("because", because),
            ("owner", owner.Value)
        );

    public static void Save(DbConnection connection, App app) =>
        connection.Execute(
            SaveSql,
            ("id", app.Id.Value),
            ("owner", app.Owner.Value),
            ("name", app.Name),
            ("description", app.Description),
            ("website", app.WebsiteUrl),
            ("publisher", app.PublisherName),
            ("domain", app.VerifiedDomain),
            ("kind", App.Wire(app.Kind)),
            ("confidential", app.IsConfidential),
            ("uris", Lines(app.RedirectUris)),
            ("origins", Lines(app.WebOrigins)),
            ("defaults", Scopes.Text(app.DefaultScopes)),
            ("allowed", Scopes.Text(app.AllowedScopes)),
            ("device", app.DeviceCodes),
            ("markup", app.MarkupBps),
            ("logo", app.LogoAssetId),
            ("state", App.Wire(app.State)),
            ("note", app.ReviewNote),
            (
                "proposed",
                app.Proposed is { } changes
                    ? JsonSerializer.Serialize(changes, DevelopersJson.Default.AppChanges)
                    : null
            ),
            ("created", app.CreatedAt.ToUnixTimeMilliseconds())
        );

    private static App Read(DbDataReader row) =>
        new()
        {
            Id = new AppId(row.GetString(0)),
            Owner = new UserId(row.GetString(1)),
            Name = row.GetString(2),
            Description = row.TextOrNull(3),
            WebsiteUrl = row.TextOrNull(4),
            PublisherName = row.TextOrNull(5),
            VerifiedDomain = row.TextOrNull(6),
            Kind = Enum.Parse<AppKind>(row.GetString(7), ignoreCase: true),
            IsConfidential = row.GetInt64(8) == 1,
            RedirectUris = OfLines(row.GetString(9)),
            WebOrigins = OfLines(row.GetString(10)),
            DefaultScopes = Scopes.Read(row.GetString(11)),
            AllowedScopes = Scopes.Read(row.GetString(12)),
            DeviceCodes = row.GetInt64(13) == 1,
            MarkupBps = (int)row.GetInt64(14),
            LogoAssetId = row.TextOrNull(15),
            State = Enum.Parse<AppState>(row.GetString(16), ignoreCase: true),
            ReviewNote = row.TextOrNull(17),
            Proposed = row.TextOrNull(18) is { } changes
                ? JsonSerializer.Deserialize(changes, DevelopersJson.Default.AppChanges)
                : null,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(19)),
            ClosedBecause = row.TextOrNull(20),
        };

    private static string Lines(IEnumerable<string> addresses) => string.Join('\n', addresses);

    private static string[] OfLines(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
