using System.Text.Json.Nodes;
using Arda.Gateway.Accounts;
using Arda.Gateway.Http;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;

namespace Arda.Gateway.Tests.Accounts;

/// <summary>Passkeys of a real key pair, from the browser's JSON to the row and back.</summary>
public sealed class PasskeyTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_passkey_signs_its_owner_in_without_an_address(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);
        var browser = new Browser(node);
        using var device = new SoftwareAuthenticator();
        var session = await browser.SignInAsync("a@example.com");
        var made = await node.Passkeys.AddAsync(browser, session, device, " My phone ");
        Assert.Equal(("My phone", (DateTimeOffset?)null), (made.Name, made.LastUsedAt));
        Assert.Contains("My phone", (await browser.MailAsync("a@example.com", 1)).Text);

        var elsewhere = new Browser(node);
        var person = await SignInAsync(elsewhere, device);

        Assert.Equal(session.Person, person);
        var fresh = await elsewhere.BeginSessionAsync(person!, SignInMethod.Passkey);
        Assert.Equal(SignInMethod.Passkey, fresh.Method);
        var listed = Assert.Single(await node.Passkeys.ListAsync(session.Person.Id, Ct));
        Assert.NotNull(listed.LastUsedAt);
        Assert.NotNull(await SignInAsync(elsewhere, device));
        await node.AssertNothingLeakedAsync();
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task An_answer_counts_once_and_in_the_browser_that_asked(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);
        var browser = new Browser(node);
        using var device = new SoftwareAuthenticator();
        await node.Passkeys.AddAsync(
            browser,
            await browser.SignInAsync("a@example.com"),
            device,
            "a"
        );
        var other = new Browser(node);
        other.Visit();
        var answer = device.Get(await BeginAsync(browser));

        Assert.Null(await node.Passkeys.VerifyAsync(other.Request(), answer));
        Assert.NotNull(await node.Passkeys.VerifyAsync(browser.Request(), answer));
        Assert.Null(await node.Passkeys.VerifyAsync(browser.Request(), answer));
        await BeginAsync(browser);
        Assert.Null(await node.Passkeys.VerifyAsync(browser.Request(), answer));

        var late = device.Get(await BeginAsync(browser));
        await node.AgeAsync(TimeSpan.FromMinutes(10));
        Assert.Null(await node.Passkeys.VerifyAsync(browser.Request(), late));
    }

    private static readonly Dictionary<string, Action<SoftwareAuthenticator>> s_frauds = new(
        StringComparer.Ordinal
    )
    {
        ["another page"] = device => device.Origin = "https://evil.example",
        ["another port"] = device => device.Origin = "http://localhost:9999",
        ["https in the place of http"] = device => device.Origin = "https://localhost:8787",
        ["a frame of another site"] = device => device.CrossOrigin = true,
        ["a passkey of another site"] = device => device.RpId = "evil.example",
        ["a device that saw nobody"] = device => device.VerifiesItsUser = false,
        ["a copy whose counter is behind"] = device => device.Counter = 0,
    };

    public static TheoryData<string> Frauds => [.. s_frauds.Keys];

    [Theory]
    [MemberData(nameof(Frauds))]
    public async Task A_passkey_used_in_another_way_signs_nobody_in(string fraud)
    {
        await using var store = await Stores.OpenAsync(StoreKind.Sqlite, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);
        var browser = new Browser(node);
        using var device = new SoftwareAuthenticator { Counter = 5 };
        await node.Passkeys.AddAsync(
            browser,
            await browser.SignInAsync("a@example.com"),
            device,
            "a"
        );
        Assert.NotNull(await SignInAsync(browser, device));

        s_frauds[fraud](device);

        Assert.Null(await SignInAsync(browser, device));
    }

    [Fact]
    public async Task A_signature_of_another_key_signs_nobody_in()
    {
        await using var store = await Stores.OpenAsync(StoreKind.Sqlite, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);
        var browser = new Browser(node);
        using var device = new SoftwareAuthenticator();
        using var forger = new SoftwareAuthenticator();
        await node.Passkeys.AddAsync(
            browser,
            await browser.SignInAsync("a@example.com"),
            device,
            "a"
        );
        var options = await BeginAsync(browser);
        var forged = JsonNode.Parse(device.Get(options))!;
        forged["response"]!["signature"] = JsonNode.Parse(forger.Get(options))!["response"]![
            "signature"
        ]!.GetValue<string>();

        Assert.Null(await node.Passkeys.VerifyAsync(browser.Request(), forged.ToJsonString()));
        await BeginAsync(browser);
        Assert.Null(await node.Passkeys.VerifyAsync(browser.Request(), "{}"));
        await BeginAsync(browser);
        Assert.Null(await node.Passkeys.VerifyAsync(browser.Request(), "no json"));
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_passkey_of_another_account_or_an_old_sign_in_registers_nothing(
        StoreKind kind
    )
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);
        var browser = new Browser(node);
        using var device = new SoftwareAuthenticator();
        var first = await browser.SignInAsync("a@example.com");
        var begin = browser.Request();
        var options = await node.Passkeys.BeginRegistrationAsync(begin, first);
        var second = await browser.SignInAsync("b@example.com");
        var answer = device.Create(options!);

        var foreign = await node.Passkeys.RegisterAsync(browser.Request(), second, answer, "x");
        Assert.True(foreign.Denied(out _, out _));

        await node.Passkeys.AddAsync(browser, second, device, "mine");
        var again = browser.Request();
        var repeated = await node.Passkeys.BeginRegistrationAsync(again, second);
        Assert.Contains("excludeCredentials", repeated, StringComparison.Ordinal);
        var twice = await node.Passkeys.RegisterAsync(
            browser.Request(),
            second,
            device.Create(repeated!),
            "again"
        );
        Assert.True(twice.Denied(out _, out _));
        await node.AgeAsync(Session.FreshFor);
        var old = (await browser.SessionAsync())!;
        Assert.Null(await node.Passkeys.BeginRegistrationAsync(browser.Request(), old));
        Assert.Single(await node.Passkeys.ListAsync(second.Person.Id, Ct));
        Assert.Empty(await node.Passkeys.ListAsync(first.Person.Id, Ct));
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_passkey_is_renamed_and_removed_by_its_owner_alone(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);
        var browser = new Browser(node);
        using var device = new SoftwareAuthenticator();
        var session = await browser.SignInAsync("a@example.com");
        var made = await node.Passkeys.AddAsync(browser, session, device, "a");
        var (owner, stranger) = (session.Person.Id, (await node.PersonAsync("b@example.com")).Id);

        Assert.True((await node.Passkeys.RenameAsync(stranger, made.Id, "x")).Denied(out _, out _));
        Assert.True((await node.Passkeys.RenameAsync(owner, made.Id, " ")).Denied(out _, out _));
        Assert.False((await node.Passkeys.RenameAsync(owner, made.Id, "b")).Denied(out _, out _));
        Assert.False(await node.Passkeys.RemoveAsync(stranger, made.Id));
        Assert.Equal("b", Assert.Single(await node.Passkeys.ListAsync(owner, Ct)).Name);
        Assert.True(await node.Passkeys.RemoveAsync(owner, made.Id));
        Assert.Null(await SignInAsync(browser, device));
    }

    [Theory]
    [InlineData("http://localhost:8787", true)]
    [InlineData("https://gateway.example.com", true)]
    [InlineData("https://gateway.example.com:8443", true)]
    [InlineData("http://127.0.0.1:8787", false)]
    [InlineData("http://[::1]:8787", false)]
    [InlineData("https://192.0.2.7", false)]
    [InlineData("http://gateway.example.com", false)]
    public void Passkeys_are_offered_on_a_name_that_browsers_trust(string url, bool isOffered) =>
        Assert.Equal(isOffered, Passkeys.IsOffered(new EdgeOptions { PublicUrl = url }));

    private static async Task<string> BeginAsync(Browser browser)
    {
        var http = browser.Request();
        var options = await browser.Node.Passkeys.BeginSignInAsync(http);
        browser.Keep(http);
        return options;
    }

    private static async Task<Person?> SignInAsync(Browser browser, SoftwareAuthenticator device)
    {
        var answer = device.Get(await BeginAsync(browser));
        // Made after it, so that it carries the cookie that the beginning set.
        return await browser.Node.Passkeys.VerifyAsync(browser.Request(), answer);
    }
}
