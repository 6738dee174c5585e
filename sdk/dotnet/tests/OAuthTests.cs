using System.Security.Cryptography;
using System.Text;

namespace Arda.Gateway.Sdk.Tests;

/// <summary>Authorization requests, callbacks, and the polite wait for a device code.</summary>
public sealed class OAuthTests
{
    private const string Token = """
        {"access_token":"gw_sk_secret","token_type":"Bearer","scope":"inference",
        "key_id":"key_1","project":{"id":"prj_1","slug":"demo"}}
        """;

    private static readonly GatewayAuthorizationRequest s_ask = new()
    {
        RedirectUri = "myapp://oauth/callback",
        Scopes = [GatewayScopes.Inference, GatewayScopes.BalanceRead],
    };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void An_authorization_carries_the_challenge_of_its_verifier()
    {
        using var gateway = ScriptedGateway.Of();
        var auth = gateway.OAuth().CreateAuthorization(s_ask);
        var hash = SHA256.HashData(Encoding.ASCII.GetBytes(auth.CodeVerifier));
        var challenge = Convert
            .ToBase64String(hash)
            .TrimEnd('=')
            .Replace('+', '-')
            .Replace('/', '_');
        Assert.Equal(challenge, auth.CodeChallenge);
        Assert.Equal(
            "https://gateway.ardabot.ai/oauth/authorize?response_type=code&client_id=gw_app_x"
                + "&redirect_uri=myapp%3A%2F%2Foauth%2Fcallback&code_challenge="
                + $"{challenge}&code_challenge_method=S256&state={auth.State}"
                + "&scope=inference%20balance%3Aread",
            auth.Url.AbsoluteUri
        );
        Assert.NotEqual(auth.State, gateway.OAuth().CreateAuthorization(s_ask).State);
        Assert.Empty(gateway.Sent);
    }

