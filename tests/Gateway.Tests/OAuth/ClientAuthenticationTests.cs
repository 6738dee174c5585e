using System.Security.Cryptography;
using System.Text;
using Arda.Gateway.Developers;
using Arda.Gateway.Kernel;
using Arda.Gateway.OAuth;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;
using Microsoft.AspNetCore.Http;

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
    [InlineData("all of it")]
    [InlineData("underscores")]
    [InlineData("nothing")]
    public async Task Basic_credentials_are_form_decoded(string escaped)
    {
        var world = await SqliteAsync();
        var app = await world.AppAsync(isConfidential: true);
        var secret = await world.SecretAsync(app);
        string Escaped(string text) =>
            escaped switch
            {
                "all of it" => string.Concat(text.Select(c => $"%{(int)c:X2}")),
                "underscores" => text.Replace("_", "%5F", StringComparison.Ordinal),
                _ => text,
            };
        var pair = $"{Escaped(app.Id.Value)}:{Escaped(secret)}";
        var code = await world.CodeAsync(app, await world.PersonAsync());

        Assert.Equal(200, (await BasicAsync(world, pair, code)).Status);
        // A plus is a blank and %25 a percent sign: decoded, and then no secret of this app.
        foreach (var other in new[] { "+", "%25" })
        {
            var wrong = await BasicAsync(world, $"{app.Id}:{secret}{other}", code);
            wrong.IsOAuthError(401, "invalid_client");
        }

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

    [Fact]
    [OAuthCase("CA06")]
    public async Task An_unknown_client_and_a_wrong_secret_are_answered_alike()
    {
        var world = await SqliteAsync();
        var app = await world.AppAsync(isConfidential: true);
        await world.SecretAsync(app);
        string[] clients = [app.Id.Value, AppId.New().Value];
        string? body = null;
        for (var i = 0; i < 2_000; i++)
        {
            foreach (var id in clients)
            {
                var answer = await world.RedeemAsync(
                    app,
                    "x",
                    ("client_id", id),
                    ("client_secret", Secrets.New(Secrets.ClientSecret))
                );
                answer.IsOAuthError(401, "invalid_client");
                Assert.Equal(body ??= answer.Body, answer.Body);
            }
        }
    }

    // Not their time, which the machine decides, but the work that it is made of.
    [Fact]
    [OAuthCase("CA06")]
    public async Task An_unknown_client_costs_as_many_comparisons_and_statements_as_a_wrong_secret()
    {
        Assert.SkipWhen(PostgresCluster.ForThisRun is null, "PostgreSQL is not installed.");
        var world = await worlds.OfAsync(StoreKind.Postgres);
        var app = await world.AppAsync(isConfidential: true);
        await world.SecretAsync(app);
        var twice = await world.AppAsync(isConfidential: true);
        await world.SecretAsync(twice);
        await world.SecretAsync(twice);
        var compared = 0;
        var clients = new ClientAuthentication(
            world.Get<Apps>(),
            new AppSecrets(
                world.Host.Database,
                (left, right) =>
                {
                    compared++;
                    Assert.Equal(left.Length, right.Length);
                    return CryptographicOperations.FixedTimeEquals(left, right);
                }
            )
        );
        var of = new List<(int Compared, IReadOnlyList<string> Asked)>();
        foreach (var id in new[] { app.Id, twice.Id, AppId.New(), app.Id })
        {
            compared = 0;
            var asked = await StatementWatch.OfAsync(() => RefuseAsync(world, clients, id));
            of.Add((compared, asked));
        }

        Assert.NotEmpty(of[0].Asked);
        Assert.Equal(AppSecrets.LiveMax, of[0].Compared);
        Assert.All(of, one => Assert.Equal(of[0].Compared, one.Compared));
        Assert.All(of, one => Assert.Equal(of[0].Asked, one.Asked));
    }

    private static async Task RefuseAsync(
        OAuthWorld world,
        ClientAuthentication clients,
        AppId client
    )
    {
        var http = new DefaultHttpContext { RequestServices = world.Host.Services };
        var secret = Secrets.New(Secrets.ClientSecret);
        var form = OAuthWorld.Parse($"client_id={client}&client_secret={secret}");
        var outcome = await clients.AuthenticateAsync(http, form, Ct);
        Assert.Equal("invalid_client", outcome.Error?.Error);
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
