using System.Globalization;
using System.Net;
using Arda.Gateway.Accounts;
using Arda.Gateway.Developers;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;

namespace Arda.Gateway.OAuth;

/// <summary>An app that a person has just connected.</summary>
internal sealed record Connected(App App, Connection Grant, Person Person);

/// <summary>
/// Tells a person by mail what they agreed to. After a device code the mail has a link that ends the
/// connection with one click, because such codes are what people are talked into.
/// </summary>
internal sealed class ConsentMails(RevokeLinks links, Mailer mailer, EdgeOptions edge)
{
    public async Task ConnectedAsync(Connected made, bool isDevice, CancellationToken ct)
    {
        var limit = made.Grant.MonthlyLimit is { } most
            ? string.Create(CultureInfo.InvariantCulture, $"up to ${most.Usd:0.00} a month")
            : "without a monthly limit";
        var by = made.App.VerifiedDomain is { } domain ? $" ({domain})" : "";
        var link = isDevice
            ? edge.PublicUrl + "/connections/revoke/" + await links.CreateAsync(made.Grant.Id, ct)
            : null;
        string[] parts =
        [
            $"You connected {made.App.Name}{by} to your account. It may spend from the project you "
                + $"chose, {limit}.",
            link is null
                ? $"See, limit or end it at {edge.PublicUrl}/console/connections"
                : "If somebody told you to type a code into our page, or if this was not you, end "
                    + $"the connection now: {link}",
        ];
        mailer.Post(
            new Mail(
                made.Person.Email,
                $"{made.App.Name} is connected to your account",
                string.Join("\n\n", parts) + "\n",
                string.Concat(parts.Select(part => $"<p>{WebUtility.HtmlEncode(part)}</p>"))
            )
        );
    }
}

/// <summary>
/// Links in mails that end one connection: they need no sign-in and can do nothing else. The page
/// asks with a button, since mail scanners open links.
/// </summary>
public sealed class RevokeLinks(Database database, Connections connections)
{
    private static readonly TimeSpan s_livesFor = TimeSpan.FromDays(30);

    internal Task<string> CreateAsync(ConnectionId connection, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var secret = Secrets.New(Secrets.MailLink);
        return database.WriteAsync(writing =>
        {
            var now = database.Now(writing);
            writing.Execute("DELETE FROM oauth_revoke_link WHERE expires_at < @now", ("now", now));
            writing.Execute(
                """
                INSERT INTO oauth_revoke_link(hash, connection, expires_at)
                VALUES(@hash, @connection, @expires)
                """,
                ("hash", Digest.Of(secret)),
                ("connection", connection.Value),
                ("expires", now + (long)s_livesFor.TotalMilliseconds)
            );
            return secret;
        });
    }

    /// <summary>The connection that a link would end; changes nothing.</summary>
    public async Task<ConnectionId?> FindAsync(string secret, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return
            connection.QueryOne(
                """
                SELECT connection FROM oauth_revoke_link WHERE hash = @hash AND expires_at > @now
                """,
                row => row.GetString(0),
                ("hash", Digest.Of(secret)),
                ("now", database.Now(connection))
            )
                is { } id
            ? new ConnectionId(id)
            : null;
    }

    /// <summary>Ends it everywhere; false for a link that is none. Again changes nothing.</summary>
    public async Task<bool> UseAsync(string secret, CancellationToken ct)
    {
        if (await FindAsync(secret, ct) is not { } id)
        {
            return false;
        }

        await connections.RevokeAsync(id, RevokeReason.Disconnected, CancellationToken.None);
        return true;
    }
}
