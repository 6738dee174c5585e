using Arda.Gateway.Accounts;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;
using Microsoft.AspNetCore.Http;

namespace Arda.Gateway.Tests.Accounts;

/// <summary>The cookie, its session on every node, and form tokens.</summary>
public sealed class SessionTests
{
    private const string Plain = "arda_session";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SE01_on_https_the_cookie_belongs_to_this_host_and_no_script_reads_it()
    {
        await using var store = await Stores.OpenAsync(StoreKind.Sqlite, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database, "https://gateway.example.com");
        var browser = new Browser(node);

        await browser.SignInAsync("a@example.com");

        foreach (var name in (string[])["__Host-arda_session", "__Host-arda_visitor"])
        {
            var cookie = Assert.Single(
                browser.SetCookies,
                one => one.StartsWith(name + "=", StringComparison.Ordinal)
            );
            var parts = cookie.Split("; ").Skip(1).ToHashSet(StringComparer.OrdinalIgnoreCase);
            Assert.Superset(
                new HashSet<string>(StringComparer.OrdinalIgnoreCase)
                {
                    "secure",
                    "httponly",
                    "samesite=lax",
                    "path=/",
                },
                parts
            );
            Assert.DoesNotContain(
                parts,
                part => part.StartsWith("domain", StringComparison.Ordinal)
            );
        }
    }

    [Fact]
    public async Task SE01_on_loopback_http_the_cookie_has_the_plain_name()
    {
        await using var store = await Stores.OpenAsync(StoreKind.Sqlite, AccountsSchema.Migrations);
        var browser = new Browser(new AccountsNode(store.Database));

        await browser.SignInAsync("a@example.com");

        var cookie = browser.SetCookies.Last(one =>
            one.StartsWith(Plain + "=", StringComparison.Ordinal)
        );
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("secure", cookie, StringComparison.OrdinalIgnoreCase);
    }

    // SE02 on one node and, on PostgreSQL, on two.
    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task SE02_every_sign_in_gives_a_new_secret_and_the_old_one_is_dead_everywhere(
        StoreKind kind
    )
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        await using var nodes = Nodes.Over(store);
        var browser = new Browser(nodes.A);
        var planted = Arda.Gateway.Kernel.Secrets.New(Arda.Gateway.Kernel.Secrets.Session);
        browser.SetCookie(Plain, planted);

        await browser.SignInAsync("a@example.com");
        var first = browser.Cookie(Plain);
        await browser.SignInAsync("a@example.com");
        var second = browser.Cookie(Plain);

