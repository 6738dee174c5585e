using System.Net;
using Arda.Gateway.Accounts;
using Arda.Gateway.Developers;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;

namespace Arda.Gateway.OAuth;

/// <summary>Keys that were seen where others can read them: they end at once, and whoever has to
/// act is told. A key of another gateway is simply not known here.</summary>
public sealed class LeakedKeys
{
    private readonly Database _database;
    private readonly ApiKeys _keys;
    private readonly People _people;
    private readonly Apps _apps;
    private readonly Mailer _mailer;
    private readonly string _issuer;

    internal LeakedKeys(
        Database database,
        ApiKeys keys,
        People people,
        Apps apps,
        Mailer mailer,
        EdgeOptions edge
    )
    {
        (_database, _keys, _people) = (database, keys, people);
        (_apps, _mailer, _issuer) = (apps, mailer, edge.PublicUrl);
    }

    /// <summary>Whether it is a key of this gateway. Reported again changes nothing.</summary>
    public async Task<bool> ReportAsync(string secret, string? where, CancellationToken ct)
    {
        if (await _keys.FindBySecretAsync(secret, ct) is not { } key)
        {
            return false;
        }

        if (key.RevokedAt is null)
        {
            await _keys.RevokeAsync(key.Id, RevokeReason.Leaked, CancellationToken.None);
            await TellAsync(key, "was found published and is revoked", where, ct);
        }

        return true;
    }

    /// <summary>It came in the address of a request, where logs keep it. Its owner hears of it once
    /// a day; it is theirs to revoke.</summary>
    public async Task NoteInAddressAsync(string secret, CancellationToken ct)
    {
        if (await _keys.FindBySecretAsync(secret, ct) is not { RevokedAt: null } key)
        {
            return;
        }

        var isFirst = await _database.WriteAsync(connection =>
            Attempts.Take(
                connection,
                "exposed-key:" + key.Id,
                limit: 1,
                TimeSpan.FromDays(1),
                _database.Now(connection)
            )
        );
        if (isFirst)
        {
            await TellAsync(
                key,
                "was sent in the address of a request, where logs and histories keep it; it was "
                    + "not accepted there",
                where: null,
                ct
            );
        }
    }

    private async Task TellAsync(ApiKey key, string what, string? where, CancellationToken ct)
    {
        var app = key.App is { } id ? await _apps.FindAsync(id, ct) : null;
        var ofApp = app is null ? "" : $" of the app {app.Name}";
        var place = where is { Length: > 0 and <= 500 } ? $" It was seen at {where}." : "";
        var text =
            $"The key {key.Hint}{ofApp} {what}.{place}\n\nMake or connect a new one, and look at "
            + $"what was used, at {_issuer}/console/keys\n";
        foreach (var reader in new[] { key.Owner, app?.Owner }.OfType<UserId>().Distinct())
        {
            if (await _people.FindAsync(reader, ct) is { } person)
            {
                _mailer.Post(
                    new Mail(
                        person.Email,
                        "A key of yours was exposed",
                        text,
                        $"<p>{WebUtility.HtmlEncode(text)}</p>"
                    )
                );
            }
        }
    }
}
