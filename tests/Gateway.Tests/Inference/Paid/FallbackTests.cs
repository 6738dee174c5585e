using Arda.Gateway.Kernel;
using Arda.Gateway.Tests.Inference.Independent;
using Microsoft.AspNetCore.Http;

namespace Arda.Gateway.Tests.Inference.Paid;

/// <summary>Another offer takes over before the first byte and never after it; one charge.</summary>
public sealed class FallbackTests(PaidGateway gateway) : IClassFixture<PaidGateway>
{
    // 10 prompt tokens at 2 and 5 of the answer at 8 micro-dollars.
    private static readonly NanoUsd s_atSecond = new(60_000);

    private static readonly Dictionary<string, Func<HttpContext, bool, Task>> s_faults = new(
        StringComparer.Ordinal
    )
    {
        ["401"] = (http, _) => Answers.Status(http, 401),
        ["402"] = (http, _) => Answers.Status(http, 402),
        ["403"] = (http, _) => Answers.Status(http, 403),
        ["404"] = (http, _) => Answers.Status(http, 404),
        ["429"] = (http, _) => Answers.Status(http, 429),
        ["500"] = (http, _) => Answers.Status(http, 500),
        ["502"] = (http, _) => Answers.Status(http, 502),
        ["503"] = (http, _) => Answers.Status(http, 503),
        ["529"] = (http, _) => Answers.Status(http, 529),
        ["quota"] = (http, _) =>
            Answers.Json(
                http,
                429,
                """{"error":{"message":"You exceeded your current quota.","type":"insufficient_quota","code":"insufficient_quota"}}"""
            ),
        ["a web page"] = (http, _) => Answers.Page(http),
        ["other JSON"] = (http, _) =>
            Answers.Json(http, 200, """{"detail":"Words of the vendor."}"""),
        ["null"] = (http, _) => Answers.Json(http, 200, "null"),
        ["nothing"] = (http, _) => Task.CompletedTask,
        ["a redirect"] = (http, _) =>
        {
            http.Response.Redirect("http://169.254.169.254/latest");
            return Task.CompletedTask;
        },
        ["no answer"] = (http, _) => Task.Delay(TimeSpan.FromSeconds(10), http.RequestAborted),
        ["cut"] = (http, stream) =>
            stream
                ? Answers.Cut(http, "text/event-stream", "data: {\"id\":")
                : Answers.Cut(http, "application/json", "{\"id\":\"c\",\"choices\":["),
        ["hung up"] = (http, _) =>
        {
            http.Abort();
            return Task.CompletedTask;
        },
        ["an error event"] = (http, stream) =>
            stream
                ? Answers.Events(
                    http,
                    """{"error":{"message":"Words of the vendor.","type":"server_error"}}"""
                )
                : Answers.Json(http, 200, """{"error":{"message":"Words of the vendor."}}"""),
    };

    public static TheoryData<string, bool> Faults
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var fault in s_faults.Keys)
            {
                data.Add(fault, false);
                data.Add(fault, true);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task The_second_offer_answers_and_is_the_one_that_is_paid(
        string fault,
        bool stream
    )
    {
        var client = await gateway.ClientAsync();
        var before = await client.BalanceAsync();
        var model = gateway.FreshModel("two");
        gateway.Upstream.On("first", model, http => s_faults[fault](http, stream));

        var answer = await client.AskAsync(Ask.Chat, Ask.For(Ask.Chat, model, stream: stream));

        answer.Expect(200);
        Assert.Contains("Hi.", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("vendor", answer.Text, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(["first", "second"], gateway.Upstream.Of(model).Select(one => one.Provider));
        var receipt = await client.ReceiptAsync(answer);
        Assert.StartsWith("second-", (string?)receipt["provider"], StringComparison.Ordinal);
        Assert.Equal("60000", (string?)receipt["total_nano_usd"]);
        Assert.Equal(s_atSecond, before - await client.BalanceAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_request_that_is_wrong_is_wrong_everywhere(bool stream)
    {
        var client = await gateway.ClientAsync();
        var model = gateway.FreshModel("two");
        gateway.Upstream.On("first", model, http => Answers.Status(http, 400));

        var answer = await client.AskAsync(Ask.Chat, Ask.For(Ask.Chat, model, stream: stream));

        answer.Expect(400);
        Assert.Equal("Words of the vendor.", (string?)answer.Error["message"]);
        Assert.Single(gateway.Upstream.Of(model));
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("an error event")]
    [InlineData("no end")]
    public async Task After_the_first_word_the_stream_fails_and_is_free(string how)
    {
        var client = await gateway.ClientAsync();
        var before = await client.BalanceAsync();
        var model = gateway.FreshModel("two");
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.Upstream.On(
            "first",
            model,
            async http =>
            {
                await Answers.Events(http, Answers.ChatChunk("One"));
                await heard.Task;
                await EndAsync(http, how);
            }
        );

        using var begun = await client.SendAsync(
            Ask.Chat,
            Ask.For(Ask.Chat, model, stream: true).ToJsonString()
        );
        heard.SetResult();
        var answer = await PaidAnswer.ReadAsync(begun);

        var events = EventText.All(answer.Expect(200).Text);
        Assert.Equal("One", (string?)events[0].Json["choices"]![0]!["delta"]!["content"]);
        Assert.Equal("provider_unavailable", (string?)events[^1].Json["error"]!["code"]);
        Assert.DoesNotContain(events, one => one.IsTerminator);
        Assert.Single(gateway.Upstream.Of(model));
        Assert.Equal(before, await client.BalanceAsync());
    }

    [Fact]
    public async Task When_every_offer_fails_nobody_pays_and_the_caller_may_wait()
    {
        var client = await gateway.ClientAsync();
        var before = await client.BalanceAsync();
        var model = gateway.FreshModel("two");
        gateway.Upstream.On("first", model, http => Answers.Status(http, 401));
        gateway.Upstream.On(
            "second",
            model,
            http =>
            {
                http.Response.Headers.RetryAfter = "86400";
                return Answers.Status(http, 429);
            }
        );

        var answer = await client.AskAsync(Ask.Chat, Ask.For(Ask.Chat, model));

        Assert.Equal("provider_unavailable", answer.Expect(503).Code);
        Assert.Equal("60", answer.Header("Retry-After"));
        Assert.Equal("true", answer.Header("x-should-retry"));
        Assert.DoesNotContain("vendor", answer.Text, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(before, await client.BalanceAsync());
    }

    private static Task EndAsync(HttpContext http, string how)
    {
        if (how == "an error event")
        {
            const string Error = """{"error":{"message":"Words of the vendor."}}""";
            return http.Response.WriteAsync($"data: {Error}\n\n", http.RequestAborted);
        }

        if (how == "cut")
        {
            http.Abort();
        }

        return Task.CompletedTask;
    }
}
