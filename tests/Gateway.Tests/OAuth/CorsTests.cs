using Arda.Gateway.Developers;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;
using AppRecord = Arda.Gateway.Developers.App;

namespace Arda.Gateway.Tests.OAuth;

/// <summary>Which web pages may read which answers.</summary>
public sealed class CorsTests(OAuthWorlds worlds)
{
    private const string Origin = "https://cors.example";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private Task<OAuthWorld> SqliteAsync() => worlds.OfAsync(StoreKind.Sqlite);

    [Fact]
    [OAuthCase("CO01")]
    public async Task A_preflight_passes_for_approved_origins_alone()
    {
        var world = await SqliteAsync();
        await BrowserAppAsync(world, "https://preflight.example");
        var good = await PreflightAsync(world, "https://preflight.example");
        Assert.Equal(204, good.Status);
        Assert.Equal("https://preflight.example", good.Header("Access-Control-Allow-Origin"));
        Assert.Contains("Origin", good.Header("Vary"), StringComparison.Ordinal);
        Assert.Null(good.Header("Access-Control-Allow-Credentials"));
        string[] others =
        [
            "https://stranger.example",
            "null",
            "https://preflight.example.evil.example",
            "http://preflight.example",
            "https://preflight.example:8443",
            "https://PREFLIGHT.example",
            "https://preflight.example/",
        ];
        foreach (var origin in others)
        {
            Assert.Null(
                (await PreflightAsync(world, origin)).Header("Access-Control-Allow-Origin")
            );
        }
    }

    [Fact]
    [OAuthCase("CO02", "CO05")]
    public async Task Every_answer_to_a_key_is_readable_from_its_own_apps_origin()
    {
        var world = await SqliteAsync();
        var app = await BrowserAppAsync(world, "https://mine.example");
        await BrowserAppAsync(world, "https://theirs.example");
        var key = await RevocationTests.KeyAsync(world, app);
        (string Path, string Key)[] calls =
        [
            ("/v1/models", key),
            ("/v1/models/none", key),
            ("/oauth/userinfo", key),
            ("/v1/models", "gw_sk_wrong"),
        ];
        foreach (var (path, one) in calls)
        {
            var answer = await world.GetAsync(
                path,
                ("Authorization", "Bearer " + one),
                ("Origin", "https://mine.example")
            );
            Assert.Equal("https://mine.example", answer.Header("Access-Control-Allow-Origin"));
            var exposed = answer.Header("Access-Control-Expose-Headers")!;
            Assert.Contains("Retry-After", exposed, StringComparison.Ordinal);
            Assert.Contains("X-Gateway-Balance-Cents", exposed, StringComparison.Ordinal);
            Assert.Contains("WWW-Authenticate", exposed, StringComparison.Ordinal);
        }

        var foreign = await world.GetAsync(
            "/v1/models",
            ("Authorization", "Bearer " + key),
            ("Origin", "https://theirs.example")
        );
        Assert.Null(foreign.Header("Access-Control-Allow-Origin"));
    }

    [Fact]
    [OAuthCase("CO03")]
    public async Task A_code_of_a_browser_app_is_not_burned_by_a_foreign_page()
    {
        var world = await SqliteAsync();
        var app = await BrowserAppAsync(world, Origin);
        var code = await world.CodeAsync(app, await world.PersonAsync());
        foreach (var origin in new[] { "https://evil.example", "null" })
        {
            var foreign = await PostFromAsync(world, app, code, origin);
            foreign.IsOAuthError(400, "invalid_request");
            Assert.Null(foreign.Header("Access-Control-Allow-Origin"));
        }

        var own = await PostFromAsync(world, app, code, Origin);
        Assert.Equal(200, own.Status);
        Assert.Equal(Origin, own.Header("Access-Control-Allow-Origin"));
    }

    [Fact]
    [OAuthCase("CO04")]
    public async Task A_session_cookie_opens_no_program_address()
    {
        var world = await SqliteAsync();
        var cookie = ("Cookie", "arda_session=" + Secrets.New(Secrets.Session));
        var models = await world.GetAsync("/v1/models", cookie, ("Origin", Origin));
        var token = await world.PostAsync(
            "/oauth/token",
            [("grant_type", "authorization_code")],
            cookie
        );
        var revoke = await world.PostAsync("/oauth/revoke", [("token", "x")], cookie);
        foreach (var answer in new[] { models, token, revoke })
        {
            Assert.Equal(401, answer.Status);
            Assert.Null(answer.Header("Access-Control-Allow-Credentials"));
        }

        foreach (var path in new[] { "/oauth/authorize", "/connect", "/account", "/admin/apps" })
        {
            var page = await world.GetAsync(path, ("Origin", Origin));
            Assert.Null(page.Header("Access-Control-Allow-Origin"));
        }
    }

    [Fact]
    [OAuthCase("CO06", "AZ24")]
    public async Task A_foreign_host_name_is_refused_and_never_becomes_the_issuer()
    {
        var world = await SqliteAsync();
        foreach (
            var path in new[] { "/oauth/token", "/.well-known/openid-configuration", "/v1/models" }
        )
        {
            var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Host = "evil.example";
            Assert.Equal(400, (await world.SendAsync(request)).Status);
        }

        var forwarded = await world.GetAsync(
            "/.well-known/openid-configuration",
            ("X-Forwarded-Host", "evil.example")
        );
        Assert.Equal(world.Issuer, forwarded.Text("issuer"));
        Assert.DoesNotContain("evil", forwarded.Body, StringComparison.Ordinal);
    }

    private static Task<AppRecord> BrowserAppAsync(OAuthWorld world, string origin) =>
        world.AppAsync(AppKind.Browser, with: about => about with { WebOrigins = [origin] });

    private static Task<Answered> PreflightAsync(OAuthWorld world, string origin) =>
        world.SendAsync(
            new HttpRequestMessage(HttpMethod.Options, "/v1/chat/completions"),
            ("Origin", origin),
            ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "authorization,content-type")
        );

    private static Task<Answered> PostFromAsync(
        OAuthWorld world,
        AppRecord app,
        string code,
        string origin
    ) =>
        world.PostAsync(
            "/oauth/token",
            [
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", OAuthWorld.Callback),
                ("code_verifier", OAuthWorld.Verifier),
                ("client_id", app.Id.Value),
            ],
            ("Origin", origin)
        );
}
