using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Accounts;

/// <summary>A code is on its way to that address.</summary>
public sealed record SignInChallenge(string Id, string Email, DateTimeOffset ExpiresAt);

/// <summary>What a typed code was worth.</summary>
public abstract record CodeAnswer
{
    private CodeAnswer() { }

    public sealed record Right(Person Person) : CodeAnswer;

    public sealed record Wrong(int TriesLeft) : CodeAnswer;

    /// <summary>Used, expired, guessed at too often, or of another browser: ask for a new one.</summary>
    public sealed record Dead : CodeAnswer;
}

/// <summary>
/// Sign-in by a code in a mail. It answers alike for addresses with and without an account, which
/// is made on success. A code counts only in the browser that asked for it, so a stranger's wrong
/// guesses cost the owner nothing.
/// </summary>
public sealed class EmailCodes
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);
    public const int TriesMax = 5;

    private const int Digits = 8;
    private const int WrongPerNetwork = 50;
    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(15);

    private readonly Database _database;
    private readonly People _people;
    private readonly Mailer _mailer;
    private readonly Cookies _cookies;

    internal EmailCodes(Database database, People people, Mailer mailer, Cookies cookies) =>
        (_database, _people, _mailer, _cookies) = (database, people, mailer, cookies);

    /// <summary>Sends a code. Denied only when this network address asks too often; an e-mail address
    /// that strangers ask for too often gets no more mails on their account, and nobody is told.
    /// </summary>
    public async Task<Outcome<SignInChallenge>> SendAsync(EmailAddress email, HttpContext http)
    {
        var visitor = Secrets.HashOf(_cookies.KnowVisitor(http)).ToString();
        var asked = new CodeRequest(email, visitor, ClientNetwork.Of(http), Ids.Make("sic_"));
        var code = RandomNumberGenerator.GetString("0123456789", Digits);
        var decided = await _database.WriteAsync(connection => Decide(connection, asked, code));
        if (decided.IsDenied)
        {
            return new Denial.RateLimited(s_window, CodeBudget.PerNetwork);
        }

        if (decided.ReservedUntil is { } until)
        {
            _mailer.Post(Mails.AddressWasReplaced(email.Written, until));
        }
        else if (decided.MaySend)
        {
            _mailer.Post(Mails.SignInCode(email.Written, code));
        }

        return new SignInChallenge(asked.Id, email.Written, decided.ExpiresAt);
    }

    /// <summary>The challenge that this browser has open, for the page that asks for its code.</summary>
    public async Task<SignInChallenge?> FindAsync(string id, HttpContext http)
    {
        if (_cookies.VisitorOf(http) is not { } visitor)
        {
            return null;
        }

        await using var connection = await _database.OpenAsync(http.RequestAborted);
        return connection.QueryOne(
            """
            SELECT id, email, expires_at FROM sign_in_code
            WHERE id = @id AND visitor = @visitor AND used_at IS NULL AND expires_at > @now
            """,
            row => new SignInChallenge(
                row.GetString(0),
                row.GetString(1),
                DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2))
            ),
            ("id", id),
            ("visitor", Secrets.HashOf(visitor).ToString()),
            ("now", _database.Now(connection))
        );
    }

    /// <summary>Counts the try, then compares. A right code is used up with it.</summary>
    public Task<CodeAnswer> VerifyAsync(string id, string typed, HttpContext http)
    {
        var visitor = _cookies.VisitorOf(http);
        var code = string.Concat(typed.Where(char.IsAsciiDigit));
        return visitor is null
            ? Task.FromResult<CodeAnswer>(new CodeAnswer.Dead())
            : _database.WriteAsync(connection =>
                Verify(connection, id, code, visitor, ClientNetwork.Of(http))
            );
    }

    /// <summary>In a write of the caller: no code that was sent to that address counts any more.</summary>
    internal static void EndAll(DbConnection connection, string canonicalEmail) =>
        connection.Execute(
            "DELETE FROM sign_in_code WHERE canonical_email = @canonical",
            ("canonical", canonicalEmail)
        );

    private Decision Decide(DbConnection connection, CodeRequest asked, string code)
    {
        var now = _database.Now(connection);
        var budget = new CodeBudget(connection, now);
        var expiresAt = DateTimeOffset.FromUnixTimeMilliseconds(now) + Lifetime;
        var isKnown = budget.IsKnownBrowser(asked);
        if (!isKnown && !budget.TakeOfNetwork(asked))
        {
            return new Decision(true, false, null, expiresAt);
        }

        var maySend = isKnown ? budget.TakeOfBrowser(asked) : budget.TakeOfAddress(asked);
        var reserved = maySend
            ? EmailChanges.ReservedUntil(connection, asked.Email.Canonical, now)
            : null;
        // Where no code goes out there is a row all the same, and no code that fits it.
        var secret = maySend && reserved is null ? code : Secrets.New(Secrets.MailLink);
        Insert(connection, asked, HashOf(asked.Id, secret), now, expiresAt);
        return new Decision(false, maySend, reserved, expiresAt);
    }

    private CodeAnswer Verify(
        DbConnection connection,
        string id,
        string code,
        string visitor,
        string network
    )
    {
        var now = _database.Now(connection);
        var guesses = "code-wrong:net:" + network;
        if (!Attempts.IsBelow(connection, guesses, WrongPerNetwork, s_window, now))
        {
            return new CodeAnswer.Dead();
        }

        var open = connection.QueryOne(
            """
            UPDATE sign_in_code SET tries = tries + 1
            WHERE id = @id AND visitor = @visitor AND used_at IS NULL AND expires_at > @now
                AND tries < @max
            RETURNING email, hash, tries
            """,
            row => (Email: row.GetString(0), Hash: row.GetString(1), Tries: row.GetInt64(2)),
            ("id", id),
            ("visitor", Secrets.HashOf(visitor).ToString()),
            ("now", now),
            ("max", TriesMax)
        );
        if (open.Hash is null)
        {
            return new CodeAnswer.Dead();
        }

        var isRight = CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(HashOf(id, code)),
            Encoding.ASCII.GetBytes(open.Hash)
        );
        if (!isRight)
        {
            Attempts.Take(connection, guesses, WrongPerNetwork, s_window, now);
            var left = TriesMax - (int)open.Tries;
            return left > 0 ? new CodeAnswer.Wrong(left) : new CodeAnswer.Dead();
        }

        connection.Execute(
            "UPDATE sign_in_code SET used_at = @now WHERE id = @id",
            ("now", now),
            ("id", id)
        );
        return EmailAddress.Read(open.Email).Denied(out _, out var email)
            ? new CodeAnswer.Dead()
            : new CodeAnswer.Right(_people.FindOrCreate(connection, email));
    }

    private static void Insert(
        DbConnection connection,
        CodeRequest asked,
        string hash,
        long now,
        DateTimeOffset expiresAt
    )
    {
        // One open code for each browser and address: a new one replaces what was sent before.
        connection.Execute(
            """
            DELETE FROM sign_in_code
            WHERE expires_at <= @now OR (visitor = @visitor AND canonical_email = @canonical)
            """,
            ("now", now),
            ("visitor", asked.Visitor),
            ("canonical", asked.Email.Canonical)
        );
        connection.Execute(
            """
            INSERT INTO sign_in_code(id, email, canonical_email, visitor, hash, tries, created_at,
                expires_at)
            VALUES(@id, @email, @canonical, @visitor, @hash, 0, @now, @until)
            """,
            ("id", asked.Id),
            ("email", asked.Email.Written),
            ("canonical", asked.Email.Canonical),
            ("visitor", asked.Visitor),
            ("hash", hash),
            ("now", now),
            ("until", expiresAt.ToUnixTimeMilliseconds())
        );
    }

    // The id is the salt: eight digits alone would be looked up in a table of all hashes.
    private static string HashOf(string id, string code) =>
        Convert.ToHexStringLower(
            SHA256.HashData(
                Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}:{code}"))
            )
        );

    private sealed record Decision(
        bool IsDenied,
        bool MaySend,
        DateTimeOffset? ReservedUntil,
        DateTimeOffset ExpiresAt
    );
}
