using System.Diagnostics;
using System.Text;
using Arda.Gateway.Developers;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;

namespace Arda.Gateway.Tests.OAuth;

/// <summary>How clients prove who they are, and what they hear when they do not.</summary>
public sealed class ClientAuthenticationTests(OAuthWorlds worlds)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<StoreKind> Both => Stores.Both;

    private Task<OAuthWorld> SqliteAsync() => worlds.OfAsync(StoreKind.Sqlite);

    [Fact]
    [OAuthCase("CA01")]
    public async Task A_confidential_app_needs_its_secret_and_hears_a_challenge_only_for_the_header()
    {
        var world = await SqliteAsync();
        var app = await world.AppAsync(isConfidential: true);
        await world.SecretAsync(app);
        var wrong = Secrets.New(Secrets.ClientSecret);

        var none = await world.RedeemAsync(app, "gw_ac_x");
        var posted = await world.RedeemAsync(app, "gw_ac_x", ("client_secret", wrong));
        var basic = await BasicAsync(world, $"{app.Id}:{wrong}");

        foreach (var answer in new[] { none, posted, basic })
        {
            answer.IsOAuthError(401, "invalid_client");
        }

        Assert.Null(none.Header("WWW-Authenticate"));
        Assert.Null(posted.Header("WWW-Authenticate"));
        Assert.StartsWith("Basic ", basic.Header("WWW-Authenticate"), StringComparison.Ordinal);
    }

    [Fact]
    [OAuthCase("CA02", "CA09")]
    public async Task Other_ways_to_authenticate_are_refused()
    {
        var world = await SqliteAsync();
        var app = await world.AppAsync();
        var code = await world.CodeAsync(app, await world.PersonAsync());
        (await world.RedeemAsync(app, code, ("client_secret", "x"))).IsOAuthError(
            401,
            "invalid_client"
        );
        (await world.RedeemAsync(app, code, ("client_assertion", "x"))).IsOAuthError(
            401,
            "invalid_client"
        );
        (await world.RedeemAsync(app, code, ("client_id", null))).IsOAuthError(
            401,
            "invalid_client"
        );
        var bearer = await world.PostAsync(
            "/oauth/token",
            [("grant_type", "authorization_code"), ("client_id", app.Id.Value)],
            ("Authorization", "Bearer " + world.Host.ApiKey)
        );
        bearer.IsOAuthError(401, "invalid_client");
        var tls = await world.PostAsync(
            "/oauth/token",
            [("grant_type", "authorization_code")],
            ("X-Ssl-Client-Cert", "x"),
            ("X-Client-Id", app.Id.Value)
        );
        tls.IsOAuthError(401, "invalid_client");
        // None of that has used the code up.
        Assert.Equal(200, (await world.RedeemAsync(app, code)).Status);
    }

    [Theory]
    [OAuthCase("CA04")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Basic_credentials_are_form_decoded(bool isEscaped)
    {
        var world = await SqliteAsync();
        var app = await world.AppAsync(isConfidential: true);
        var secret = await world.SecretAsync(app);
        var pair = isEscaped
            ? $"{app.Id.Value.Replace("_", "%5F", StringComparison.Ordinal)}:{secret.Replace("_", "%5f", StringComparison.Ordinal)}"
            : $"{app.Id}:{secret}";
        var code = await world.CodeAsync(app, await world.PersonAsync());

        Assert.Equal(200, (await BasicAsync(world, pair, code)).Status);
        // A secret in two places is not counted twice but refused.
        var both = await BasicAsync(world, pair, code, ("client_secret", secret));
        both.IsOAuthError(400, "invalid_request");
    }

    [Theory]
    [OAuthCase("CA05")]
    [InlineData("Basic ***")]
    [InlineData("Basic Zm9vOmJhcg==!")]
    [InlineData("Basic Zm9vYmFy")]
    [InlineData("Basic JXp6OmJhcg==")]
    [InlineData("Basic ")]
    [InlineData("Basic YTpiOmM=")]
    [InlineData("Basic Zm9vOgA=")]
    [InlineData("Basic Z3fQsDpiYXI=")]
    [InlineData("Basic OmJhcg==")]
    public async Task Malformed_credentials_are_refused_and_never_an_error_of_ours(string header)
    {
        var world = await SqliteAsync();
        var answer = await world.PostAsync(
            "/oauth/token",
            [("grant_type", "authorization_code")],
            ("Authorization", header)
        );
        Assert.Contains(answer.Status, new[] { 400, 401 });
        answer.IsOAuthError(
            answer.Status,
            answer.Status == 400 ? "invalid_request" : "invalid_client"
        );
    }

    [Fact]
    [OAuthCase("CA05")]
    public async Task An_overlong_secret_and_a_look_alike_id_are_refused()
    {
        var world = await SqliteAsync();
        var app = await world.AppAsync(isConfidential: true);
        var longer = await world.RedeemAsync(app, "x", ("client_secret", new string('s', 10_000)));
        longer.IsOAuthError(401, "invalid_client");
        var alike = await world.RedeemAsync(
            app,
            "x",
            ("client_id", app.Id.Value.Replace('a', 'а'))
        );
        alike.IsOAuthError(401, "invalid_client");
        var nul = await world.RedeemAsync(app, "x", ("client_id", app.Id.Value + "\0"));
        nul.IsOAuthError(401, "invalid_client");
    }

    // The time is compared coarsely and only within one run: what counts is that the work is the
    // same, and that neither answer is ten times as quick.
    [Fact]
    [OAuthCase("CA06")]
    public async Task An_unknown_client_and_a_wrong_secret_are_answered_alike()
    {
        var world = await SqliteAsync();
        var app = await world.AppAsync(isConfidential: true);
        await world.SecretAsync(app);
        var unknown = AppId.New().Value;
        var wrong = Secrets.New(Secrets.ClientSecret);
        var (ofKnown, ofUnknown) = (new List<long>(), new List<long>());
        string? body = null;
        for (var i = 0; i < 200; i++)
        {
            foreach (var (id, times) in new[] { (app.Id.Value, ofKnown), (unknown, ofUnknown) })
            {
                var begun = Stopwatch.GetTimestamp();
                var answer = await world.RedeemAsync(
                    app,
                    "x",
                    ("client_id", id),
                    ("client_secret", wrong)
                );
                times.Add(Stopwatch.GetTimestamp() - begun);
                answer.IsOAuthError(401, "invalid_client");
                Assert.Equal(body ??= answer.Body, answer.Body);
            }
        }

        var ratio = (double)Median(ofKnown) / Median(ofUnknown);
        Assert.InRange(ratio, 0.1, 10);
    }

    [Theory]
    [OAuthCase("CA08")]
    [MemberData(nameof(Both))]
    public async Task Two_secrets_live_at_once_so_that_one_can_be_replaced(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var secrets = world.Get<AppSecrets>();
        var app = await world.AppAsync(isConfidential: true);
        var (first, second) = (await world.SecretAsync(app), await world.SecretAsync(app));
        Assert.True((await secrets.CreateAsync(app)).Denied(out _, out _));
        Assert.True((await secrets.CreateAsync(await world.AppAsync())).Denied(out _, out _));
        foreach (var one in new[] { first, second })
        {
            var answer = await world.RedeemAsync(app, "gw_ac_x", ("client_secret", one));
            answer.IsOAuthError(400, "invalid_grant");
        }

        var listed = await secrets.ListAsync(app.Id, Ct);
        var former = listed.Single(one => one.Hint == Secrets.HintOf(first));
        Assert.True(await secrets.DeleteAsync(app.Id, former.Id));
        var dead = await world.RedeemAsync(app, "gw_ac_x", ("client_secret", first));
        dead.IsOAuthError(401, "invalid_client");
        var alive = await world.RedeemAsync(app, "gw_ac_x", ("client_secret", second));
        alive.IsOAuthError(400, "invalid_grant");
        Assert.Equal(
            0,
            await world.CountAsync(
                "SELECT COUNT(*) FROM app_secret WHERE hash IN (@a, @b) OR length(hash) <> 64",
                ("a", first),
                ("b", second)
            )
        );
    }

    private static long Median(List<long> times)
    {
        times.Sort();
        return times[times.Count / 2];
    }

    private static Task<Answered> BasicAsync(
        OAuthWorld world,
        string pair,
        string code = "gw_ac_x",
        params (string Name, string? Value)[] more
    ) =>
        world.PostAsync(
            "/oauth/token",
            [
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", OAuthWorld.Callback),
                ("code_verifier", OAuthWorld.Verifier),
                .. more,
            ],
            ("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)))
        );
}
