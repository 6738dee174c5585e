using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Arda.Gateway.Developers;
using Arda.Gateway.OAuth;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;

namespace Arda.Gateway.Tests.OAuth;

/// <summary>What clients learn by themselves, and the keys by which they check it.</summary>
public sealed class DiscoveryTests(OAuthWorlds worlds)
{
    public static TheoryData<StoreKind> Both => Stores.Both;

    [Fact]
    [OAuthCase("DI01")]
    public async Task The_metadata_is_true()
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var one = await world.GetAsync("/.well-known/openid-configuration");
        var two = await world.GetAsync("/.well-known/oauth-authorization-server");

        Assert.Equal(one.Body, two.Body);
        Assert.Equal("application/json", one.ContentType);
        Assert.Equal(
            ("public, max-age=300", "*"),
            (one.Header("Cache-Control"), one.Header("Access-Control-Allow-Origin"))
        );
        Assert.Equal(world.Issuer, one.Text("issuer"));
        Assert.Equal(["code"], List(one, "response_types_supported"));
        Assert.Equal(["S256"], List(one, "code_challenge_methods_supported"));
        Assert.Equal(
            ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"],
            List(one, "grant_types_supported")
        );
        foreach (var no in new[] { "request", "request_uri", "claims" })
        {
            Assert.False(one.Json.GetProperty(no + "_parameter_supported").GetBoolean());
        }

        Assert.True(
            one.Json.GetProperty("authorization_response_iss_parameter_supported").GetBoolean()
        );
        foreach (
            var name in new[] { "token", "device_authorization", "revocation", "introspection" }
        )
        {
            var address = one.Text(name + "_endpoint")!;
            Assert.StartsWith(world.Issuer + "/", address, StringComparison.Ordinal);
            var answer = await world.GetAsync(address[world.Issuer.Length..]);
            answer.IsOAuthError(405, "invalid_request");
        }

