using System.Data.Common;
using System.Security.Cryptography;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Accounts;

/// <summary>What owns a prepaid balance.</summary>
public sealed record Project
{
    public required ProjectId Id { get; init; }

    /// <summary>Its name in addresses; unique, and the same for ever.</summary>
    public required string Slug { get; init; }

    public required UserId Owner { get; init; }

    public required string Name { get; init; }

    public required ProjectState State { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}

public enum ProjectState
{
    Active,

    /// <summary>Its owner has given it up. Whether one may spend is the Ledger's matter.</summary>
    Closed,
}

/// <summary>The projects of people.</summary>
public sealed class Projects(Database database)
{
    public const int NameCharsMax = 100;

    private static readonly Denial s_badName = new Denial.InvalidRequest(
        $"Give the project a name of 1 to {NameCharsMax} characters.",
        "name"
    );

    private static readonly Denial s_notFound = new Denial.NotFound("open project of that id");

    private readonly List<Func<ProjectId, CancellationToken, Task>> _whenClosed = [];

    private const string SelectSql = "SELECT id, slug, owner, name, state, created_at FROM project";

    /// <param name="owner">Whose balance it is.</param>
    /// <param name="name">For people.</param>
    /// <param name="slug">As wished; null makes one from the name that is still free.</param>
    public async Task<Outcome<Project>> CreateAsync(UserId owner, string name, string? slug = null)
    {
        var trimmed = name.Trim();
        if (!IsName(trimmed))
        {
            return s_badName;
        }

        if (slug is not null && !Slugs.IsValid(slug))
        {
            return new Denial.InvalidRequest(Slugs.Rule, "slug");
        }

        var made = await database.WriteAsync(connection =>
            Create(connection, owner, trimmed, slug)
        );
        return made is null
            ? new Denial.InvalidRequest($"The slug '{slug}' is taken; choose another.", "slug")
            : made;
    }

    public async Task<Project?> FindAsync(ProjectId id, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return connection.QueryOne(SelectSql + " WHERE id = @id", Read, ("id", id.Value));
    }

    /// <summary>Inside a write of another room.</summary>
    public static Project? Find(DbConnection connection, ProjectId id) =>
        connection.QueryOne(SelectSql + " WHERE id = @id", Read, ("id", id.Value));

    public async Task<Project?> FindBySlugAsync(string slug, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return connection.QueryOne(SelectSql + " WHERE slug = @slug", Read, ("slug", slug));
    }

    /// <summary>A person's projects, the oldest first.</summary>
    public async Task<IReadOnlyList<Project>> ListAsync(UserId owner, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return connection.Query(
            SelectSql + " WHERE owner = @owner ORDER BY id",
            Read,
            ("owner", owner.Value)
        );
    }

    /// <summary>What another room must end with a project, such as its keys. It may run twice.</summary>
    public void OnClosed(Func<ProjectId, CancellationToken, Task> end) => _whenClosed.Add(end);

    /// <summary>Its slug stays. Denied when that person has no such open project.</summary>
    public async Task<Outcome<Project>> RenameAsync(ProjectId id, UserId owner, string name)
    {
        var trimmed = name.Trim();
        if (!IsName(trimmed))
        {
            return s_badName;
        }

        var renamed = await database.WriteAsync(connection =>
            connection.QueryOne(
                """
                UPDATE project SET name = @name
                 WHERE id = @id AND owner = @owner AND state = 'active'
                RETURNING id, slug, owner, name, state, created_at
                """,
                Read,
                ("name", trimmed),
                ("id", id.Value),
                ("owner", owner.Value)
            )
        );
        return renamed is null ? s_notFound : renamed;
    }

    /// <summary>For ever: its keys stop, what it has is kept and can no longer be spent. Closing again
    /// changes nothing. Denied when that person has no such project.</summary>
    public async Task<Outcome<Project>> CloseAsync(ProjectId id, UserId owner, CancellationToken ct)
    {
        var closed = await database.WriteAsync(connection =>
            connection.QueryOne(
                """
                UPDATE project SET state = 'closed' WHERE id = @id AND owner = @owner
                RETURNING id, slug, owner, name, state, created_at
                """,
                Read,
                ("id", id.Value),
                ("owner", owner.Value)
            )
        );
        if (closed is null)
        {
            return s_notFound;
        }

        foreach (var end in _whenClosed)
        {
            await end(id, ct);
        }

        return closed;
    }

    private static bool IsName(string trimmed) =>
        trimmed is { Length: > 0 and <= NameCharsMax } && !trimmed.Any(char.IsControl);

    private Project? Create(DbConnection connection, UserId owner, string name, string? slug)
    {
        var project = new Project
        {
            Id = ProjectId.New(),
            Slug = slug ?? Slugs.From(name),
            Owner = owner,
            Name = name,
            State = ProjectState.Active,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(database.Now(connection)),
        };
        while (!Insert(connection, project))
        {
            if (slug is not null)
            {
                return null;
            }

            project = project with { Slug = Slugs.Another(Slugs.From(name)) };
        }

        return project;
    }

    private static bool Insert(DbConnection connection, Project project) =>
        connection.Execute(
            """
            INSERT INTO project(id, slug, owner, name, state, created_at)
            VALUES(@id, @slug, @owner, @name, 'active', @created)
            ON CONFLICT(slug) DO NOTHING
            """,
            ("id", project.Id.Value),
            ("slug", project.Slug),
            ("owner", project.Owner.Value),
            ("name", project.Name),
            ("created", project.CreatedAt.ToUnixTimeMilliseconds())
        ) == 1;

    private static Project Read(DbDataReader row) =>
        new()
        {
            Id = new ProjectId(row.GetString(0)),
            Slug = row.GetString(1),
            Owner = new UserId(row.GetString(2)),
            Name = row.GetString(3),
            State = row.GetString(4) == "active" ? ProjectState.Active : ProjectState.Closed,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(5)),
        };
}

/// <summary>Names for addresses: lower-case ASCII letters and digits with single hyphens between.</summary>
internal static class Slugs
{
    public const string Rule =
        "A slug is 2 to 48 lower-case letters, digits and single hyphens, and begins and ends "
        + "with a letter or digit.";

    private const int CharsMax = 48;
    private const int EndingChars = 6;
    private const string EndingAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

    public static bool IsValid(string slug) =>
        slug.Length is >= 2 and <= CharsMax && slug == Plain(slug);

    public static string From(string name) =>
        Plain(name) is { Length: >= 2 } plain ? plain : "project";

    /// <summary>The same with an ending that nobody else has.</summary>
    public static string Another(string slug) =>
        slug[..Math.Min(slug.Length, CharsMax - EndingChars - 1)].TrimEnd('-')
        + "-"
        + RandomNumberGenerator.GetString(EndingAlphabet, EndingChars);

    private static string Plain(string name)
    {
        var slug = new System.Text.StringBuilder(CharsMax);
        foreach (var c in name)
        {
            if (slug.Length == CharsMax)
            {
                break;
            }

            if (char.IsAsciiLetterOrDigit(c))
            {
                slug.Append(char.ToLowerInvariant(c));
            }
            else if (slug is { Length: > 0 } && slug[^1] != '-')
            {
                slug.Append('-');
            }
        }

        return slug.ToString().TrimEnd('-');
    }
}