    [Fact]
    public async Task A_callback_is_traded_for_a_connection()
    {
        using var gateway = ScriptedGateway.Of(ScriptedGateway.Json(200, Token));
        var oauth = gateway.OAuth();
        var auth = oauth.CreateAuthorization(s_ask);
        var connected = await oauth.CompleteAsync(auth, Callback(auth.State), Ct);
        Assert.Equal("gw_sk_secret", connected.ApiKey);
        Assert.Equal("gw_sk_secret", connected.Gateway.ApiKey);
        Assert.Contains(
            $"code_verifier={auth.CodeVerifier}",
            Assert.Single(gateway.Sent).Body,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("?code=c&state=other&iss=https%3A%2F%2Fgateway.ardabot.ai", "state_mismatch")]
    [InlineData("?code=c&iss=https%3A%2F%2Fgateway.ardabot.ai", "state_mismatch")]
    [InlineData("?code=c&state=s", "issuer_mismatch")]
    [InlineData("?code=c&state=s&iss=https%3A%2F%2Fevil.example", "issuer_mismatch")]
    [InlineData("?code=c&state=s&iss=https%3A%2F%2Fgateway.ardabot.ai%2F", "issuer_mismatch")]
    [InlineData("?error=access_denied&state=s", "issuer_mismatch")]
    [InlineData("?code=c&code=d&state=s", "duplicate_parameter")]
    [InlineData("?state=s", "not_a_callback")]
    [InlineData("", "not_a_callback")]
    public void A_callback_that_does_not_fit_is_not_believed(string query, string code)
    {
        using var gateway = ScriptedGateway.Of();
        var thrown = Assert.Throws<GatewayCallbackException>(() =>
            gateway.OAuth().ParseCallback(new Uri("myapp://oauth/callback" + query), "s")
        );
        Assert.Equal(code, thrown.Code);
    }

    [Fact]
    public void A_no_of_the_user_has_its_own_exception()
    {
        using var gateway = ScriptedGateway.Of();
        var iss = "&iss=https%3A%2F%2Fgateway.ardabot.ai";
        var thrown = Assert.Throws<GatewayAccessDeniedException>(() =>
            gateway
                .OAuth()
                .ParseCallback(
                    new Uri(
                        "myapp://x?error=access_denied&error_description=No+thanks&state=s" + iss
                    ),
                    "s"
                )
        );
        Assert.Equal("No thanks", thrown.ErrorDescription);
    }

    [Fact]
    public async Task Waiting_for_a_device_slows_down_backs_off_and_connects()
    {
        Queue<Func<HttpResponseMessage>> answers = new([
            () => Refused("authorization_pending"),
            () => Refused("slow_down"),
            () => throw new HttpRequestException("lost"),
            () => ScriptedGateway.Json(503, "<html>", ("Retry-After", "30")),
            () => ScriptedGateway.Json(200, Token),
        ]);
        using var gateway = new ScriptedGateway(_ => answers.Dequeue()());
        var clock = new HurriedClock();
        var oauth = gateway.OAuth(time: clock);
        var connected = await oauth.WaitForDeviceAuthorizationAsync(Device(600), Ct);
        Assert.Equal("key_1", connected.KeyId);
        Assert.Equal([5, 5, 10, 20, 20], clock.Delays.Select(one => one.TotalSeconds));
    }

    [Fact]
    public async Task Nobody_waits_longer_than_the_code_lives()
    {
        using var gateway = new ScriptedGateway(_ => Refused("authorization_pending"));
        var clock = new HurriedClock();
        await Assert.ThrowsAsync<GatewayDeviceCodeExpiredException>(() =>
            gateway.OAuth(time: clock).WaitForDeviceAuthorizationAsync(Device(12), Ct)
        );
        Assert.Equal([5, 5, 2], clock.Delays.Select(one => one.TotalSeconds));
    }

    [Fact]
    public async Task A_no_on_the_other_device_ends_the_wait()
    {
        using var gateway = ScriptedGateway.Of(Refused("access_denied"));
        await Assert.ThrowsAsync<GatewayAccessDeniedException>(() =>
            gateway.OAuth(time: new HurriedClock()).WaitForDeviceAuthorizationAsync(Device(60), Ct)
        );
    }

    [Fact]
    public async Task No_text_of_ours_shows_a_secret()
    {
        using var gateway = ScriptedGateway.Of(ScriptedGateway.Json(200, Token));
        var oauth = gateway.OAuth(secret: "gw_cs_secret");
        var auth = oauth.CreateAuthorization(s_ask);
        var connected = await oauth.CompleteAsync(auth, Callback(auth.State), Ct);
        object[] shown =
        [
            connected,
            auth,
            Device(5),
            new GatewayOAuthOptions { ClientId = "a", ClientSecret = "gw_cs_secret" },
            new ArdaGatewayClientOptions { ApiKey = "gw_sk_secret" },
            connected.Gateway,
        ];
        var texts = string.Join('\n', shown);
        Assert.DoesNotContain("secret", texts, StringComparison.Ordinal);
        Assert.DoesNotContain(auth.CodeVerifier, texts, StringComparison.Ordinal);
        Assert.DoesNotContain("gw_dc_", texts, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp://x")]
    [InlineData("https://u:p@x")]
    [InlineData("https://x?y=1")]
    public void An_address_that_is_none_is_refused(string address)
    {
        var options = new ArdaGatewayClientOptions { ApiKey = "k", BaseAddress = new Uri(address) };
        var thrown = Assert.Throws<GatewayArgumentException>(() => new ArdaGatewayClient(options));
        Assert.Equal("invalid_base_url", thrown.Code);
    }

    private static Uri Callback(string state) =>
        new($"myapp://oauth/callback?code=c&state={state}&iss=https%3A%2F%2Fgateway.ardabot.ai");

    private static HttpResponseMessage Refused(string error) =>
        ScriptedGateway.Json(400, $"{{\"error\":\"{error}\"}}");

    private static GatewayDeviceAuthorization Device(int seconds) =>
        new()
        {
            DeviceCode = "gw_dc_1",
            UserCode = "WDJB-MJHT",
            VerificationUri = new Uri("https://gateway.ardabot.ai/connect"),
            ExpiresIn = TimeSpan.FromSeconds(seconds),
            Interval = TimeSpan.FromSeconds(5),
        };
}