        (await world.PostAsync("/.well-known/openid-configuration", [])).IsOAuthError(
            405,
            "invalid_request"
        );
    }

    [Theory]
    [OAuthCase("DI02")]
    [MemberData(nameof(Both))]
    public async Task The_published_keys_have_public_members_alone(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var answer = await world.GetAsync("/oauth/jwks");
        Assert.Equal(
            ("application/json", "*"),
            (answer.ContentType, answer.Header("Access-Control-Allow-Origin"))
        );
        Assert.Equal("public, max-age=300", answer.Header("Cache-Control"));
        var keys = answer.Json.GetProperty("keys").EnumerateArray().ToList();
        Assert.NotEmpty(keys);
        foreach (var key in keys)
        {
            Assert.Equal(
                ["alg", "e", "kid", "kty", "n", "use"],
                key.EnumerateObject().Select(one => one.Name).Order(StringComparer.Ordinal)
            );
        }

        var ids = keys.Select(key => key.GetProperty("kid").GetString()).ToList();
        Assert.Equal(ids.Distinct(), ids);
        // The private half does not stand in the store as it is.
        Assert.Equal(
            0,
            await world.CountAsync(
                "SELECT COUNT(*) FROM oauth_signing_key WHERE sealed_private_key LIKE 'MII%'"
            )
        );
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_new_key_is_published_before_it_signs_and_the_old_one_stays(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var person = await world.PersonAsync();
        var app = await world.AppAsync();
        var before = await IdTokenAsync(world, app, person);
        var next = await world.Get<SigningKeys>().RotateAsync();
        var during = await IdTokenAsync(world, app, person);
        Assert.Equal(KidOf(before), KidOf(during));
        Assert.Contains(next, await KidsAsync(world));

        await world.ExecuteAsync(
            "UPDATE oauth_signing_key SET active_from = active_from - 600001 WHERE kid = @kid",
            ("kid", next)
        );
        // Read anew, as it would be within half a minute.
        world.Get<SigningKeys>().Forget();
        var after = await IdTokenAsync(world, app, person);
        Assert.Equal(next, KidOf(after));
        Assert.Contains(KidOf(before), await KidsAsync(world));
        await VerifyAsync(world, before);
        await VerifyAsync(world, after);
    }

    [Fact]
    public async Task An_id_token_says_who_for_whom_and_no_nonce_that_was_not_sent()
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var person = await world.PersonAsync();
        var app = await world.AppAsync();
        var plain = Claims(await IdTokenAsync(world, app, person));
        var code = await world.CodeAsync(app, person, ("scope", "openid"), ("nonce", "n&1"));
        var withNonce = Claims((await world.RedeemAsync(app, code)).Text("id_token")!);

        Assert.Equal(
            ["aud", "auth_time", "exp", "iat", "iss", "sub"],
            plain.EnumerateObject().Select(one => one.Name).Order(StringComparer.Ordinal)
        );
        Assert.Equal(world.Issuer, plain.GetProperty("iss").GetString());
        Assert.Equal(app.Id.Value, plain.GetProperty("aud").GetString());
        Assert.Equal("n&1", withNonce.GetProperty("nonce").GetString());
        Assert.Equal(
            plain.GetProperty("sub").GetString(),
            withNonce.GetProperty("sub").GetString()
        );
    }

    [Fact]
    [OAuthCase("DI04")]
    public async Task Authorize_info_says_what_the_consent_page_says_and_no_more()
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var owner = await world.PersonAsync();
        var app = await world.AppAsync(
            owner: owner.Id,
            with: about => about with { MarkupBps = 1_500, WebsiteUrl = "https://app.example" }
        );
        var good = await InfoAsync(world, app.Id.Value, OAuthWorld.Callback);

        Assert.Equal(200, good.Status);
        Assert.Equal("public, max-age=60", good.Header("Cache-Control"));
        Assert.Equal("*", good.Header("Access-Control-Allow-Origin"));
        Assert.Equal(
            ("Notebook", "approved", "https://app.example"),
            (good.Text("name"), good.Text("status"), good.Text("website_url"))
        );
        Assert.Equal(4, good.Json.GetProperty("scopes").GetArrayLength());
        Assert.Equal(1_500, good.Json.GetProperty("reseller").GetProperty("markup_bps").GetInt32());
        Assert.DoesNotContain(owner.Session.Person.Email, good.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("usr_", good.Body, StringComparison.Ordinal);
        (await InfoAsync(world, "gw_app_x", OAuthWorld.Callback)).IsOAuthError(
            404,
            "invalid_client"
        );
        var wrong = await InfoAsync(world, app.Id.Value, "https://app.example/other");
        wrong.IsOAuthError(400, "invalid_redirect_uri");
        var pending = await world.AppAsync(state: AppState.Pending);
        var waiting = await InfoAsync(world, pending.Id.Value, OAuthWorld.Callback);
        waiting.IsOAuthError(403, "app_not_approved");
        Assert.Equal("pending", waiting.Text("status"));
    }

    [Fact]
    [OAuthCase("DI04")]
    public async Task A_flood_of_questions_is_stopped()
    {
        await using var world = await OAuthWorld.StartAsync(StoreKind.Sqlite);
        var statuses = new List<int>();
        for (var i = 0; i < 300 && !statuses.Contains(429); i++)
        {
            statuses.Add((await InfoAsync(world, "gw_app_x", "x")).Status);
        }

        Assert.Contains(429, statuses);
    }

    private static Task<Answered> InfoAsync(OAuthWorld world, string client, string uri) =>
        world.GetAsync(
            $"/oauth/authorize/info?client_id={client}&redirect_uri={Uri.EscapeDataString(uri)}"
        );

    private static async Task<string> IdTokenAsync(
        OAuthWorld world,
        Arda.Gateway.Developers.App app,
        Signed person
    )
    {
        var code = await world.CodeAsync(app, person, ("scope", "inference openid"));
        return (await world.RedeemAsync(app, code)).Text("id_token")!;
    }

    private static async Task VerifyAsync(OAuthWorld world, string token)
    {
        var keys = (await world.GetAsync("/oauth/jwks")).Json.GetProperty("keys");
        var key = keys.EnumerateArray()
            .Single(one => one.GetProperty("kid").GetString() == KidOf(token));
        using var rsa = RSA.Create();
        rsa.ImportParameters(
            new RSAParameters
            {
                Modulus = Base64Url.DecodeFromChars(key.GetProperty("n").GetString()),
                Exponent = Base64Url.DecodeFromChars(key.GetProperty("e").GetString()),
            }
        );
        var parts = token.Split('.');
        Assert.True(
            rsa.VerifyData(
                Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]),
                Base64Url.DecodeFromChars(parts[2]),
                HashAlgorithmName.SHA256,
                RSASignaturePadding.Pkcs1
            )
        );
    }

    private static async Task<List<string?>> KidsAsync(OAuthWorld world) =>
        [
            .. (await world.GetAsync("/oauth/jwks"))
                .Json.GetProperty("keys")
                .EnumerateArray()
                .Select(key => key.GetProperty("kid").GetString()),
        ];

    private static string KidOf(string token) =>
        JsonDocument
            .Parse(Base64Url.DecodeFromChars(token.Split('.')[0]))
            .RootElement.GetProperty("kid")
            .GetString()!;

    private static JsonElement Claims(string token) =>
        JsonDocument.Parse(Base64Url.DecodeFromChars(token.Split('.')[1])).RootElement;

    private static IEnumerable<string?> List(Answered answer, string name) =>
        answer.Json.GetProperty(name).EnumerateArray().Select(one => one.GetString());
}
