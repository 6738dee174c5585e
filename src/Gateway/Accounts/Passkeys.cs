using System.Net;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Arda.Gateway.Accounts;

/// <summary>A passkey as its owner sees it.</summary>
public sealed record Passkey(
    string Id,
    string Name,
    DateTimeOffset CreatedAt,
    DateTimeOffset? LastUsedAt
);

/// <summary>
/// Sign-in by passkey: the ceremonies and their checks are ASP.NET Core Identity's, the rows are
/// ours. What a browser began is kept in the store for a few minutes, so that another node can end
/// it, and counts once and in that browser alone.
/// </summary>
public sealed class Passkeys
{
    public const int NameCharsMax = 100;
    public const int PerPersonMax = 20;

    private static readonly TimeSpan s_ceremonyFor = TimeSpan.FromMinutes(10);

    private readonly Database _database;
    private readonly People _people;
    private readonly PasskeyRows _rows;
    private readonly Cookies _cookies;
    private readonly Mailer _mailer;
    private readonly PasskeyHandler<Person> _handler;

    internal Passkeys(
        Database database,
        People people,
        PasskeyRows rows,
        Cookies cookies,
        Mailer mailer,
        EdgeOptions edge
    )
    {
        (_database, _people, _rows, _cookies, _mailer) = (database, people, rows, cookies, mailer);
        _handler = new PasskeyHandler<Person>(
            PasskeyRows.ManagerOf(rows),
            Options.Create(OptionsOf(edge))
        );
    }

    /// <summary>A passkey belongs to a name; an address of numbers has none (ruling 16).</summary>
    public static bool IsOffered(EdgeOptions edge) =>
        new Uri(edge.PublicUrl) is var url
        && !IPAddress.TryParse(url.Host.Trim('[', ']'), out _)
        && (edge.IsHttps || url.Host == "localhost");

    /// <summary>What the browser's <c>navigator.credentials.create</c> is called with, as JSON. Null
    /// when the session is not fresh: a new way in needs the owner.</summary>
    public async Task<string?> BeginRegistrationAsync(HttpContext http, Session session)
    {
        if (!session.IsFresh)
        {
            return null;
        }

        var person = session.Person;
        var begun = await _handler.MakeCreationOptionsAsync(
            new PasskeyUserEntity
            {
                Id = person.Id.Value,
                Name = person.Email,
                DisplayName = person.Name ?? person.Email,
            },
            http
        );
        await KeepAsync(http, "create", person.Id, begun.AttestationState);
        return begun.CreationOptionsJson;
    }

    /// <summary>Keeps the public half of the new passkey. Denied when the browser's answer does not
    /// fit what was asked, or the session is not fresh.</summary>
    public async Task<Outcome<Passkey>> RegisterAsync(
        HttpContext http,
        Session session,
        string credentialJson,
        string name
    )
    {
        var trimmed = name.Trim();
        if (trimmed.Length is 0 or > NameCharsMax || trimmed.Any(char.IsControl))
        {
            return s_badName;
        }

        var begun = await TakeAsync(http, "create");
        if (!session.IsFresh || begun?.Person != session.Person.Id.Value)
        {
            return s_tryAgain;
        }

        var made = await _handler.PerformAttestationAsync(
            new PasskeyAttestationContext
            {
                HttpContext = http,
                CredentialJson = credentialJson,
                AttestationState = begun.State,
            }
        );
        if (!made.Succeeded || made.UserEntity.Id != session.Person.Id.Value)
        {
            return s_tryAgain;
        }

        var added = await _rows.AddAsync(session.Person.Id, made.Passkey, trimmed);
        if (added is null)
        {
            return s_tooMany;
        }

        _mailer.Post(Mails.PasskeyAdded(session.Person.Email, trimmed));
        return added;
    }

    /// <summary>What <c>navigator.credentials.get</c> is called with. It names nobody: the passkey
    /// says whose it is, so no address can be tried out here.</summary>
    public async Task<string> BeginSignInAsync(HttpContext http)
    {
        var begun = await _handler.MakeRequestOptionsAsync(user: null, http);
        await KeepAsync(http, "get", person: null, begun.AssertionState);
        return begun.RequestOptionsJson;
    }

