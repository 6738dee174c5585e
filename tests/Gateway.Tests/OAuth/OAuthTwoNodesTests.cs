using System.Security.Cryptography;
using Arda.Gateway.Developers;
using Arda.Gateway.OAuth;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;

namespace Arda.Gateway.Tests.OAuth;

/// <summary>Two whole gateways on one PostgreSQL.</summary>
public sealed class OAuthTwoNodesTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    [OAuthCase("TK13", "TK15")]
    public async Task Of_fifty_parallel_redemptions_one_gives_a_key_and_the_others_end_it()
    {
        await using var pair = await PairAsync();
        var (a, b) = (pair.A, pair.B);
        var app = await a.AppAsync();
        var code = await a.CodeAsync(app, await a.PersonAsync());

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(i => (i % 2 == 0 ? a : b).RedeemAsync(app, code))
        );

        var good = Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(
            answers.Where(answer => answer != good),
            answer => answer.IsOAuthError(400, "invalid_grant")
        );
        Assert.Equal(
            1,
            await a.CountAsync(
                "SELECT COUNT(*) FROM api_key WHERE app = @app",
                ("app", app.Id.Value)
            )
        );
        var key = good.Text("access_token")!;
        Assert.Equal((401, 401), (await a.StatusOfKeyAsync(key), await b.StatusOfKeyAsync(key)));
    }

    [Fact]
    [OAuthCase("DV06")]
    public async Task Of_parallel_polls_one_gives_a_key()
    {
        await using var pair = await PairAsync();
        var (a, b) = (pair.A, pair.B);
        var app = await a.AppAsync();
        var person = await a.PersonAsync();
        var started = await DeviceTests.StartAsync(a, app.Id.Value);
        // Approved on one node, polled on both.
        await b.Get<DeviceCodes>()
            .DecideAsync(
                started.Text("user_code")!,
                person.Session,
                "192.0.2.9",
                OAuthWorld.Allow(person),
                Ct
            );
        var code = started.Text("device_code")!;

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(i => DeviceTests.PollAsync(i % 2 == 0 ? a : b, app, code))
        );

        var key = Assert.Single(answers, answer => answer.Status == 200).Text("access_token")!;
        Assert.Equal((401, 401), (await a.StatusOfKeyAsync(key), await b.StatusOfKeyAsync(key)));
    }

    [Theory]
    [OAuthCase("RV04")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_key_revoked_on_one_node_is_refused_on_the_other(bool isChannelCut)
    {
        await using var pair = await PairAsync();
        var (a, b) = (pair.A, pair.B);
        var app = await a.AppAsync();
        for (var round = 0; round < 5; round++)
        {
            var key = await RevocationTests.KeyAsync(a, app);
            Assert.Equal(200, (await ConsentTests.AskAsync(b, key)).Status);
            if (isChannelCut)
            {
                await a.ExecuteAsync(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
                );
            }

            var revoked = await a.PostAsync(
                "/oauth/revoke",
                [("token", key), ("client_id", app.Id.Value)]
            );
            Assert.Equal(200, revoked.Status);
            Assert.Equal(401, (await ConsentTests.AskAsync(b, key)).Status);
            Assert.Equal(401, await b.StatusOfKeyAsync(key));
        }
    }

    [Fact]
    [OAuthCase("CO05")]
    public async Task A_withdrawn_origin_is_withdrawn_on_every_node()
    {
        await using var pair = await PairAsync();
        var (a, b) = (pair.A, pair.B);
        const string Origin = "https://withdrawn.example";
        var app = await a.AppAsync(
            AppKind.Browser,
            with: about => about with { WebOrigins = [Origin] }
        );
        var key = await RevocationTests.KeyAsync(a, app);
        async Task<string?> AllowedAsync() =>
            (
                await b.GetAsync(
                    "/v1/models",
                    ("Authorization", "Bearer " + key),
                    ("Origin", Origin)
                )
            ).Header("Access-Control-Allow-Origin");
        Assert.Equal(Origin, await AllowedAsync());

        var wish = new AppChanges { WebOrigins = [] };
        Assert.False(
            (await a.Get<Apps>().PatchAsync(app.Id, app.Owner, wish, Ct)).Denied(out _, out _)
        );

        Assert.Null(await AllowedAsync());
    }

    [Fact]
    public async Task Two_nodes_with_one_secret_sign_with_one_key()
    {
        await using var pair = await PairAsync();
        Assert.Single(
            (await pair.A.GetAsync("/oauth/jwks")).Json.GetProperty("keys").EnumerateArray()
        );
        var (a, b) = (await pair.A.GetAsync("/oauth/jwks"), await pair.B.GetAsync("/oauth/jwks"));
        Assert.Equal(a.Body, b.Body);
    }

    private static async Task<Pair> PairAsync()
    {
        if (PostgresCluster.ForThisRun is not { } cluster)
        {
            Assert.Skip("PostgreSQL is not installed (no initdb in /usr/lib/postgresql/*/bin).");
            throw new InvalidOperationException("Unreachable.");
        }

        var database = cluster.CreateDatabase();
        var secret = (
            "OAuth:SigningKeySecret",
            Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))
        );
        return new Pair(
            await OAuthWorld.StartAsync(StoreKind.Postgres, database, secret, ("node", "a")),
            await OAuthWorld.StartAsync(StoreKind.Postgres, database, secret, ("node", "b"))
        );
    }

    private sealed record Pair(OAuthWorld A, OAuthWorld B) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await A.DisposeAsync();
            await B.DisposeAsync();
        }
    }
}
