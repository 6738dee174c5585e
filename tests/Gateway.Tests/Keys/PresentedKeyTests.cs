using System.Net;
using System.Net.Http.Headers;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Http;
using Arda.Gateway.Tests.OAuth;
using Arda.Gateway.Tests.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Arda.Gateway.Tests.Keys;

public sealed class PresentedKeyTests
{
    [Theory]
    [InlineData("Bearer gw_sk_x", null, "gw_sk_x")]
    [InlineData("bearer   gw_sk_x ", null, "gw_sk_x")]
    [InlineData("BEARER\tgw_sk_x", null, "gw_sk_x")]
    [InlineData("gw_sk_x", null, "gw_sk_x")]
    [InlineData(null, " gw_sk_x ", "gw_sk_x")]
    [InlineData("Bearer gw_sk_x", "gw_sk_x", "gw_sk_x")]
    [InlineData("Bearer ", "gw_sk_x", "gw_sk_x")]
    [InlineData("Basic dTpw", "gw_sk_x", "gw_sk_x")]
    [InlineData("Bearer gw_sk_x", "gw_sk_y", null)]
    [InlineData("Basic dTpw", null, null)]
    [InlineData("Bearergw_sk_x", null, null)]
    [InlineData(null, null, null)]
    [InlineData("", "", null)]
    public void A_key_is_found_where_clients_put_it(string? bearer, string? xApiKey, string? found)
    {
        var http = new DefaultHttpContext();
        http.Request.Headers.Authorization = bearer;
        http.Request.Headers["x-api-key"] = xApiKey;

        var outcome = PresentedKey.Of(http.Request).Single();

        var isDenied = outcome.Denied(out var denial, out var key);
        Assert.Equal(found, isDenied ? null : key.ToString());
        Assert.True(!isDenied || denial is Denial.InvalidKey);
    }

    [Fact]
    [OAuthCase("KY02")]
    public void A_key_in_the_address_a_cookie_or_a_form_is_no_key()
    {
        var http = new DefaultHttpContext();
        http.Request.QueryString = new QueryString("?api_key=gw_sk_x&access_token=gw_sk_x");
        http.Request.Headers.Cookie = "api_key=gw_sk_x; Authorization=gw_sk_x";
        Assert.True(PresentedKey.Of(http.Request).Single().Denied(out _, out _));
    }

    [Fact]
    public void Two_authorization_headers_that_differ_are_no_key_at_all()
    {
        var http = new DefaultHttpContext();
        http.Request.Headers.Authorization = new(["Bearer gw_sk_x", "Bearer gw_sk_y"]);
        Assert.False(PresentedKey.Of(http.Request).Single().Denied(out _, out var found));
        Assert.False(Secrets.IsWellFormed(found.Span, Secrets.ApiKey));
    }
}

public sealed class KeyEndpointsTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task The_holder_ends_a_key_with_the_key_alone(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, KeysSchema.Migrations);
        await using var host = await StartAsync(store);
        var minted = await MintAsync(host, KeyNode.Wish with { Scopes = [Scopes.UsageRead] });

        using var first = await RevokeAsync(host, minted.Secret);
        using var second = await RevokeAsync(host, minted.Secret);

        Assert.Equal(HttpStatusCode.NoContent, first.StatusCode);
        Assert.Equal("", await first.Content.ReadAsStringAsync(Ct));
        Assert.Equal(HttpStatusCode.Unauthorized, second.StatusCode);
        Assert.Equal("key_revoked", await CodeAsync(second));
        var shown = await host
            .App.Services.GetRequiredService<ApiKeys>()
            .FindAsync(minted.Key.Id, Ct);
        Assert.Equal(RevokeReason.Holder, shown!.RevokedBecause);
    }

    [Fact]
    [OAuthCase("KY01", "KY04")]
    public async Task Bad_keys_are_told_apart_and_none_reaches_the_store_by_its_checksum()
    {
        await using var store = await Stores.OpenAsync(StoreKind.Sqlite, KeysSchema.Migrations);
        await using var host = await StartAsync(store);
        var good = (await MintAsync(host, KeyNode.Wish)).Secret;
        await store.Database.WriteAsync(c =>
            c.Execute("ALTER TABLE api_key RENAME TO api_key_gone")
        );

        foreach (
            var (key, says) in new[]
            {
                (good[..^1], "is not a key of this gateway"),
                (good.ToUpperInvariant(), "is not a key of this gateway"),
                ("sk-proj-abc", "is not a key of this gateway"),
                (Secrets.New(Secrets.ClientSecret), "This is a client secret"),
                (Secrets.New(Secrets.OperatorToken), "This is an operator's token"),
                (Secrets.New(Secrets.DeviceCode), "This is a device code"),
            }
        )
        {
            using var answer = await RevokeAsync(host, key);
            var error = (await EdgeHost.ErrorAsync(answer)).GetProperty("error");
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Equal("invalid_key", error.GetProperty("code").GetString());
            Assert.Contains(says, error.GetProperty("message").GetString()!);
            Assert.DoesNotContain(key[8..], error.GetProperty("message").GetString()!);
        }

        using var unavailable = await RevokeAsync(host, Secrets.New(Secrets.ApiKey));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, unavailable.StatusCode);
        Assert.NotNull(unavailable.Header("Retry-After"));
    }

    [Fact]
    public async Task A_store_that_fails_while_revoking_is_never_told_as_done()
    {
        await using var store = await Stores.OpenAsync(StoreKind.Sqlite, KeysSchema.Migrations);
        await using var host = await StartAsync(store);
        var minted = await MintAsync(host, KeyNode.Wish);
        using (await RevokeAsync(host, Secrets.New(Secrets.ApiKey))) { }
        await store.Database.WriteAsync(c =>
            c.Execute(
                """
                CREATE TRIGGER no_more BEFORE UPDATE ON api_key
                BEGIN SELECT RAISE(ABORT, 'on purpose'); END
                """
            )
        );

        using var answer = await RevokeAsync(host, minted.Secret);

        Assert.True((int)answer.StatusCode >= 500);
    }

    private static Task<EdgeHost> StartAsync(TestStore store) =>
        EdgeHost.StartAsync(
            app =>
            {
                app.Services.GetRequiredService<ApiKeys>();
                app.MapKeys();
                app.Services.GetRequiredService<ChangeFeed>().StartAsync(Ct).Wait(Ct);
            },
            configure: builder =>
            {
                builder.Services.AddSingleton(store.Database);
                builder.Services.AddSingleton(_ => new ChangeFeed(
                    store.Database,
                    "one",
                    TimeProvider.System
                ));
                builder.Services.AddKeys(KeyOptions.Read(builder.Configuration));
            }
        );

    private static async Task<MintedKey> MintAsync(EdgeHost host, NewKey wish)
    {
        var outcome = await host.App.Services.GetRequiredService<ApiKeys>().MintAsync(wish);
        Assert.False(outcome.Denied(out _, out var minted));
        return minted!;
    }

    private static Task<HttpResponseMessage> RevokeAsync(EdgeHost host, string key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/keys/self/revoke");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return host.Client.SendAsync(request, Ct);
    }

    private static async Task<string?> CodeAsync(HttpResponseMessage response) =>
        (await EdgeHost.ErrorAsync(response)).GetProperty("error").GetProperty("code").GetString();
}
