using Arda.Gateway.Kernel;
using Arda.Gateway.Tests.Inference.Independent;

namespace Arda.Gateway.Tests.Inference.Paid;

/// <summary>A key that its holder revokes is dead when the answer comes, its streams too.</summary>
public sealed class RevocationTests(PaidGateway gateway) : IClassFixture<PaidGateway>
{
    public static TheoryData<string> Paths => [.. Ask.Paths];

    [Fact]
    public async Task A_revoked_key_stops_at_once()
    {
        var client = await gateway.ClientAsync();
        var model = gateway.FreshModel("one");
        (await client.AskAsync(Ask.Chat, Ask.For(Ask.Chat, model))).Expect(200);
        using var revoked = await client.SendAsync("/v1/keys/self/revoke", "");
        Assert.Equal(204, (int)revoked.StatusCode);

        foreach (var path in Ask.Paths)
        {
            var answer = await client.AskAsync(path, Ask.For(path, model));
            Assert.Equal("key_revoked", (string?)answer.Expect(401).Error["gateway"]!["code"]);
            Assert.Equal("reconnect", (string?)answer.Error["gateway"]!["action"]);
        }

        Assert.Single(gateway.Upstream.Of(model));
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_running_stream_ends_with_the_denial_and_is_paid_for_what_came(string path)
    {
        var client = await gateway.ClientAsync();
        var before = await client.BalanceAsync();
        var model = gateway.FreshModel("one");
        gateway.Upstream.On(
            "first",
            model,
            async http =>
            {
                await Answers.Events(http, Answers.ChatChunk("One and two and three"));
                await Task.Delay(Timeout.Infinite, http.RequestAborted);
            }
        );
        using var running = await client.SendAsync(
            path,
            Ask.For(path, model, stream: true).ToJsonString()
        );
        using var revoked = await client.SendAsync("/v1/keys/self/revoke", "");
        Assert.Equal(204, (int)revoked.StatusCode);

        var answer = await PaidAnswer.ReadAsync(running);

        var events = EventText.All(answer.Expect(200).Text);
        var last = events[^1].Json;
        var error = last["response"]?["error"] ?? last["error"] ?? last;
        Assert.Equal("key_revoked", (string?)error["gateway"]!["code"]);
        Assert.DoesNotContain(events, one => one.IsTerminator || one.Name == "message_stop");
        Assert.True(before - await client.BalanceAsync() > NanoUsd.Zero);
    }
}
