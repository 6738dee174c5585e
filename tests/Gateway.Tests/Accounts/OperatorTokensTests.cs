using System.Net;
using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Http;
using Arda.Gateway.Tests.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Arda.Gateway.Tests.Accounts;

public sealed class OperatorTokensTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task The_first_start_makes_one_token_and_no_later_start_another(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var tokens = new OperatorTokens(store.Database);

        var made = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => tokens.MakeFirstAsync()));

        var token = Assert.Single(made, text => text is not null)!;
        Assert.StartsWith("gw_op_", token, StringComparison.Ordinal);
        Assert.True(await tokens.VerifyAsync(token.AsMemory(), Ct));
        Assert.False(await VerifiesAsync(tokens, Secrets.New(Secrets.OperatorToken)));
        Assert.False(await VerifiesAsync(tokens, Secrets.New(Secrets.ApiKey)));
        Assert.False(await VerifiesAsync(tokens, ""));
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_rolled_token_is_dead_at_once(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var tokens = new OperatorTokens(store.Database);
        var old = await tokens.MakeFirstAsync();

        var fresh = await tokens.RollAsync();

        Assert.False(await VerifiesAsync(tokens, old!));
        Assert.True(await VerifiesAsync(tokens, fresh));
        Assert.Null(await tokens.MakeFirstAsync());
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task The_store_holds_no_token(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var token = await new OperatorTokens(store.Database).MakeFirstAsync();
        await using var connection = await store.Database.OpenAsync(Ct);
        var row = connection.QueryOne(
            "SELECT hash, hint FROM operator_token",
            r => r.GetString(0) + r.GetString(1)
        )!;
        Assert.DoesNotContain(token![10..^4], row, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/admin/delegate")]
    [InlineData("/admin/plain")]
    public async Task Only_the_operators_token_opens_a_guarded_address(string path)
    {
        await using var store = await Stores.OpenAsync(StoreKind.Sqlite, AccountsSchema.Migrations);
        await using var host = await EdgeHost.StartAsync(
            Routes,
            configure: builder =>
            {
                builder.Services.AddSingleton(store.Database);
                builder.Services.AddAccounts(
                    new Microsoft.Extensions.Configuration.ConfigurationBuilder().Build()
                );
            }
        );
        var token = await host.App.Services.GetRequiredService<OperatorTokens>().MakeFirstAsync();

        foreach (
            var wrong in new[]
            {
                null,
                "Bearer ",
                "Bearer " + Secrets.New(Secrets.OperatorToken),
                "Bearer " + Secrets.New(Secrets.ApiKey),
                "Basic " + token,
                token,
            }
        )
        {
            using var refused = await GetAsync(host, path, wrong);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            Assert.NotNull(refused.Header("WWW-Authenticate"));
            var error = (await EdgeHost.ErrorAsync(refused)).GetProperty("error");
            Assert.Equal("invalid_key", error.GetProperty("code").GetString());
        }

        using var let = await GetAsync(host, path, "Bearer " + token);
        Assert.Equal("in", await let.Content.ReadAsStringAsync(Ct));
    }

    private static void Routes(WebApplication app)
    {
        var admin = app.MapGroup("/admin").AddEndpointFilter<RouteGroupBuilder, OperatorOnly>();
        admin.MapGet("/delegate", () => "in");
        admin.MapGet("/plain", (HttpContext http) => http.Response.WriteAsync("in", Ct));
    }

    private static Task<HttpResponseMessage> GetAsync(EdgeHost host, string path, string? value)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (value is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", value);
        }

        return host.Client.SendAsync(request, Ct);
    }

    private static ValueTask<bool> VerifiesAsync(OperatorTokens tokens, string text) =>
        tokens.VerifyAsync(text.AsMemory(), Ct);
}