        Assert.Equal(
            3,
            new HashSet<string>(StringComparer.Ordinal) { planted, first, second }.Count
        );
        foreach (var node in (AccountsNode[])[nodes.A, nodes.B])
        {
            Assert.Null(await SeenByAsync(node, planted));
            Assert.Null(await SeenByAsync(node, first));
            Assert.NotNull(await SeenByAsync(node, second));
        }
    }

    // SE11: no key ring exists, so none can differ or be rotated away.
    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task SE11_a_session_and_a_form_token_of_one_node_hold_on_another(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        await using var nodes = Nodes.Over(store);
        var browser = new Browser(nodes.A);
        var visitorsToken = browser.Visit();
        Assert.True(nodes.B.Tokens.Holds(browser.Request(), visitorsToken));
        var session = await browser.SignInAsync("a@example.com");
        var token = browser.Visit();

        browser.Node = nodes.B;

        Assert.Equal(session.Id, (await browser.SessionAsync())?.Id);
        Assert.True(nodes.B.Tokens.Holds(browser.Request(), token));
        Assert.Equal(token, browser.Visit());
    }

    // SE11: a challenge begun on one node is answered on another.
    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task SE11_a_code_of_one_node_signs_in_on_another(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        await using var nodes = Nodes.Over(store);
        var browser = new Browser(nodes.A);
        var challenge = await browser.AskForCodeAsync("a@example.com");
        var code = Browser.CodeIn(await browser.MailAsync("a@example.com", 0));

        Assert.IsType<CodeAnswer.Right>(
            await nodes.B.Codes.VerifyAsync(challenge.Id, code, browser.Request())
        );
    }

    // SE10: what asks for a fresh sign-in gets none of an old one.
    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task SE10_a_sign_in_counts_as_re_authentication_for_ten_minutes(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);
        var browser = new Browser(node);
        await browser.SignInAsync("a@example.com");
        Assert.True((await browser.SessionAsync())!.IsFresh);

        await node.AgeAsync(Session.FreshFor);
        var old = (await browser.SessionAsync())!;
        Assert.False(old.IsFresh);
        var answer = await node.Changes.RequestAsync(old, AccountsNode.EmailOf("b@example.com"));
        Assert.Equal(EmailChangeAnswer.NotFresh, answer);
        Assert.Null(await node.Passkeys.BeginRegistrationAsync(browser.Request(), old));

        await browser.SignInAsync("a@example.com");
        Assert.True((await browser.SessionAsync())!.IsFresh);
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_session_ends_after_twelve_idle_hours_and_after_thirty_days(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);
        var browser = new Browser(node);
        await browser.SignInAsync("a@example.com");

        for (var hours = 0; hours < 30 * 24 - 11; hours += 11)
        {
            Assert.NotNull(await browser.SessionAsync());
            await node.AgeAsync(TimeSpan.FromHours(11));
        }

        Assert.NotNull(await browser.SessionAsync());
        await node.AgeAsync(TimeSpan.FromHours(11));
        Assert.Null(await browser.SessionAsync());

        var idle = new Browser(node);
        await idle.SignInAsync("a@example.com");
        await node.AgeAsync(Sessions.IdleMax);
        Assert.Null(await idle.SessionAsync());
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Sessions_are_listed_and_ended_by_their_person_alone(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);
        var (here, there, elsewhere) = (new Browser(node), new Browser(node), new Browser(node));
        var kept = await here.SignInAsync("a@example.com");
        var other = await there.SignInAsync("a@example.com");
        await elsewhere.SignInAsync("a@example.com");
        var stranger = await new Browser(node).SignInAsync("b@example.com");

        Assert.Equal(3, (await node.Sessions.ListAsync(kept.Person.Id, Ct)).Count);
        Assert.False(await node.Sessions.EndAsync(stranger.Person.Id, other.Id));
        Assert.NotNull(await there.SessionAsync());
        Assert.True(await node.Sessions.EndAsync(kept.Person.Id, other.Id));
        Assert.Null(await there.SessionAsync());
        await node.Sessions.EndAllOtherAsync(kept);
        Assert.Null(await elsewhere.SessionAsync());
        Assert.NotNull(await here.SessionAsync());

        var leaving = here.Request();
        await node.Sessions.SignOutAsync(leaving);
        Assert.Contains("expires=Thu, 01 Jan 1970", leaving.Response.Headers.SetCookie.ToString());
        Assert.Null(await here.SessionAsync());
    }

    // SE04, login CSRF: a form counts in the browser it was rendered for, from our own pages.
    [Fact]
    public async Task SE04_a_form_token_holds_in_its_own_browser_until_the_sign_in()
    {
        await using var store = await Stores.OpenAsync(StoreKind.Sqlite, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);
        var (mine, other) = (new Browser(node), new Browser(node));
        var token = mine.Visit();
        other.Visit();

        Assert.True(node.Tokens.Holds(mine.Request(), token));
        Assert.False(node.Tokens.Holds(other.Request(), token));
        Assert.False(node.Tokens.Holds(new Browser(node).Request(), token));
        Assert.False(node.Tokens.Holds(mine.Request(), null));
        Assert.False(node.Tokens.Holds(mine.Request(), ""));
        Assert.False(node.Tokens.Holds(mine.Request(), token + "x"));

        await mine.SignInAsync("a@example.com");
        Assert.False(node.Tokens.Holds(mine.Request(), token));
    }

    [Theory]
    [InlineData("same-origin", "http://localhost:8787", true)]
    [InlineData("same-origin", "null", true)] // Our pages send no referrer.
    [InlineData("none", null, true)]
    [InlineData(null, null, true)]
    [InlineData(null, "http://localhost:8787", true)]
    [InlineData("cross-site", null, false)]
    [InlineData("same-site", null, false)]
    [InlineData("cross-site", "http://localhost:8787", false)]
    [InlineData(null, "null", false)]
    [InlineData(null, "https://evil.example", false)]
    [InlineData(null, "http://localhost:9999", false)]
    [InlineData("same-origin", "https://evil.example", false)]
    public async Task SE04_a_post_from_another_site_is_refused(
        string? site,
        string? origin,
        bool holds
    )
    {
        await using var store = await Stores.OpenAsync(StoreKind.Sqlite, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);
        var browser = new Browser(node);
        var token = browser.Visit();
        HttpContext http = browser.Request();
        if (site is not null)
        {
            http.Request.Headers["Sec-Fetch-Site"] = site;
        }

        if (origin is not null)
        {
            http.Request.Headers.Origin = origin;
        }

        Assert.Equal(holds, node.Tokens.Holds(http, token));
    }

    private static async Task<Session?> SeenByAsync(AccountsNode node, string secret)
    {
        var browser = new Browser(node);
        browser.SetCookie(Plain, secret);
        return await browser.SessionAsync();
    }

    /// <summary>Two nodes of one store; the embedded store has one alone.</summary>
    private sealed class Nodes(AccountsNode a, AccountsNode b, Database? second) : IAsyncDisposable
    {
        public AccountsNode A => a;

        public AccountsNode B => b;

        public static Nodes Over(TestStore store)
        {
            var second =
                store.Database.Kind is StoreKind.Postgres
                    ? Database.Open(store.Options, TimeProvider.System)
                    : null;
            return new Nodes(
                new AccountsNode(store.Database),
                new AccountsNode(second ?? store.Database),
                second
            );
        }

        public ValueTask DisposeAsync() => second?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
