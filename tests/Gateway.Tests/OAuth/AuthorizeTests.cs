using System.Buffers.Text;
using System.Text;
using Arda.Gateway.Developers;
using Arda.Gateway.Kernel;
using Arda.Gateway.OAuth;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;

namespace Arda.Gateway.Tests.OAuth;

/// <summary>How authorize requests are judged: what becomes a page, what goes back to the app.</summary>
public sealed class AuthorizeTests(OAuthWorlds worlds)
{
    public static TheoryData<StoreKind> Both => Stores.Both;

    private Task<OAuthWorld> SqliteAsync() => worlds.OfAsync(StoreKind.Sqlite);

    [Fact]
    [OAuthCase("AZ01", "AZ10")]
    public async Task A_client_that_is_absent_unknown_or_written_otherwise_gets_the_same_page()
    {
        var world = await SqliteAsync();
        var app = await world.AppAsync();
        string[] queries =
        [
            OAuthWorld.Query(app, ("client_id", null)),
            OAuthWorld.Query(app, ("client_id", "gw_app_unknown")),
            OAuthWorld.Query(app, ("client_id", "gw_app_\0")),
            OAuthWorld.Query(app, ("client_id", null), ("Client_ID", app.Id.Value)),
        ];
        var pages = new List<AuthorizeStep>();
        foreach (var query in queries)
        {
            pages.Add(await world.AuthorizeAsync(query, session: null));
        }

        var page = Assert.IsType<AuthorizeStep.ErrorPage>(Assert.Single(pages.Distinct()));
        Assert.Equal(400, page.Status);
        var absent = OAuthWorld.Query(
            app,
            ("redirect_uri", null),
            ("REDIRECT_URI", OAuthWorld.Callback)
        );
        Assert.IsType<AuthorizeStep.ErrorPage>(await world.AuthorizeAsync(absent, session: null));
    }

    [Theory]
    [OAuthCase("AZ02")]
    [InlineData("scope", "admin")]
    [InlineData("response_type", "token")]
    [InlineData("code_challenge", null)]
    [InlineData("request_uri", "http://127.0.0.1:9/x")]
    public async Task An_unregistered_address_wins_over_every_other_error(
        string name,
        string? value
    )
    {
        var world = await SqliteAsync();
        var app = await world.AppAsync();
        var query = OAuthWorld.Query(
            app,
            ("redirect_uri", "https://attacker.example/cb"),
            (name, value)
        );
        var step = await world.AuthorizeAsync(query, session: null);
        Assert.Equal(400, Assert.IsType<AuthorizeStep.ErrorPage>(step).Status);
    }

    [Theory]
    [OAuthCase("AZ04", "AZ05", "AZ08")]
    [MemberData(nameof(RedirectTricks.OffTheWeb), MemberType = typeof(RedirectTricks))]
    public async Task An_address_that_is_not_the_registered_one_gets_a_page(string uri)
    {
        var world = await SqliteAsync();
        var app = await world.AppAsync();
        var step = await world.AuthorizeAsync(
            OAuthWorld.Query(app, ("redirect_uri", uri)),
            session: null
        );
        Assert.IsType<AuthorizeStep.ErrorPage>(step);
    }

    [Theory]
    [OAuthCase("AZ06")]
    [MemberData(nameof(RedirectTricks.OnLoopback), MemberType = typeof(RedirectTricks))]
    public async Task On_loopback_a_native_app_may_vary_its_port_alone(string uri, bool isRight)
    {
        var world = await SqliteAsync();
        var native = await world.AppAsync(with: LoopbackOnly);
        var web = await world.AppAsync(AppKind.Web, isConfidential: true, with: LoopbackOnly);
        var query = ("redirect_uri", (string?)uri);
        var ofNative = await world.AuthorizeAsync(OAuthWorld.Query(native, query), session: null);
        var ofWeb = await world.AuthorizeAsync(OAuthWorld.Query(web, query), session: null);

        Assert.Equal(isRight, ofNative is AuthorizeStep.SignIn);
        Assert.Equal(uri == "http://127.0.0.1/cb", ofWeb is AuthorizeStep.SignIn);
    }

