using Arda.Gateway.Accounts;
using Arda.Gateway.Http;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Arda.Gateway.Tests.Accounts;

/// <summary>The room of accounts of one node, over a store that other nodes may share.</summary>
internal sealed class AccountsNode
{
    private readonly List<(string What, string Secret)> _watched = [];

    public AccountsNode(Database database, string publicUrl = "http://localhost:8787")
    {
        Database = database;
        Edge = new EdgeOptions { PublicUrl = publicUrl };
        Cookies = new Cookies(Edge);
        Mailbox = new DevMailbox(TimeProvider.System, TextWriter.Null);
        Mailer = new Mailer(Mailbox, TimeProvider.System, NullLogger<Mailer>.Instance);
        People = new People(database);
        Projects = new Projects(database);
        Sessions = new Sessions(database, Cookies);
        Tokens = new FormTokens(Cookies, Edge);
        Codes = new EmailCodes(database, People, Mailer, Cookies);
        Invitations = new Invitations(database);
        Changes = new EmailChanges(database, Mailer, Edge);
        Deletion = new AccountDeletion(database, Mailer);
        Passkeys = new Passkeys(
            database,
            People,
            new PasskeyRows(database, People),
            Cookies,
            Mailer,
            Edge
        );
    }

    public Database Database { get; }

    public EdgeOptions Edge { get; }

    public Cookies Cookies { get; }

    public DevMailbox Mailbox { get; }

    public Mailer Mailer { get; }

    public People People { get; }

    public Projects Projects { get; }

    public Sessions Sessions { get; }

    public FormTokens Tokens { get; }

    public EmailCodes Codes { get; }

    public Invitations Invitations { get; }

    public EmailChanges Changes { get; }

    public AccountDeletion Deletion { get; }

    public Passkeys Passkeys { get; }

    /// <summary>Secrets without a shape of their own, which must not be in the store.</summary>
    public void Watch(string what, string secret) => _watched.Add((what, secret));

    /// <summary>Cases LG01 and LG02: no code, cookie or link in clear in any table.</summary>
    public async Task AssertNothingLeakedAsync()
    {
        using var scan = new SecretScan();
        foreach (var (what, secret) in _watched)
        {
            scan.Watch(what, secret);
        }

        await scan.AssertNothingLeakedAsync(Database);
    }

    public async Task<Person> PersonAsync(string email) =>
        await People.FindOrCreateAsync(EmailOf(email));

    /// <summary>Makes everything that much older, on stores whose clock cannot be moved too.</summary>
    public Task AgeAsync(TimeSpan by) =>
        Database.WriteAsync(connection =>
        {
            foreach (var (table, columns) in s_times)
            {
                var moved = columns.Split(' ').Select(column => $"{column} = {column} - @by");
                connection.Execute(
                    $"UPDATE {table} SET {string.Join(", ", moved)}",
                    ("by", (long)by.TotalMilliseconds)
                );
            }

            return 0;
        });

    public static EmailAddress EmailOf(string text)
    {
        Assert.False(EmailAddress.Read(text).Denied(out var denial, out var email), $"{denial}");
        return email!;
    }

    private static readonly (string Table, string Columns)[] s_times =
    [
        ("session", "created_at authenticated_at seen_at"),
        ("sign_in_code", "created_at expires_at"),
        ("email_change", "created_at confirm_until confirmed_at revert_until"),
        ("invitation", "created_at expires_at"),
        ("passkey", "created_at"),
        ("passkey_ceremony", "expires_at"),
    ];
}