    /// <summary>Whose passkey answered; null when none of ours did. Sign them in with
    /// <see cref="SignInMethod.Passkey"/>.</summary>
    public async Task<Person?> VerifyAsync(HttpContext http, string credentialJson)
    {
        if (await TakeAsync(http, "get") is not { } begun)
        {
            return null;
        }

        var answer = await _handler.PerformAssertionAsync(
            new PasskeyAssertionContext
            {
                HttpContext = http,
                CredentialJson = credentialJson,
                AssertionState = begun.State,
            }
        );
        if (!answer.Succeeded)
        {
            return null;
        }

        // Read again with the use: a passkey that was removed meanwhile signs nobody in.
        return await _database.WriteAsync(connection =>
            _rows.Use(connection, answer.Passkey) ? _people.Find(connection, answer.User.Id) : null
        );
    }

    public Task<IReadOnlyList<Passkey>> ListAsync(UserId person, CancellationToken ct) =>
        _rows.ListAsync(person, ct);

    /// <summary>Denied when that person has no such passkey.</summary>
    public async Task<Outcome<Passkey>> RenameAsync(UserId person, string id, string name)
    {
        var trimmed = name.Trim();
        if (trimmed.Length is 0 or > NameCharsMax || trimmed.Any(char.IsControl))
        {
            return s_badName;
        }

        return await _rows.RenameAsync(person, id, trimmed) is { } renamed
            ? renamed
            : new Denial.NotFound("passkey of that id");
    }

    /// <summary>False when that person has no such passkey. The code by mail always remains.</summary>
    public Task<bool> RemoveAsync(UserId person, string id) => _rows.RemoveAsync(person, id);

    private static readonly Denial s_badName = new Denial.InvalidRequest(
        $"Give the passkey a name of 1 to {NameCharsMax} characters.",
        "name"
    );

    private static readonly Denial s_tryAgain = new Denial.InvalidRequest(
        "That passkey could not be checked; begin again.",
        "credential"
    );

    private static readonly Denial s_tooMany = new Denial.InvalidRequest(
        $"An account has at most {PerPersonMax} passkeys; remove one first.",
        "credential"
    );

    private static IdentityPasskeyOptions OptionsOf(EdgeOptions edge) =>
        new()
        {
            ServerDomain = new Uri(edge.PublicUrl).Host,
            // It stands alone, so the device must have seen its owner, and must be able to say whose
            // it is.
            UserVerificationRequirement = "required",
            ResidentKeyRequirement = "required",
            AttestationConveyancePreference = "none",
            ValidateOrigin = asked =>
                ValueTask.FromResult(!asked.CrossOrigin && IsOurs(asked, edge)),
        };

    // Byte for byte. A gateway of one's own may listen on another port than it says.
    private static bool IsOurs(PasskeyOriginValidationContext asked, EdgeOptions edge)
    {
        var request = asked.HttpContext.Request;
        return asked.Origin == edge.PublicUrl
            || edge.IsLoopback
                && request.Host.Host == "localhost"
                && asked.Origin == request.Scheme + "://" + request.Host.Value;
    }

    private Task KeepAsync(HttpContext http, string kind, UserId? person, string? state)
    {
        var visitor = Secrets.HashOf(_cookies.KnowVisitor(http)).ToString();
        return _database.WriteAsync(connection =>
        {
            var now = _database.Now(connection);
            connection.Execute(
                "DELETE FROM passkey_ceremony WHERE expires_at <= @now",
                ("now", now)
            );
            return connection.Execute(
                """
                INSERT INTO passkey_ceremony(visitor, kind, person, state, expires_at)
                VALUES(@visitor, @kind, @person, @state, @until)
                ON CONFLICT(visitor, kind) DO UPDATE
                   SET person = excluded.person, state = excluded.state,
                       expires_at = excluded.expires_at
                """,
                ("visitor", visitor),
                ("kind", kind),
                ("person", person?.Value),
                ("state", state ?? ""),
                ("until", now + (long)s_ceremonyFor.TotalMilliseconds)
            );
        });
    }

    private async Task<Ceremony?> TakeAsync(HttpContext http, string kind)
    {
        if (_cookies.VisitorOf(http) is not { } visitor)
        {
            return null;
        }

        return await _database.WriteAsync(connection =>
            connection.QueryOne(
                """
                DELETE FROM passkey_ceremony
                 WHERE visitor = @visitor AND kind = @kind AND expires_at > @now
                RETURNING person, state
                """,
                row => new Ceremony(row.TextOrNull(0), row.GetString(1)),
                ("visitor", Secrets.HashOf(visitor).ToString()),
                ("kind", kind),
                ("now", _database.Now(connection))
            )
        );
    }

    private sealed record Ceremony(string? Person, string State);
}