    [Fact]
    [OAuthCase("AZ09")]
    public async Task A_repeated_parameter_is_an_error_and_a_doubtful_one_is_not_used()
    {
        var world = await SqliteAsync();
        var app = await world.AppAsync();
        var good = OAuthWorld.Query(app);
        var client = await world.AuthorizeAsync(good + "&client_id=" + app.Id, session: null);
        var uri = await world.AuthorizeAsync(good + "&redirect_uri=https://app.example/cb", null);
        var scope = await world.AuthorizeAsync(good + "&scope=openid&scope=email", session: null);
        var state = await world.AuthorizeAsync(good + "&state=other", session: null);

        Assert.IsType<AuthorizeStep.ErrorPage>(client);
        Assert.IsType<AuthorizeStep.ErrorPage>(uri);
        Assert.Equal("invalid_request", OAuthWorld.Answer(scope)["error"]);
        Assert.Equal("xyz", OAuthWorld.Answer(scope)["state"]);
        Assert.Equal("invalid_request", OAuthWorld.Answer(state)["error"]);
        Assert.Empty(OAuthWorld.Answer(state).All("state"));
    }

    [Theory]
    [OAuthCase("AZ12", "AZ13", "AZ14", "AZ16", "AZ17", "AZ18", "TK12")]
    [InlineData("response_mode", "fragment", "invalid_request")]
    [InlineData("response_mode", "form_post", "invalid_request")]
    [InlineData("response_mode", "web_message", "invalid_request")]
    [InlineData("response_mode", "query.jwt", "invalid_request")]
    [InlineData("response_mode", "junk", "invalid_request")]
    [InlineData("response_type", null, "invalid_request")]
    [InlineData("response_type", "token", "unsupported_response_type")]
    [InlineData("response_type", "code id_token", "unsupported_response_type")]
    [InlineData("code_challenge", null, "invalid_request")]
    [InlineData("code_challenge", "short", "invalid_request")]
    [InlineData("code_challenge_method", "plain", "invalid_request")]
    [InlineData("code_challenge_method", null, "invalid_request")]
    [InlineData("code_challenge_method", "s256", "invalid_request")]
    [InlineData("code_challenge_method", "S512", "invalid_request")]
    [InlineData("scope", "admin", "invalid_scope")]
    [InlineData("scope", "usage:read", "invalid_scope")]
    [InlineData("scope", "a\"b", "invalid_scope")]
    [InlineData("scope", "inference\topenid", "invalid_scope")]
    [InlineData("scope", "inference\0", "invalid_scope")]
    [InlineData("request", "eyJ", "request_not_supported")]
    [InlineData("request_uri", "http://127.0.0.1:9/x", "request_uri_not_supported")]
    [InlineData("registration", "{}", "registration_not_supported")]
    [InlineData("prompt", "none login", "invalid_request")]
    [InlineData("prompt", "junk", "invalid_request")]
    [InlineData("prompt", "none", "login_required")]
    [InlineData("max_age", "-1", "invalid_request")]
    [InlineData("id_token_hint", "junk", "invalid_request")]
    public async Task A_wrong_request_of_a_known_app_goes_back_with_state_and_issuer(
        string name,
        string? value,
        string error
    )
    {
        var world = await SqliteAsync();
        foreach (var isConfidential in new[] { false, true })
        {
            var app = await world.AppAsync(
                isConfidential: isConfidential,
                with: about =>
                    about with
                    {
                        AllowedScopes = ["inference", "openid", "models:read"],
                        DefaultScopes = ["inference"],
                    }
            );
            var step = await world.AuthorizeAsync(OAuthWorld.Query(app, (name, value)), null);
            var answer = OAuthWorld.Answer(step);
            Assert.Equal(error, answer["error"]);
            Assert.Equal("xyz", answer["state"]);
            Assert.Equal(world.Issuer, answer["iss"]);
            Assert.Null(answer["code"]);
        }
    }

