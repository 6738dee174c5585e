using System.Text;
using System.Text.RegularExpressions;
using Arda.Gateway.Developers;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;

namespace Arda.Gateway.Tests.OAuth;

/// <summary>A code for a key: what is accepted, what is refused, and what a second use does.</summary>
public sealed class TokenTests(OAuthWorlds worlds)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<StoreKind> Both => Stores.Both;

    private Task<OAuthWorld> SqliteAsync() => worlds.OfAsync(StoreKind.Sqlite);

    [Fact]
    [OAuthCase("TK01")]
    public async Task What_is_no_posted_form_is_refused_as_OAuth_refuses()
    {
        var world = await SqliteAsync();
        var get = await world.GetAsync("/oauth/token");
        get.IsOAuthError(405, "invalid_request");
        Assert.Equal("POST", get.Header("Allow"));
        var form = "grant_type=authorization_code"u8.ToArray();
        foreach (
            var type in new[]
            {
                "application/json",
                "multipart/form-data; boundary=x",
                "text/plain",
                "application/x-www-form-urlencoded; charset=iso-8859-1",
                null,
            }
        )
        {
            (await world.PostRawAsync("/oauth/token", form, type)).IsOAuthError(
                400,
                "invalid_request"
            );
        }

        (await world.PostAsync("/oauth/token", [])).IsOAuthError(400, "invalid_request");
        (await world.GetAsync("/oauth/nothing")).IsOAuthError(404, "invalid_request");
    }

    [Theory]
    [OAuthCase("TK02")]
    [InlineData("code=%zz%00%ff")]
    [InlineData("code=%ed%a0%80")]
    [InlineData("code=%ff")]
    [InlineData("code=%4")]
    [InlineData("c\u00fc=1")]
    public async Task Bytes_that_are_no_form_are_refused(string body)
    {
        var world = await SqliteAsync();
        var answer = await world.PostRawAsync(
            "/oauth/token",
            Encoding.Latin1.GetBytes(body),
            "application/x-www-form-urlencoded"
        );
        answer.IsOAuthError(400, "invalid_request");
    }

    [Fact]
    [OAuthCase("TK02")]
    public async Task A_body_of_two_megabytes_is_refused()
    {
        var world = await SqliteAsync();
        var answer = await world.PostRawAsync(
            "/oauth/token",
            new byte[2 << 20],
            "application/x-www-form-urlencoded"
        );
        answer.IsOAuthError(413, "invalid_request");
    }

    [Theory]
    [OAuthCase("TK04")]
    [InlineData("grant_type")]
    [InlineData("code")]
    [InlineData("client_id")]
    [InlineData("code_verifier")]
    [InlineData("whatever")]
    public async Task A_repeated_parameter_is_refused(string name)
    {
        var world = await SqliteAsync();
        var app = await world.AppAsync();
        var code = await world.CodeAsync(app, await world.PersonAsync());
        var twice = await world.PostAsync(
            "/oauth/token",
            [
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", OAuthWorld.Callback),
                ("code_verifier", OAuthWorld.Verifier),
                ("client_id", app.Id.Value),
                (name, "x"),
                .. name == "whatever" ? [(name, (string?)"y")] : Array.Empty<(string, string?)>(),
            ]
        );
        twice.IsOAuthError(400, "invalid_request");
        // Names differ by case, so this is another parameter and means nothing.
        Assert.Equal(200, (await world.RedeemAsync(app, code, ("CODE", "x"))).Status);
    }

    [Theory]
    [OAuthCase("TK05")]
    [InlineData(null, "invalid_request")]
    [InlineData("password", "unsupported_grant_type")]
    [InlineData("client_credentials", "unsupported_grant_type")]
    [InlineData("refresh_token", "unsupported_grant_type")]
    [InlineData("implicit", "unsupported_grant_type")]
    [InlineData("urn:ietf:params:oauth:grant-type:token-exchange", "unsupported_grant_type")]
    public async Task Other_grants_do_not_exist(string? grantType, string error)
    {
        var world = await SqliteAsync();
        var app = await world.AppAsync();
        var answer = await world.RedeemAsync(app, "gw_ac_x", ("grant_type", grantType));
        answer.IsOAuthError(400, error);
    }

    [Fact]
    [OAuthCase("TK06")]
    public async Task An_app_without_device_codes_cannot_redeem_one()
    {
        var world = await SqliteAsync();
        var app = await world.AppAsync(with: about => about with { DeviceCodes = false });
        var answer = await world.PostAsync(
            "/oauth/token",
            [
                ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
                ("device_code", "gw_dc_x"),
                ("client_id", app.Id.Value),
            ]
        );
        answer.IsOAuthError(400, "unauthorized_client");
    }

    [Theory]
    [OAuthCase("TK08")]
    [MemberData(nameof(Both))]
    public async Task A_code_is_good_for_a_minute(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var app = await world.AppAsync();
        var code = await world.CodeAsync(app, await world.PersonAsync());
        await world.ExecuteAsync(
            "UPDATE oauth_code SET expires_at = expires_at - 61000 WHERE app = @app",
            ("app", app.Id.Value)
        );
        (await world.RedeemAsync(app, code)).IsOAuthError(400, "invalid_grant");
    }

    [Theory]
    [OAuthCase("TK09", "TK10")]
    [MemberData(nameof(Both))]
    public async Task A_code_of_another_client_or_address_is_refused_and_stays_good(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var app = await world.AppAsync(with: about =>
            about with
            {
                RedirectUris = ["http://127.0.0.1/cb", OAuthWorld.Callback],
            }
        );
        var other = await world.AppAsync();
        const string Asked = "http://127.0.0.1:5001/cb";
        var code = await world.CodeAsync(app, await world.PersonAsync(), ("redirect_uri", Asked));

        var stolen = await world.RedeemAsync(other, code, ("redirect_uri", Asked));
        stolen.IsOAuthError(400, "invalid_grant");
        (await world.RedeemAsync(app, code, ("redirect_uri", null))).IsOAuthError(
            400,
            "invalid_request"
        );
        (await world.RedeemAsync(app, code)).IsOAuthError(400, "invalid_grant");
        var port = await world.RedeemAsync(app, code, ("redirect_uri", "http://127.0.0.1:5002/cb"));
        port.IsOAuthError(400, "invalid_grant");
        Assert.Equal(200, (await world.RedeemAsync(app, code, ("redirect_uri", Asked))).Status);
    }

    [Fact]
    [OAuthCase("TK12")]
    public async Task A_verifier_must_be_the_one_and_five_wrong_ones_kill_the_code()
    {
        var world = await SqliteAsync();
        var app = await world.AppAsync();
        var code = await world.CodeAsync(app, await world.PersonAsync());
        var none = await world.RedeemAsync(app, code, ("code_verifier", null));
        none.IsOAuthError(400, "invalid_request");
        // The challenge itself, as "plain" would have it.
        for (var i = 0; i < 5; i++)
        {
            var wrong = await world.RedeemAsync(app, code, ("code_verifier", OAuthWorld.Challenge));
            wrong.IsOAuthError(400, "invalid_grant");
        }

        (await world.RedeemAsync(app, code)).IsOAuthError(400, "invalid_grant");
    }

    [Theory]
    [OAuthCase("TK13", "TK14")]
    [MemberData(nameof(Both))]
    public async Task A_rightful_second_use_ends_the_key_and_a_wrongful_one_ends_nothing(
        StoreKind kind
    )
    {
        var world = await worlds.OfAsync(kind);
        var app = await world.AppAsync(isConfidential: true);
        var secret = await world.SecretAsync(app);
        var good = ("client_secret", (string?)secret);
        var code = await world.CodeAsync(app, await world.PersonAsync());
        var key = (await world.RedeemAsync(app, code, good)).Text("access_token")!;

        var verifier = await world.RedeemAsync(
            app,
            code,
            good,
            ("code_verifier", new string('a', 43))
        );
        verifier.IsOAuthError(400, "invalid_grant");
        var stranger = await world.RedeemAsync(app, code, ("client_secret", secret[..^1] + "x"));
        stranger.IsOAuthError(401, "invalid_client");
        Assert.Equal(200, await world.StatusOfKeyAsync(key));

        (await world.RedeemAsync(app, code, good)).IsOAuthError(400, "invalid_grant");
        Assert.Equal(401, await world.StatusOfKeyAsync(key));
        Assert.Equal(
            1,
            await world.CountAsync(
                "SELECT COUNT(*) FROM api_key WHERE app = @app AND revoked_reason = 'CodeReplayed'",
                ("app", app.Id.Value)
            )
        );
    }

    [Theory]
    [OAuthCase("TK17")]
    [MemberData(nameof(Both))]
    public async Task What_was_withdrawn_after_the_consent_gives_no_key(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var person = await world.PersonAsync();
        var gone = await world.AppAsync();
        var ofGone = await world.CodeAsync(gone, person);
        var grant = (await world.Get<Connections>().ListAsync(person.Id, Ct)).Single().Grant;
        await world.Get<Connections>().RevokeAsync(grant.Id, RevokeReason.Disconnected, Ct);
        (await world.RedeemAsync(gone, ofGone)).IsOAuthError(400, "invalid_grant");

        var stopped = await world.AppAsync();
        var ofStopped = await world.CodeAsync(stopped, person);
        await world.ReviewAsync(stopped, AppState.Suspended);
        (await world.RedeemAsync(stopped, ofStopped)).IsOAuthError(400, "unauthorized_client");

        var app = await world.AppAsync();
        var ofDeleted = await world.CodeAsync(app, person);
        await world.ExecuteAsync(
            "UPDATE person SET state = 'deleted' WHERE id = @id",
            ("id", person.Id.Value)
        );
        (await world.RedeemAsync(app, ofDeleted)).IsOAuthError(400, "invalid_grant");
        Assert.Equal(
            0,
            await world.CountAsync(
                "SELECT COUNT(*) FROM api_key WHERE owner = @owner",
                ("owner", person.Id.Value)
            )
        );
    }

    [Theory]
    [OAuthCase("TK18", "TK20")]
    [MemberData(nameof(Both))]
    public async Task A_token_answer_has_the_shape_that_clients_parse(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var person = await world.PersonAsync();
        var app = await world.AppAsync();
        var code = await world.CodeAsync(
            app,
            person,
            ("scope", "openid offline_access inference"),
            ("nonce", "n-1")
        );
        var answer = await world.RedeemAsync(app, code);

        Assert.Equal((200, "application/json"), (answer.Status, answer.ContentType));
        Assert.Equal(
            ("no-store", "no-cache"),
            (answer.Header("Cache-Control"), answer.Header("Pragma"))
        );
        Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
        Assert.Matches(
            new Regex("^gw_sk_[0-9A-Za-z]{49}$", RegexOptions.None, TimeSpan.FromSeconds(1)),
            answer.Text("access_token")
        );
        Assert.Equal("Bearer", answer.Text("token_type"));
        Assert.Equal("inference openid", answer.Text("scope"));
        Assert.StartsWith("key_", answer.Text("key_id"), StringComparison.Ordinal);
        var project = answer.Json.GetProperty("project");
        Assert.Equal(person.Project.Slug, project.GetProperty("slug").GetString());
        Assert.Equal(person.Project.Id.Value, project.GetProperty("id").GetString());
        Assert.DoesNotContain("null", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("refresh_token", answer.Body, StringComparison.Ordinal);
        Assert.True(answer.Json.GetProperty("expires_in").GetInt64() > 0);
        Assert.Equal(
            200,
            (await ConsentTests.AskAsync(world, answer.Text("access_token")!)).Status
        );
    }

    [Theory]
    [OAuthCase("TK21")]
    [MemberData(nameof(Both))]
    public async Task Keys_of_one_user_and_app_do_not_pile_up(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var person = await world.PersonAsync();
        var app = await world.AppAsync();
        var keys = new List<string>();
        for (var i = 0; i < 10; i++)
        {
            var made = await world.RedeemAsync(app, await world.CodeAsync(app, person));
            keys.Add(made.Text("access_token")!);
        }

        // The eleventh within the hour has to wait, and its code is not used up.
        var code = await world.CodeAsync(app, person);
        var busy = await world.RedeemAsync(app, code);
        busy.IsOAuthError(429, "temporarily_unavailable");
        Assert.NotNull(busy.Header("Retry-After"));
        foreach (var key in keys)
        {
            Assert.Equal(200, await world.StatusOfKeyAsync(key));
        }

        await world.ExecuteAsync(
            "UPDATE api_key SET created_at = created_at - 3600001 WHERE app = @app",
            ("app", app.Id.Value)
        );
        var eleventh = (await world.RedeemAsync(app, code)).Text("access_token")!;
        Assert.Equal(200, await world.StatusOfKeyAsync(eleventh));
        Assert.Equal(401, await world.StatusOfKeyAsync(keys[0]));
        Assert.Equal(200, await world.StatusOfKeyAsync(keys[1]));
    }
}
