using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Arda.Gateway.Accounts;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Hosting;
using Arda.Gateway.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Arda.Gateway.Tests.Accounts;

/// <summary>How the first person becomes the operator.</summary>
public sealed class InvitationTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task The_first_start_makes_one_invitation_that_makes_one_operator(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);
        var made = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(_ => node.Invitations.MakeFirstAsync())
        );
        var secret = Assert.Single(made, one => one is not null)!.Secret;
        var (ada, eve) = (
            await node.PersonAsync("ada@example.com"),
            await node.PersonAsync("e@x.io")
        );

        Assert.True(await node.Invitations.IsOpenAsync(secret, Ct));
        Assert.True(await node.Invitations.IsOpenAsync(secret, Ct));
        Assert.True(await node.Invitations.TakeAsync(secret, ada.Id));
        Assert.False(await node.Invitations.TakeAsync(secret, eve.Id));

        Assert.False(await node.Invitations.IsOpenAsync(secret, Ct));
        Assert.True((await node.People.FindAsync(ada.Id, Ct))!.IsOperator);
        Assert.False((await node.People.FindAsync(eve.Id, Ct))!.IsOperator);
        Assert.Null(await node.Invitations.MakeFirstAsync());
        await node.AssertNothingLeakedAsync();
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task An_invitation_dies_after_seven_days_or_by_the_next_one(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);
        var ada = await node.PersonAsync("ada@example.com");
        var first = await node.Invitations.MakeAsync();
        var second = await node.Invitations.MakeAsync();

        Assert.False(await node.Invitations.TakeAsync(first.Secret, ada.Id));
        await node.AgeAsync(Invitations.Lifetime);
        Assert.False(await node.Invitations.TakeAsync(second.Secret, ada.Id));
        Assert.False(await node.Invitations.TakeAsync("junk", ada.Id));
        Assert.False((await node.People.FindAsync(ada.Id, Ct))!.IsOperator);
    }

    [Fact]
    public async Task The_operators_token_asks_for_another_link_and_nobody_else_does()
    {
        await using var host = await GatewayHost.StartAsync();
        using var withKey = await host.PostAsync("/admin/invitations", "{}");
        Assert.Equal(HttpStatusCode.Unauthorized, withKey.StatusCode);

        using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/invitations");
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            host.Demo.GetProperty("admin_token").GetString()
        );
        using var answer = await host.Client.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Ct));
        var url = json.RootElement.GetProperty("url").GetString()!;
        Assert.StartsWith("http://localhost:8787/invite/gw_iv_", url, StringComparison.Ordinal);
        var invitations = host.Services.GetRequiredService<Invitations>();
        Assert.True(await invitations.IsOpenAsync(url.Split('/')[^1], Ct));
    }
}