    [Fact]
    [OAuthCase("AZ18", "CN09")]
    public async Task Without_asking_there_is_a_code_only_where_consent_is_remembered()
    {
        var world = await SqliteAsync();
        var person = await world.PersonAsync();
        var web = await world.AppAsync();
        var silent = OAuthWorld.Query(web, ("prompt", "none"));
        var before = await world.AuthorizeAsync(silent, person.Session);
        Assert.Equal("consent_required", OAuthWorld.Answer(before)["error"]);

        await world.CodeAsync(web, person);
        Assert.NotNull(
            OAuthWorld.Answer(await world.AuthorizeAsync(silent, person.Session))["code"]
        );

        // Anyone may claim a scheme or a loopback port, so there consent is asked each time.
        foreach (var uri in new[] { "myapp://oauth/callback", "http://127.0.0.1:5555/cb" })
        {
            var native = await world.AppAsync(with: about =>
                about with
                {
                    RedirectUris = ["myapp://oauth/callback", "http://127.0.0.1/cb"],
                }
            );
            await world.CodeAsync(native, person, ("redirect_uri", uri));
            var again = OAuthWorld.Query(native, ("redirect_uri", uri));
            Assert.IsType<AuthorizeStep.Consent>(await world.AuthorizeAsync(again, person.Session));
            var none = await world.AuthorizeAsync(again + "&prompt=none", person.Session);
            Assert.Equal("consent_required", OAuthWorld.Answer(none)["error"]);
        }
    }

    [Fact]
    [OAuthCase("AZ18")]
    public async Task Remembered_consent_covers_no_more_scopes_and_no_explicit_question()
    {
        var world = await SqliteAsync();
        var person = await world.PersonAsync();
        var app = await world.AppAsync();
        await world.CodeAsync(app, person, ("scope", "inference"));

        foreach (
            var query in new[]
            {
                OAuthWorld.Query(app, ("scope", "inference email")),
                OAuthWorld.Query(app, ("scope", "inference"), ("prompt", "consent")),
            }
        )
        {
            var step = await world.AuthorizeAsync(query, person.Session);
            Assert.IsType<AuthorizeStep.Consent>(step);
        }
    }

    [Fact]
    [OAuthCase("AZ20")]
    public async Task A_hint_for_somebody_else_asks_for_their_sign_in()
    {
        var world = await SqliteAsync();
        var (mine, other) = (await world.PersonAsync(), await world.PersonAsync());
        var app = await world.AppAsync();
        var hint = await IdTokenAsync(world, app, other);
        var own = await IdTokenAsync(world, app, mine);
        const string Scope = "inference openid";
        var query = OAuthWorld.Query(app, ("scope", Scope), ("id_token_hint", hint));

        var asked = await world.AuthorizeAsync(query, mine.Session);
        Assert.IsType<AuthorizeStep.SignIn>(asked);
        var silent = await world.AuthorizeAsync(query + "&prompt=none", mine.Session);
        Assert.Equal("login_required", OAuthWorld.Answer(silent)["error"]);
        var fitting = OAuthWorld.Query(app, ("scope", Scope), ("id_token_hint", own));
        Assert.NotNull(
            OAuthWorld.Answer(await world.AuthorizeAsync(fitting, mine.Session))["code"]
        );
    }

    [Theory]
    [OAuthCase("AZ20")]
    [InlineData("alg")]
    [InlineData("signature")]
    [InlineData("payload")]
    [InlineData("audience")]
    [InlineData("issuer")]
    public async Task A_forged_hint_is_an_invalid_request(string forgery)
    {
        var world = await SqliteAsync();
        var person = await world.PersonAsync();
        var app = await world.AppAsync();
        var token = await IdTokenAsync(world, app, person);
        var parts = token.Split('.');
        var forged = forgery switch
        {
            "alg" => "eyJhbGciOiJub25lIn0." + parts[1] + ".",
            "signature" => parts[0] + "." + parts[1] + "." + new string('A', parts[2].Length),
            "payload" => parts[0] + ".bnVsbA." + parts[2],
            "issuer" => await SignedAsync(world, parts[1], world.Issuer, "https://else.example"),
            _ => token,
        };
        var asking = forgery == "audience" ? await world.AppAsync() : app;
        var step = await world.AuthorizeAsync(
            OAuthWorld.Query(asking, ("id_token_hint", forged)),
            person.Session
        );
        Assert.Equal("invalid_request", OAuthWorld.Answer(step)["error"]);
    }

