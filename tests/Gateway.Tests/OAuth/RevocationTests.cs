using System.Security.Cryptography;
using System.Text.Json;
using Arda.Gateway.Accounts;
using Arda.Gateway.Developers;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;
using AppRecord = Arda.Gateway.Developers.App;

namespace Arda.Gateway.Tests.OAuth;

/// <summary>How keys end, who may ask about them, and where they are never taken.</summary>
public sealed class RevocationTests(OAuthWorlds worlds)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<StoreKind> Both => Stores.Both;

    private Task<OAuthWorld> SqliteAsync() => worlds.OfAsync(StoreKind.Sqlite);

    [Theory]
    [OAuthCase("RV01", "RV02")]
    [MemberData(nameof(Both))]
    public async Task A_client_ends_its_own_keys_and_hears_nothing_of_others(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var (app, other) = (await world.AppAsync(), await world.AppAsync());
        var confidential = await world.AppAsync(isConfidential: true);
        var key = await KeyAsync(world, app);

        (await world.GetAsync("/oauth/revoke")).IsOAuthError(405, "invalid_request");
        var json = await world.PostRawAsync("/oauth/revoke", "{}"u8.ToArray(), "application/json");
        json.IsOAuthError(400, "invalid_request");
        (await RevokeAsync(world, app, null)).IsOAuthError(400, "invalid_request");
        (await RevokeAsync(world, confidential, key)).IsOAuthError(401, "invalid_client");
        Assert.Equal((200, ""), Said(await RevokeAsync(world, app, "garbage")));
        // Another app's key: the same answer, and it lives.
        Assert.Equal((200, ""), Said(await RevokeAsync(world, other, key)));
        Assert.Equal(200, await world.StatusOfKeyAsync(key));
        Assert.Equal((200, ""), Said(await RevokeAsync(world, app, key, "refresh_token")));
        Assert.Equal(401, await world.StatusOfKeyAsync(key));
        Assert.Equal((200, ""), Said(await RevokeAsync(world, app, key)));
    }

    [Theory]
    [OAuthCase("RV06")]
    [MemberData(nameof(Both))]
    public async Task Introspection_answers_a_confidential_app_about_its_own_keys(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var app = await world.AppAsync(isConfidential: true);
        var secret = await world.SecretAsync(app);
        var open = await world.AppAsync();
        var person = await world.PersonAsync();
        var code = await world.CodeAsync(app, person, ("scope", "inference openid"));
        var token = await world.RedeemAsync(app, code, ("client_secret", secret));
        var key = token.Text("access_token")!;

        (await AskAsync(world, app, null, key)).IsOAuthError(401, "invalid_client");
        (await AskAsync(world, open, null, key)).IsOAuthError(401, "invalid_client");
        var good = await AskAsync(world, app, secret, key);
        Assert.True(good.Json.GetProperty("active").GetBoolean());
        Assert.Equal("inference openid", good.Text("scope"));
        Assert.Equal(app.Id.Value, good.Text("client_id"));
        Assert.NotNull(good.Text("sub"));
        foreach (var not in new[] { await KeyAsync(world, open), code, secret, "total junk" })
        {
            Assert.Equal("{\"active\":false}", (await AskAsync(world, app, secret, not)).Body);
        }

        await RevokeAsync(world, app, key, secret: secret);
        Assert.Equal("{\"active\":false}", (await AskAsync(world, app, secret, key)).Body);
    }

    [Theory]
    [OAuthCase("RV08")]
    [MemberData(nameof(Both))]
    public async Task Disconnecting_or_suspending_ends_all_that_is_open_and_nothing_of_others(
        StoreKind kind
    )
    {
        var world = await worlds.OfAsync(kind);
        var person = await world.PersonAsync();
        var (app, other) = (await world.AppAsync(), await world.AppAsync());
        var (key, kept) = (
            await KeyAsync(world, app, person),
            await KeyAsync(world, other, person)
        );
        var code = await world.CodeAsync(app, person);
        var grant = (await world.Get<Connections>().ListAsync(person.Id, Ct))
            .Single(one => one.Grant.App == app.Id)
            .Grant;
        await world.Get<Connections>().RevokeAsync(grant.Id, RevokeReason.Disconnected, Ct);
        Assert.Equal(401, await world.StatusOfKeyAsync(key));
        (await world.RedeemAsync(app, code)).IsOAuthError(400, "invalid_grant");
        Assert.Equal(200, await world.StatusOfKeyAsync(kept));

        await world.ReviewAsync(other, AppState.Suspended);
        Assert.Equal(403, (await ConsentTests.AskAsync(world, kept)).Status);
    }

    [Fact]
    [OAuthCase("KY01", "KY02", "KY04")]
    public async Task A_key_counts_in_two_headers_and_nowhere_else()
    {
        var world = await SqliteAsync();
        var person = await world.PersonAsync();
        var app = await world.AppAsync();
        var code = await world.CodeAsync(app, person, ("scope", "inference openid"));
        var token = await world.RedeemAsync(app, code);
        var key = token.Text("access_token")!;
        foreach (var name in new[] { "api_key", "access_token", "key" })
        {
            Assert.Equal(401, (await world.GetAsync($"/v1/models?{name}={key}")).Status);
        }

        Assert.Equal(401, (await world.GetAsync("/v1/models", ("Cookie", "key=" + key))).Status);
        var form = await world.PostAsync("/v1/chat/completions", [("access_token", key)]);
        Assert.Contains(form.Status, new[] { 400, 401, 415 });
        string[] wrong =
        [
            key[..^1],
            key[..^1] + (key[^1] == 'A' ? 'B' : 'A'),
            Secrets.New(Secrets.ApiKey),
            Secrets.New(Secrets.ClientSecret),
            Secrets.New(Secrets.DeviceCode),
            code,
            token.Text("id_token")!,
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
        ];
        foreach (var one in wrong)
        {
            Assert.Equal(401, await world.StatusOfKeyAsync(one));
        }

        // Its owner hears that an address had it.
        await DeviceTests.MailToAsync(world, person, "address of a request");
    }

    [Fact]
    [OAuthCase("KY05")]
    public async Task A_key_without_a_scope_is_told_which_one_it_lacks()
    {
        var world = await SqliteAsync();
        var app = await world.AppAsync(with: about =>
            about with
            {
                AllowedScopes = ["models:read", "email"],
                DefaultScopes = ["models:read"],
            }
        );
        var key = await KeyAsync(world, app);
        var chat = await ConsentTests.AskAsync(world, key);
        var models = await world.GetAsync("/v1/models", ("Authorization", "Bearer " + key));
        var who = await world.GetAsync("/oauth/userinfo", ("Authorization", "Bearer " + key));

        foreach (
            var (answer, scope) in new[]
            {
                (chat, "inference"),
                (models, "inference"),
                (who, "openid"),
            }
        )
        {
            Assert.Equal(403, answer.Status);
            Assert.Contains(
                $"error=\"insufficient_scope\", scope=\"{scope}\"",
                answer.Header("WWW-Authenticate"),
                StringComparison.Ordinal
            );
        }

        foreach (var path in new[] { "/admin/apps", "/developers/apps" })
        {
            var answer = await world.GetAsync(path, ("Authorization", "Bearer " + key));
            Assert.Equal(401, answer.Status);
        }
    }

    [Fact]
    [OAuthCase("KY06")]
    public async Task Somebody_elses_generation_is_not_found()
    {
        var world = await SqliteAsync();
        var app = await world.AppAsync(with: about =>
            about with
            {
                DefaultScopes = ["inference", "usage:read"],
                AllowedScopes = ["inference", "usage:read"],
            }
        );
        var (mine, theirs) = (await KeyAsync(world, app), await KeyAsync(world, app));
        var generation = (await ConsentTests.AskAsync(world, mine)).Header("X-Arda-Generation-Id");
        Assert.NotNull(generation);
        var path = "/v1/gateway/generations/" + generation;
        var own = await world.GetAsync(path, ("Authorization", "Bearer " + mine));
        var other = await world.GetAsync(path, ("Authorization", "Bearer " + theirs));
        Assert.Equal((200, 404), (own.Status, other.Status));
    }

    [Fact]
    [OAuthCase("KY08")]
    public async Task A_signed_leak_report_ends_keys_and_an_unsigned_one_nothing()
    {
        using var signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await using var world = await OAuthWorld.StartAsync(
            StoreKind.Sqlite,
            postgres: null,
            ("LeakReports:Keys:k1", signer.ExportSubjectPublicKeyInfoPem())
        );
        var person = await world.PersonAsync();
        var app = await world.AppAsync();
        var key = await KeyAsync(world, app, person);
        var entries = Enumerable
            .Range(0, 10_000)
            .Select(i => new
            {
                token = i == 7 ? key : Secrets.New(Secrets.ApiKey),
                type = "arda",
                url = "https://example.com/leak",
            });
        var body = JsonSerializer.SerializeToUtf8Bytes(entries);
        var signature = signer.SignData(
            body,
            HashAlgorithmName.SHA256,
            DSASignatureFormat.Rfc3279DerSequence
        );

        (await ReportAsync(world, body, "k1", new byte[70])).IsOAuthError(401, "invalid_signature");
        (await ReportAsync(world, body, "k2", signature)).IsOAuthError(401, "invalid_signature");
        Assert.Equal(200, await world.StatusOfKeyAsync(key));
        for (var time = 0; time < 2; time++)
        {
            var answer = await ReportAsync(world, body, "k1", signature);
            Assert.Equal(200, answer.Status);
            var labels = answer
                .Json.EnumerateArray()
                .Select(one => one.GetProperty("label").GetString())
                .ToList();
            Assert.Equal(10_000, labels.Count);
            Assert.Equal("true_positive", labels[7]);
            Assert.Single(labels, label => label == "true_positive");
            Assert.DoesNotContain(key, answer.Body, StringComparison.Ordinal);
        }

        Assert.Equal(401, await world.StatusOfKeyAsync(key));
        var mail = await DeviceTests.MailToAsync(world, person, "found published");
        var mails = world.Get<DevMailbox>().Mails;
        Assert.Single(mails, one => one.To == person.Session.Person.Email && one.Text == mail);
    }

    [Fact]
    [OAuthCase("KY08")]
    public async Task The_operator_can_report_a_key_by_hand()
    {
        var world = await SqliteAsync();
        var key = await KeyAsync(world, await world.AppAsync());
        var body = JsonSerializer.SerializeToUtf8Bytes(new { tokens = new[] { key, "junk" } });
        const string Path = "/admin/leaked-keys";
        var anonymous = await world.PostRawAsync(Path, body, "application/json");
        Assert.Equal(401, anonymous.Status);
        Assert.Equal(200, await world.StatusOfKeyAsync(key));
        var admin = "Bearer " + world.Host.Demo.GetProperty("admin_token").GetString();
        var told = await world.PostRawAsync(
            Path,
            body,
            "application/json",
            ("Authorization", admin)
        );
        Assert.Equal("{\"revoked\":1}", told.Body);
        Assert.Equal(401, await world.StatusOfKeyAsync(key));
    }

    [Fact]
    [OAuthCase("KY09")]
    public async Task Whoever_holds_a_key_can_end_it()
    {
        var world = await SqliteAsync();
        var key = await KeyAsync(world, await world.AppAsync());
        var answer = await world.PostRawAsync(
            "/v1/keys/self/revoke",
            [],
            null,
            ("Authorization", "Bearer " + key)
        );
        Assert.Equal(204, answer.Status);
        Assert.Equal(401, await world.StatusOfKeyAsync(key));
    }

    [Fact]
    public async Task Userinfo_says_what_was_granted_and_differs_by_developer()
    {
        var world = await SqliteAsync();
        var person = await world.PersonAsync();
        var (app, other) = (await world.AppAsync(), await world.AppAsync());
        var sibling = await world.AppAsync(owner: app.Owner);
        var all = await WhoAsync(world, app, person, "openid email profile inference");
        var less = await WhoAsync(world, sibling, person, "openid inference");
        var elsewhere = await WhoAsync(world, other, person, "openid inference");

        Assert.Equal(person.Session.Person.Email, all.Text("email"));
        Assert.True(all.Json.GetProperty("email_verified").GetBoolean());
        Assert.Null(less.Text("email"));
        Assert.Equal(all.Text("sub"), less.Text("sub"));
        Assert.NotEqual(all.Text("sub"), elsewhere.Text("sub"));
        Assert.Equal("no-store", all.Header("Cache-Control"));
        (await world.GetAsync("/oauth/userinfo")).IsOAuthError(401, "invalid_token");
    }

    private static async Task<Answered> WhoAsync(
        OAuthWorld world,
        AppRecord app,
        Signed person,
        string scope
    )
    {
        var code = await world.CodeAsync(app, person, ("scope", scope));
        var key = (await world.RedeemAsync(app, code)).Text("access_token");
        return await world.GetAsync("/oauth/userinfo", ("Authorization", "Bearer " + key));
    }

    internal static async Task<string> KeyAsync(
        OAuthWorld world,
        AppRecord app,
        Signed? person = null
    )
    {
        var code = await world.CodeAsync(app, person ?? await world.PersonAsync());
        return (await world.RedeemAsync(app, code)).Text("access_token")!;
    }

    private static Task<Answered> RevokeAsync(
        OAuthWorld world,
        AppRecord app,
        string? token,
        string? hint = null,
        string? secret = null
    ) =>
        world.PostAsync(
            "/oauth/revoke",
            [
                ("token", token),
                ("token_type_hint", hint),
                ("client_id", app.Id.Value),
                ("client_secret", secret),
            ]
        );

    private static Task<Answered> AskAsync(
        OAuthWorld world,
        AppRecord app,
        string? secret,
        string token
    ) =>
        world.PostAsync(
            "/oauth/introspect",
            [("token", token), ("client_id", app.Id.Value), ("client_secret", secret)]
        );

    private static Task<Answered> ReportAsync(
        OAuthWorld world,
        byte[] body,
        string key,
        byte[] signature
    ) =>
        world.PostRawAsync(
            "/security/leaked-keys",
            body,
            "application/json",
            ("Github-Public-Key-Identifier", key),
            ("Github-Public-Key-Signature", Convert.ToBase64String(signature))
        );

    private static (int, string) Said(Answered answer) => (answer.Status, answer.Body);
}
