using System.Text.Json.Nodes;
using Arda.Gateway.Accounts;
using Arda.Gateway.Http;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace Arda.Gateway.Tests.Accounts;

/// <summary>Sign-in at another provider, over real HTTP and real signatures.</summary>
public sealed class ExternalSignInTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_verified_address_signs_in_and_stays_linked_to_its_subject(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        await using var provider = await OpenIdProvider.StartAsync();
        var node = new AccountsNode(store.Database);
        using var external = External(node, provider);
        var known = await node.PersonAsync("ADA@example.com");
        var browser = new Browser(node);

        var first = Assert.IsType<ExternalAnswer.Known>(
            await WalkAsync(external, provider, browser)
        );
        Assert.Equal((known.Id, "Ada", "int_1"), (first.Person.Id, first.Person.Name, first.Flow));

        provider.Claims = claims => claims["email"] = "other@example.com";
        var second = Assert.IsType<ExternalAnswer.Known>(
            await WalkAsync(external, provider, browser)
        );
        Assert.Equal(known.Id, second.Person.Id);
        await node.AssertNothingLeakedAsync();
    }

    private static readonly Dictionary<string, Action<JsonObject>> s_lies = new(
        StringComparer.Ordinal
    )
    {
        ["another issuer"] = claims => claims["iss"] = "https://evil.example",
        ["another audience"] = claims => claims["aud"] = "somebody-else",
        ["two audiences"] = claims => claims["aud"] = new JsonArray("x", OpenIdProvider.ClientId),
        ["no audience"] = claims => claims.Remove("aud"),
        ["another nonce"] = claims => claims["nonce"] = "replayed",
        ["no nonce"] = claims => claims.Remove("nonce"),
        ["expired"] = claims => claims["exp"] = claims["iat"]!.GetValue<long>() - 600,
        ["no expiry"] = claims => claims.Remove("exp"),
        ["from the future"] = claims => claims["iat"] = claims["exp"]!.GetValue<long>() + 600,
        ["no subject"] = claims => claims.Remove("sub"),
        ["an empty subject"] = claims => claims["sub"] = "",
    };

    public static TheoryData<string> Lies => [.. s_lies.Keys];

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task A_token_that_says_something_else_signs_nobody_in(string lie)
    {
        await using var store = await Stores.OpenAsync(StoreKind.Sqlite, AccountsSchema.Migrations);
        await using var provider = await OpenIdProvider.StartAsync();
        var node = new AccountsNode(store.Database);
        using var external = External(node, provider);
        provider.Claims = s_lies[lie];

        var answer = await WalkAsync(external, provider, new Browser(node));

        Assert.Equal(new ExternalAnswer.Failed("int_1"), answer);
    }

    // SE05: where a sign-in goes on is known to the server; nothing in the address changes it.
    [Fact]
    public async Task SE05_no_parameter_of_a_callback_says_where_to_go()
    {
        await using var store = await Stores.OpenAsync(StoreKind.Sqlite, AccountsSchema.Migrations);
        await using var provider = await OpenIdProvider.StartAsync();
        var node = new AccountsNode(store.Database);
        using var external = External(node, provider);
        var browser = new Browser(node);
        var callback = provider.Consent((await BeginAsync(external, browser))!);

        var answer = await CompleteAsync(
            external,
            browser,
            callback + "&flow=//evil&returnUrl=/%5Cevil&redirect=%2f%2fevil"
        );

        Assert.Equal("int_1", Assert.IsType<ExternalAnswer.Known>(answer).Flow);
    }

    [Theory]
    [InlineData("RS256", false, true)]
    [InlineData("ES256", false, true)]
    [InlineData("RS256", true, false)]
    [InlineData("HS256", false, false)]
    [InlineData("none", false, false)]
    public async Task Only_the_providers_own_signature_counts(
        string algorithm,
        bool forges,
        bool holds
    )
    {
        await using var store = await Stores.OpenAsync(StoreKind.Sqlite, AccountsSchema.Migrations);
        await using var provider = await OpenIdProvider.StartAsync(takesBasic: false);
        var node = new AccountsNode(store.Database);
        using var external = External(node, provider);
        (provider.Algorithm, provider.Forges) = (algorithm, forges);

        var answer = await WalkAsync(external, provider, new Browser(node));

        Assert.Equal(holds, answer is ExternalAnswer.Known);
    }

    [Fact]
    public async Task An_address_that_is_not_verified_opens_no_account()
    {
        await using var store = await Stores.OpenAsync(StoreKind.Sqlite, AccountsSchema.Migrations);
        await using var provider = await OpenIdProvider.StartAsync();
        var node = new AccountsNode(store.Database);
        using var external = External(node, provider);
        foreach (
            var tell in (Action<JsonObject>[])
                [
                    claims => claims["email_verified"] = false,
                    claims => claims.Remove("email_verified"),
                    claims => claims.Remove("email"),
                    claims => claims["email"] = "no address",
                ]
        )
        {
            provider.Claims = tell;
            Assert.IsType<ExternalAnswer.NoVerifiedEmail>(
                await WalkAsync(external, provider, new Browser(node))
            );
        }

        Assert.Null(
            await node.People.FindByEmailAsync(AccountsNode.EmailOf("ada@example.com"), Ct)
        );
    }

    // Login CSRF: an answer that another browser began would sign its owner into a stranger's account.
    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_callback_counts_once_and_in_the_browser_that_began(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        await using var provider = await OpenIdProvider.StartAsync();
        var node = new AccountsNode(store.Database);
        using var external = External(node, provider);
        var (mine, theirs) = (new Browser(node), new Browser(node));
        theirs.Visit();
        var callback = provider.Consent((await BeginAsync(external, mine))!);

        Assert.IsType<ExternalAnswer.Failed>(await CompleteAsync(external, theirs, callback));
        Assert.IsType<ExternalAnswer.Known>(await CompleteAsync(external, mine, callback));
        Assert.IsType<ExternalAnswer.Failed>(await CompleteAsync(external, mine, callback));

        var mixedUp = provider.Consent((await BeginAsync(external, mine))!);
        var elsewhere = mixedUp.Replace("iss=", "iss=x", StringComparison.Ordinal);
        Assert.IsType<ExternalAnswer.Failed>(await CompleteAsync(external, mine, elsewhere));
        var begun = new Uri((await BeginAsync(external, mine))!);
        var state = begun
            .Query.Split('&')
            .Single(part => part.Contains("state=", StringComparison.Ordinal))
            .Split('=')[1];
        Assert.Equal(
            new ExternalAnswer.Refused("int_1"),
            await CompleteAsync(external, mine, "?error=access_denied&state=" + state)
        );
    }

    [Fact]
    public async Task A_provider_that_calls_itself_otherwise_or_is_unknown_begins_nothing()
    {
        await using var store = await Stores.OpenAsync(StoreKind.Sqlite, AccountsSchema.Migrations);
        await using var provider = await OpenIdProvider.StartAsync();
        var node = new AccountsNode(store.Database);
        using var external = External(node, provider);
        provider.PublishedIssuer = provider.Issuer + "/";

        Assert.Null(await BeginAsync(external, new Browser(node)));
        Assert.Null(await external.BeginAsync("nobody", new Browser(node).Request(), null));
    }

    [Theory]
    [InlineData("Authority", "http://accounts.example.com")]
    [InlineData("Authority", "accounts.example.com")]
    [InlineData("ClientId", "")]
    [InlineData("ClientSecretFile", "/nowhere/at/all")]
    public void A_setting_that_cannot_be_meant_stops_the_start(string key, string value)
    {
        var settings = new Dictionary<string, string?>
        {
            ["SignIn:External:x:Authority"] = "https://accounts.example.com",
            ["SignIn:External:x:ClientId"] = "id",
            ["SignIn:External:x:ClientSecretFile"] = "/nowhere/at/all",
            ["SignIn:External:x:" + key] = value,
        };
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();

        var mistake = Assert.Throws<ConfigurationException>(() =>
            ExternalProvider.ReadAll(configuration)
        );
        Assert.Contains("SignIn:External:x:" + key, mistake.Message, StringComparison.Ordinal);
    }

    private static ExternalSignIn External(AccountsNode node, OpenIdProvider provider) =>
        new(
            [
                new ExternalProvider
                {
                    Name = "test",
                    Title = "Test",
                    Authority = provider.Issuer,
                    ClientId = OpenIdProvider.ClientId,
                    ClientSecret = OpenIdProvider.ClientSecret,
                },
            ],
            node.Database,
            node.People,
            node.Cookies,
            node.Edge,
            TimeProvider.System,
            NullLogger<ExternalSignIn>.Instance
        );

    private static async Task<ExternalAnswer> WalkAsync(
        ExternalSignIn external,
        OpenIdProvider provider,
        Browser browser
    )
    {
        var callback = provider.Consent((await BeginAsync(external, browser))!);
        return await CompleteAsync(external, browser, callback);
    }

    private static async Task<string?> BeginAsync(ExternalSignIn external, Browser browser)
    {
        var http = browser.Request();
        var address = await external.BeginAsync("test", http, flow: "int_1");
        browser.Keep(http);
        return address;
    }

    private static Task<ExternalAnswer> CompleteAsync(
        ExternalSignIn external,
        Browser browser,
        string query
    )
    {
        var http = browser.Request();
        http.Request.QueryString = new QueryString(query);
        return external.CompleteAsync("test", http);
    }
}
