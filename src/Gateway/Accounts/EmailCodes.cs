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
    private const int PerAddress = 20;
    private const int PerEmail = 6;
    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(15);

    private readonly Database _database;
    private readonly People _people;
    private readonly Mailer _mailer;
    private readonly Cookies _cookies;

    internal EmailCodes(Database database, People people, Mailer mailer, Cookies cookies) =>
        (_database, _people, _mailer, _cookies) = (database, people, mailer, cookies);

    /// <summary>Sends a code. Denied only when this network address asks too often; an e-mail address
    /// that is asked for too often gets no more mails for a while, and nobody is told.</summary>
    public async Task<Outcome<SignInChallenge>> SendAsync(EmailAddress email, HttpContext http)
    {
        var visitor = Secrets.HashOf(_cookies.KnowVisitor(http)).ToString();
        var address = http.Connection.RemoteIpAddress?.ToString() ?? "";
        var code = RandomNumberGenerator.GetString("0123456789", Digits);
        var id = Ids.Make("sic_");
        var (maySend, isDenied, expiresAt) = await _database.WriteAsync(connection =>
        {
            var now = _database.Now(connection);
            if (!Attempts.Take(connection, "code-send:ip:" + address, PerAddress, s_window, now))
            {
                return (false, true, 0L);
            }

            var may = Attempts.Take(
                connection,
                "code-send:to:" + email.Canonical,
                PerEmail,
                s_window,
                now
            );
            var until = now + (long)Lifetime.TotalMilliseconds;
            Insert(connection, id, email, visitor, may ? HashOf(id, code) : HashOf(id, id), until);
            return (may, false, until);
        });
        if (isDenied)
        {
            return new Denial.RateLimited(s_window, PerAddress);
        }

        if (maySend)
        {
            _mailer.Post(Mails.SignInCode(email.Written, code));
        }

        return new SignInChallenge(
            id,
            email.Written,
            DateTimeOffset.FromUnixTimeMilliseconds(expiresAt)
        );
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
            : _database.WriteAsync(connection => Verify(connection, id, code, visitor));
    }

    private CodeAnswer Verify(DbConnection connection, string id, string code, string visitor)
    {
        var now = _database.Now(connection);
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

    private void Insert(
        DbConnection connection,
        string id,
        EmailAddress email,
        string visitor,
        string hash,
        long until
    )
    {
        var now = _database.Now(connection);
        // One open code for each browser and address: a new one replaces what was sent before.
        connection.Execute(
            """
            DELETE FROM sign_in_code
            WHERE expires_at <= @now OR (visitor = @visitor AND canonical_email = @canonical)
            """,
            ("now", now),
            ("visitor", visitor),
            ("canonical", email.Canonical)
        );
        connection.Execute(
            """
            INSERT INTO sign_in_code(id, email, canonical_email, visitor, hash, tries, created_at,
                expires_at)
            VALUES(@id, @email, @canonical, @visitor, @hash, 0, @now, @until)
            """,
            ("id", id),
            ("email", email.Written),
            ("canonical", email.Canonical),
            ("visitor", visitor),
            ("hash", hash),
            ("now", now),
            ("until", until)
        );
    }

    // The id is the salt: eight digits alone would be looked up in a table of all hashes.
    private static string HashOf(string id, string code) =>
        Convert.ToHexStringLower(
            SHA256.HashData(
                Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}:{code}"))
            )
        );
}