    [Theory]
    [OAuthCase("AZ21")]
    [InlineData(AppState.Pending)]
    [InlineData(AppState.Rejected)]
    [InlineData(AppState.Suspended)]
    public async Task An_app_that_is_not_approved_is_not_available_to_strangers(AppState state)
    {
        var world = await SqliteAsync();
        var owner = await world.PersonAsync();
        var stranger = await world.PersonAsync();
        var app = await world.AppAsync(state: state, owner: owner.Id);
        var query = OAuthWorld.Query(app);

        foreach (var session in new[] { null, stranger.Session })
        {
            var page = await world.AuthorizeAsync(query, session);
            Assert.Equal(403, Assert.IsType<AuthorizeStep.ErrorPage>(page).Status);
        }

        var own = await world.AuthorizeAsync(query, owner.Session);
        if (state != AppState.Pending)
        {
            Assert.IsType<AuthorizeStep.ErrorPage>(own);
            return;
        }

        var consent = Assert.IsType<AuthorizeStep.Consent>(own);
        var view = await world
            .Get<AuthorizeRequests>()
            .ViewAsync(consent.Id, owner.Session, TestContext.Current.CancellationToken);
        Assert.False(view.Denied(out _, out var shown));
        Assert.True(shown.IsOwnersTest);
        var code = OAuthWorld.Answer(await world.DecideAsync(own, owner))["code"]!;
        Assert.Equal(200, (await world.RedeemAsync(app, code)).Status);
    }

    [Theory]
    [OAuthCase("AZ22")]
    [MemberData(nameof(Both))]
    public async Task A_state_comes_back_as_it_was_or_not_at_all(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var person = await world.PersonAsync();
        var app = await world.AppAsync();
        var states = new[] { "a&b#c+d e%f\0ü😀", new string('s', 4_096), new string('&', 4_096) };
        foreach (var state in states)
        {
            var asked = await world.AuthorizeAsync(
                OAuthWorld.Query(app, ("state", state), ("prompt", "consent")),
                person.Session
            );
            var answer = OAuthWorld.Answer(await world.DecideAsync(asked, person));
            Assert.Equal([state], answer.All("state"));
        }

        var tooLong = OAuthWorld.Query(app, ("state", new string('s', 5_120)));
        Assert.Equal(
            "invalid_request",
            OAuthWorld.Answer(await world.AuthorizeAsync(tooLong, person.Session))["error"]
        );
        var none = OAuthWorld.Query(app, ("state", null), ("prompt", "consent"));
        var consent = await world.AuthorizeAsync(none, person.Session);
        Assert.Empty(OAuthWorld.Answer(await world.DecideAsync(consent, person)).All("state"));
    }

    [Fact]
    public async Task An_old_sign_in_is_asked_for_again_where_the_app_wants_a_fresh_one()
    {
        var world = await SqliteAsync();
        var person = await world.PersonAsync();
        var old = person.Session with
        {
            AuthenticatedAt = person.Session.AuthenticatedAt.AddHours(-1),
        };
        var app = await world.AppAsync();
        await world.CodeAsync(app, person);

        foreach (var (name, value) in new[] { ("prompt", "login"), ("max_age", "60") })
        {
            var step = await world.AuthorizeAsync(OAuthWorld.Query(app, (name, value)), old);
            var signIn = Assert.IsType<AuthorizeStep.SignIn>(step);
            var fresh = await world.SignInAsync(person.Session.Person);
            var next = await world
                .Get<AuthorizeRequests>()
                .ContinueAsync(signIn.Id, fresh, TestContext.Current.CancellationToken);
            Assert.NotNull(OAuthWorld.Answer(next)["code"]);
        }

        var recent = await world.AuthorizeAsync(OAuthWorld.Query(app, ("max_age", "7200")), old);
        Assert.NotNull(OAuthWorld.Answer(recent)["code"]);
    }

    // By our own key, but with other claims: what another issuer of the same key would say.
    private static async Task<string> SignedAsync(
        OAuthWorld world,
        string payload,
        string was,
        string becomes
    )
    {
        var claims = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(payload));
        Assert.Contains(was, claims, StringComparison.Ordinal);
        var (kid, sign) = await world.Get<SigningKeys>().SignerAsync();
        return SignedToken.Write(
            Encoding.UTF8.GetBytes($$"""{"alg":"RS256","typ":"JWT","kid":"{{kid}}"}"""),
            Encoding.UTF8.GetBytes(claims.Replace(was, becomes, StringComparison.Ordinal)),
            sign
        );
    }

    private static AppChanges LoopbackOnly(AppChanges about) =>
        about with
        {
            RedirectUris = ["http://127.0.0.1/cb"],
        };

    private static async Task<string> IdTokenAsync(
        OAuthWorld world,
        Arda.Gateway.Developers.App app,
        Signed person
    )
    {
        var code = await world.CodeAsync(app, person, ("scope", "inference openid"));
        return (await world.RedeemAsync(app, code)).Text("id_token")!;
    }
}
