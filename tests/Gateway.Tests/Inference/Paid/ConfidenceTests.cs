using System.Text.Json.Nodes;
using Arda.Gateway.Tests.OAuth;

namespace Arda.Gateway.Tests.Inference.Paid;

/// <summary>What stays between the operator and a provider, and what a user sends goes on as
/// text.</summary>
public sealed class ConfidenceTests(PaidGateway gateway) : IClassFixture<PaidGateway>
{
    public static TheoryData<string, bool> Requests
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var path in Ask.Paths)
            {
                data.Add(path, false);
                data.Add(path, true);
            }

            return data;
        }
    }

    [Theory]
    [OAuthCase("LG04")]
    [MemberData(nameof(Requests))]
    public async Task A_provider_that_quotes_the_operators_key_is_not_quoted(
        string path,
        bool stream
    )
    {
        const string Key = "sk-live-0123456789abcdef";
        var client = await gateway.ClientAsync();
        var model = gateway.FreshModel("two");
        foreach (var provider in new[] { "first", "second" })
        {
            gateway.Upstream.On(
                provider,
                model,
                http =>
                    Answers.Json(
                        http,
                        401,
                        $$"""
                        {"error":{"message":"Incorrect API key provided: {{Key}}. See https://p.example",
                         "type":"invalid_request_error","param":"{{Key}}","code":"invalid_api_key"} }
                        """
                    )
            );
        }

        var answer = await client.AskAsync(path, Ask.For(path, model, stream: stream));

        Assert.InRange(answer.Status, 500, 599);
        Assert.NotEmpty(gateway.Upstream.Of(model));
        foreach (var inner in new[] { Key, "0123456789", "p.example", "invalid_api_key", "   at " })
        {
            Assert.DoesNotContain(inner, answer.Text, StringComparison.Ordinal);
            Assert.DoesNotContain(answer.Headers.Values, value => value.Contains(inner));
        }

        var id = answer.Header("x-request-id");
        Assert.StartsWith("req_", id, StringComparison.Ordinal);
    }

    [Fact]
    [OAuthCase("SS01")]
    public async Task A_picture_by_address_goes_on_as_text_and_is_not_fetched()
    {
        using var watch = new EgressWatch();
        await watch.ProveAsync();
        var client = await gateway.ClientAsync();
        string[] addresses =
        [
            $"http://127.0.0.1:{watch.Port}/x.png",
            $"http://localhost:{watch.Port}/x.png",
            $"http://2130706433:{watch.Port}/x.png",
            "http://169.254.169.254/latest/meta-data/",
            "https://picture.invalid/x.png",
        ];
        foreach (var address in addresses)
        {
            var body = Ask.For(Ask.Chat, "seeing");
            body["messages"]![0]!["content"] = new JsonArray(
                new JsonObject { ["type"] = "text", ["text"] = "What is this?" },
                new JsonObject
                {
                    ["type"] = "image_url",
                    ["image_url"] = new JsonObject { ["url"] = address },
                }
            );
            (await client.AskAsync(Ask.Chat, body)).Expect(200);
            Assert.Contains(
                gateway.Upstream.Of("seeing"),
                one => one.Body.Contains(address, StringComparison.Ordinal)
            );
        }

        Assert.False(watch.IsCalled);
        Assert.False(watch.HasSeen("169.254.169.254") || watch.HasSeen("picture.invalid"));
        Assert.False(watch.HasSeen($" {watch.Port} "));
    }
}
