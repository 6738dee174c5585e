using System.Data.Common;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Accounts;

/// <summary>What became of the wish for another address.</summary>
public enum EmailChangeAnswer
{
    /// <summary>The new box has the link, unless an account has that address, which is not told.</summary>
    Sent,

    /// <summary>Sign in again first: a live session alone is not enough.</summary>
    NotFresh,

    /// <summary>It is the account's address now.</summary>
    SameAddress,

    TooOften,

    /// <summary>The old box could not be warned, and without that nothing is begun.</summary>
    NotWarned,
}

/// <summary>A change that one of its links names.</summary>
public sealed record EmailChange(
    UserId Person,
    string OldEmail,
    string NewEmail,
    bool IsConfirmed,
    DateTimeOffset RevertUntil
);

/// <summary>
/// Moves an account to another address: asked for with a fresh session, told to the old box, made by
/// the link in the new one. The old box can stop it, and for seven days afterwards undo it; until
/// then nobody can open another account with the old address.
/// </summary>
public sealed partial class EmailChanges
{
    public static readonly TimeSpan ConfirmWithin = TimeSpan.FromHours(1);
    public static readonly TimeSpan RevertWithin = TimeSpan.FromDays(7);

    private const int PerPerson = 5;
    private static readonly TimeSpan s_window = TimeSpan.FromHours(1);

    private readonly Database _database;
    private readonly Mailer _mailer;
    private readonly EdgeOptions _edge;

    internal EmailChanges(Database database, Mailer mailer, EdgeOptions edge) =>
        (_database, _mailer, _edge) = (database, mailer, edge);

    public async Task<EmailChangeAnswer> RequestAsync(Session session, EmailAddress email)
    {
        if (!session.IsFresh)
        {
            return EmailChangeAnswer.NotFresh;
        }

        var wish = new Wish(
            session.Person,
            email,
            Secrets.New(Secrets.MailLink),
            Secrets.New(Secrets.MailLink)
        );
        var begun = await _database.WriteAsync(connection => Begin(connection, wish));
        if (begun is not (EmailChangeAnswer.Sent, var isFree))
        {
            return begun.Answer;
        }

        var warning = Mails.AddressIsChanging(
            wish.Person.Email,
            email.Written,
            $"{_edge.PublicUrl}/account/email/revert/{wish.RevertSecret}"
        );
        if (!await _mailer.DeliverAsync(warning))
        {
            await _database.WriteAsync(connection => EndOpen(connection, wish.Person.Id));
            return EmailChangeAnswer.NotWarned;
        }

        _mailer.Post(
            isFree
                ? Mails.ConfirmAddress(
                    email.Written,
                    $"{_edge.PublicUrl}/account/email/confirm/{wish.ConfirmSecret}"
                )
                : Mails.AddressIsTaken(email.Written)
        );
        return EmailChangeAnswer.Sent;
    }

    /// <summary>The change that a link to the new box would make; null when the link is dead.</summary>
    public Task<EmailChange?> FindToConfirmAsync(string secret, CancellationToken ct) =>
        FindAsync(secret, "confirm_hash = @hash AND " + IsOpen, ct);

    /// <summary>The change that a link to the old box would stop or undo; null when it is dead.</summary>
    public Task<EmailChange?> FindToRevertAsync(string secret, CancellationToken ct) =>
        FindAsync(secret, "revert_hash = @hash AND " + IsRevertible, ct);

    /// <summary>Switches the address. Only the person whose account it is may, signed in: whoever
    /// merely reads the new box must not give their address to somebody else's account. All other
    /// sessions end, and so do the codes of both addresses. False when the link is dead, another
    /// person's, or the address taken since.</summary>
    public async Task<bool> ConfirmAsync(string secret, Session kept)
    {
        if (!Secrets.IsWellFormed(secret, Secrets.MailLink))
        {
            return false;
        }

        var done = await TryConfirmAsync(secret, kept);
        if (done is null)
        {
            return false;
        }

        _mailer.Post(Mails.AddressChanged(done.OldEmail, done.NewEmail));
        return true;
    }

    /// <summary>Stops the change, or brings the old address back. Everybody is signed out, and what
    /// was added since as another way in is gone. False when the link is dead.</summary>
    public async Task<bool> RevertAsync(string secret)
    {
        if (!Secrets.IsWellFormed(secret, Secrets.MailLink))
        {
            return false;
        }

        var done = await _database.WriteAsync(connection => Revert(connection, secret));
        if (done is null)
        {
            return false;
        }

        _mailer.Post(Mails.AddressReverted(done.OldEmail));
        return true;
    }

    /// <summary>Until when the old owner of an address may bring it back; null where nobody may.</summary>
    internal static DateTimeOffset? ReservedUntil(
        DbConnection connection,
        string canonicalEmail,
        long now,
        UserId? exceptFor = null
    ) =>
        connection.QueryOne(
            """
            SELECT MAX(revert_until) FROM email_change
             WHERE old_canonical = @canonical AND confirmed_at IS NOT NULL AND ended_at IS NULL
               AND revert_until > @now AND person <> @except
            """,
            row => row.LongOrNull(0),
            ("canonical", canonicalEmail),
            ("now", now),
            ("except", exceptFor?.Value ?? "")
        )
            is { } until
            ? DateTimeOffset.FromUnixTimeMilliseconds(until)
            : null;
}
