using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Tests.OAuth;
using Microsoft.Extensions.DependencyInjection;

namespace Arda.Gateway.Tests.Inference.Paid;

/// <summary>What the user lets an app spend in a month is all that it can spend.</summary>
public sealed class ConnectionLimitTests(PaidGateway gateway) : IClassFixture<PaidGateway>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    [OAuthCase("KY10")]
    public async Task Past_the_limit_of_a_connection_nothing_is_asked_of_a_provider()
    {
        var owner = await gateway.ClientAsync();
        var limit = NanoUsd.FromCents(1);
        var app = await ConnectAsync(owner, limit);
        var model = gateway.FreshModel("one");
        var before = await owner.BalanceAsync();
        // 400 tokens of the answer are held at 4 micro-dollars each: about six fit.
        var body = Ask.For(Ask.Chat, model).With("max_tokens", 400);
        gateway.Upstream.On("first", model, Answers.Long);

        var served = 0;
        var answer = await app.AskAsync(Ask.Chat, body.DeepClone());
        for (; answer.Status == 200 && served < 50; served++)
        {
            answer = await app.AskAsync(Ask.Chat, body.DeepClone());
        }

        Assert.Equal("connection_limit_reached", answer.Expect(402).Code);
        Assert.InRange(served, 1, 49);
        foreach (var path in Ask.Paths)
        {
            var refused = await app.AskAsync(
                path,
                Ask.For(path, model).With(Ask.LimitOf(path), 400)
            );
            Assert.Equal(
                "connection_limit_reached",
                (string?)refused.Expect(402).Error["gateway"]!["code"]
            );
        }

        Assert.Equal(served, gateway.Upstream.Of(model).Count);
        var spent = before - await owner.BalanceAsync();
        Assert.True(spent <= limit && spent > NanoUsd.Zero, $"{spent}");
        // The owner's own key is not held to the app's limit.
        (await owner.AskAsync(Ask.Chat, body.DeepClone())).Expect(200);
    }

    private async Task<PaidClient> ConnectAsync(PaidClient owner, NanoUsd limit)
    {
        var services = gateway.Host.Services;
        var keys = services.GetRequiredService<ApiKeys>();
        var own = (await keys.ListAsync(owner.Project, Ct)).Single();
        var grant = new Connection
        {
            Id = ConnectionId.New(),
            Owner = own.Owner,
            Project = owner.Project,
            App = AppId.New(),
            Scopes = Scopes.OfAnOwnKey,
            MarkupBps = 0,
            MonthlyLimit = limit,
        };
        var connections = services.GetRequiredService<Connections>();
        await connections.StandAsync(grant.App, AppStanding.Approved, 0, reseller: null, Ct);
        await connections.AgreeAsync(grant, Ct);
        var wish = new NewKey
        {
            Owner = own.Owner,
            Project = owner.Project,
            Name = "app",
            App = grant.App,
            Connection = grant.Id,
        };
        var minted = await keys.MintAsync(wish);
        Assert.False(minted.Denied(out var denial, out var key), denial?.ToString());
        return owner.With(key!.Secret);
    }
}
