using System.Net;
using static Arda.Gateway.Tests.Crash.ScriptedUpstream;

namespace Arda.Gateway.Tests.Crash;

/// <summary>Clients that hang up (ledger.md §6, cases 28 to 31), before a provider that stops
/// billing when it is cut off and before one that bills all the same.</summary>
public sealed class DisconnectTests
{
    private const string Bills = "Providers:house:BillsOnDisconnect";
    private const int Words = 400;

    private static readonly string s_words = new('w', Words);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    // Case 30.
    [Fact]
    public async Task Before_the_first_byte_nothing_is_charged_where_billing_stops()
    {
        await using var rig = await StreamRig.StartAsync((Bills, "false"));
        rig.Upstream.Answer = (http, _) => Task.Delay(Timeout.Infinite, http.RequestAborted);

        await LeaveBeforeTheFirstByteAsync(rig);

        await Eventually.HoldsAsync(() => rig.Upstream.Aborted == 1, () => "It was not cut off.");
        await rig.AssertRestAsync();
        Assert.Empty(new StoredBooks(rig.Host.DataDirectory, null).Charges());
    }

    [Fact]
    public async Task Before_the_first_byte_the_true_usage_is_charged_where_billing_goes_on()
    {
        await using var rig = await StreamRig.StartAsync((Bills, "true"));
        var left = new TaskCompletionSource();
        rig.Upstream.Answer = async (http, _) =>
        {
            await left.Task;
            await SendAsync(http, ChatText(s_words, "stop") + ChatEnd(9, 100));
        };

        await LeaveBeforeTheFirstByteAsync(rig);
        left.SetResult();

        var charge = Assert.Single(await rig.ChargedAsync());
        Assert.Equal(StreamRig.PriceOf(9, 100), charge.Charged);
        Assert.Equal("provider", charge.Source);
        Assert.Equal(0, rig.Upstream.Aborted);
    }

    // Case 28.
    [Fact]
    public async Task In_the_middle_what_was_seen_is_charged_where_billing_stops()
    {
        await using var rig = await StreamRig.StartAsync((Bills, "false"));
        rig.Upstream.Answer = async (http, _) =>
        {
            await SendAsync(http, ChatText(s_words));
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
        };

        await LeaveAfterAsync(rig, "www");

        var charge = Assert.Single(await rig.ChargedAsync());
        Assert.Equal("client_disconnected", charge.Outcome);
        Assert.Equal("counted", charge.Source);
        Assert.Equal(StreamRig.PriceOf(charge.InputTokens, Words / 4), charge.Charged);
        await Eventually.HoldsAsync(() => rig.Upstream.Aborted == 1, () => "It was not cut off.");
    }

    // Case 29.
    [Fact]
    public async Task In_the_middle_the_true_usage_is_charged_where_billing_goes_on()
    {
        await using var rig = await StreamRig.StartAsync((Bills, "true"));
        var left = new TaskCompletionSource();
        rig.Upstream.Answer = async (http, _) =>
        {
            await SendAsync(http, ChatText(s_words));
            await left.Task;
            await SendAsync(http, ChatText(s_words, "stop") + ChatEnd(9, 200));
        };

        await LeaveAfterAsync(rig, "www");
        left.SetResult();

        var charge = Assert.Single(await rig.ChargedAsync());
        Assert.Equal(StreamRig.PriceOf(9, 200), charge.Charged);
        Assert.Equal("provider", charge.Source);
        Assert.Equal(0, rig.Upstream.Aborted);
    }

    // Case 31.
    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task Before_the_terminator_all_is_charged_once(string bills)
    {
        await using var rig = await StreamRig.StartAsync((Bills, bills));
        rig.Upstream.Answer = (http, _) =>
            SendAsync(http, ChatText(s_words, "stop") + ChatEnd(9, 100));

        await LeaveAfterAsync(rig, "\"cost\"");

        var charge = Assert.Single(await rig.ChargedAsync());
        Assert.Equal(StreamRig.PriceOf(9, 100), charge.Charged);
        Assert.Equal("completed", charge.Outcome);
    }

    [Fact]
    public async Task A_whole_answer_that_nobody_waits_for_is_free_where_billing_stops()
    {
        await using var rig = await StreamRig.StartAsync((Bills, "false"));
        rig.Upstream.Answer = (http, _) => Task.Delay(Timeout.Infinite, http.RequestAborted);

        await LeaveBeforeTheFirstByteAsync(rig, stream: false);

        await Eventually.HoldsAsync(() => rig.Upstream.Aborted == 1, () => "It was not cut off.");
        await rig.AssertRestAsync();
        Assert.Empty(new StoredBooks(rig.Host.DataDirectory, null).Charges());
    }

    // Case 38: who said that they would ask again finds the answer, and one charge.
    [Fact]
    public async Task After_a_hang_up_the_same_key_hears_the_whole_answer_at_no_further_charge()
    {
        await using var rig = await StreamRig.StartAsync((Bills, "false"));
        var left = new TaskCompletionSource();
        rig.Upstream.Answer = async (http, _) =>
        {
            await SendAsync(http, ChatText(s_words));
            await left.Task;
            await SendAsync(http, ChatText("the end", "stop") + ChatEnd(9, 101));
        };
        using (var answer = await rig.AskAsync(idempotencyKey: "once"))
        {
            await StreamRig.ReadUntilAsync(answer, "www");
        }

        left.SetResult();
        await rig.ChargedAsync();
        using var again = await AskUntilAnsweredAsync(rig, "once");

        var text = await again.Content.ReadAsStringAsync(Ct);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        Assert.Contains("the end", text, StringComparison.Ordinal);
        Assert.Equal("true", again.Headers.GetValues("X-Arda-Idempotent-Replay").Single());
        Assert.Equal(StreamRig.PriceOf(9, 101), Assert.Single(await rig.ChargedAsync()).Charged);
        Assert.Equal(1, rig.Upstream.Calls);
    }

    // Between the charge and the kept answer a retry may still hear that it runs.
    internal static async Task<HttpResponseMessage> AskUntilAnsweredAsync(StreamRig rig, string key)
    {
        while (true)
        {
            var answer = await rig.AskAsync(idempotencyKey: key);
            if (answer.StatusCode != HttpStatusCode.Conflict)
            {
                return answer;
            }

            answer.Dispose();
            await Task.Delay(10, Ct);
        }
    }

    private static async Task LeaveAfterAsync(StreamRig rig, string text)
    {
        using var answer = await rig.AskAsync();
        await StreamRig.ReadUntilAsync(answer, text);
    }

    private static async Task LeaveBeforeTheFirstByteAsync(StreamRig rig, bool stream = true)
    {
        var said = stream ? "true" : "false";
        using var leaving = new CancellationTokenSource();
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(
                $$"""
                {"model":"house/chat","stream":{{said}},"max_tokens":4000,
                 "messages":[{"role":"user","content":"Hello"}]}
                """
            ),
        };
        request.Content.Headers.ContentType = new("application/json");
        var asked = rig.Host.Client.SendAsync(request, leaving.Token);
        await Eventually.HoldsAsync(() => rig.Upstream.Calls == 1, () => "Nobody was asked.");
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
    }
}
