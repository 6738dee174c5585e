using System.Net;
using Arda.Gateway.Kernel;
using static Arda.Gateway.Tests.Crash.ScriptedUpstream;

namespace Arda.Gateway.Tests.Crash;

/// <summary>Streams that do not end as their provider meant (ledger.md §6, cases 32 to 35 and 65):
/// what the client hears and what it is charged.</summary>
public sealed class StreamEndTests
{
    private const int Words = 400;

    private static readonly string s_words = new('w', Words);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_long_stream_books_what_it_has_used_and_its_rows_add_up_to_the_price()
    {
        await using var rig = await StreamRig.StartAsync(("Inference:ProgressSeconds", "1"));
        rig.Upstream.Answer = async (http, _) =>
        {
            for (var i = 0; i < 8; i++)
            {
                await SendAsync(http, ChatText(s_words));
                await Task.Delay(300, http.RequestAborted);
            }

            await SendAsync(http, ChatText("", "stop") + ChatEnd(9, 900));
        };

        using var answer = await rig.AskAsync();
        var text = await answer.Content.ReadAsStringAsync(Ct);

        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        var rows = await rig.ChargedAsync();
        Assert.True(rows.Count >= 2, $"{rows.Count} rows");
        Assert.Equal(Enumerable.Range(0, rows.Count), rows.Select(row => (int)row.Seq));
        Assert.Equal(StreamRig.PriceOf(9, 900), StreamRig.Total(rows));
        Assert.Contains("\"cost\":0.09009", text, StringComparison.Ordinal);
    }

    // Cases 34 and ruling 6.
    [Fact]
    public async Task What_was_booked_on_the_way_is_given_back_when_the_provider_fails()
    {
        await using var rig = await StreamRig.StartAsync(("Inference:ProgressSeconds", "1"));
        rig.Upstream.Answer = async (http, _) =>
        {
            for (var i = 0; i < 6; i++)
            {
                await SendAsync(http, ChatText(s_words));
                await Task.Delay(300, http.RequestAborted);
            }

            http.Abort();
        };

        using var answer = await rig.AskAsync();
        var text = await answer.Content.ReadAsStringAsync(Ct);

        Assert.Contains("\"error\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        // What came back lies in the wallet; the node leases it again when it needs it.
        var rows = await rig.ChargedAsync(atRest: false);
        Assert.True(rows.Count >= 2, $"{rows.Count} rows");
        Assert.Equal(NanoUsd.Zero, StreamRig.Total(rows));
        Assert.Contains(rows, row => row.IsCorrection);
        Assert.Equal("provider_error", rows[^1].Outcome);
    }

    [Fact]
    public async Task A_provider_that_fails_in_the_middle_is_free_and_the_key_may_run_again()
    {
        await using var rig = await StreamRig.StartAsync();
        rig.Upstream.Answer = async (http, _) =>
        {
            await SendAsync(http, ChatText(s_words));
            await (
                rig.Upstream.Calls == 1
                    ? SendAsync(http, "data: {\"error\":{\"message\":\"boom\",\"code\":500}}\n\n")
                    : SendAsync(http, ChatText("", "stop") + ChatEnd(9, 100))
            );
        };

        using var broken = await rig.AskAsync(idempotencyKey: "k");
        var heard = await broken.Content.ReadAsStringAsync(Ct);
        Assert.Contains("provider_unavailable", heard, StringComparison.Ordinal);
        Assert.Equal(NanoUsd.Zero, StreamRig.Total(await rig.ChargedAsync()));

        using var again = await rig.AskAsync(idempotencyKey: "k");
        var text = await again.Content.ReadAsStringAsync(Ct);

        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        Assert.Equal(StreamRig.PriceOf(9, 100), StreamRig.Total(await rig.ChargedAsync()));
    }

    // Case 32: the provider says no usage, but it does say the end.
    [Fact]
    public async Task Without_usage_our_own_count_is_charged_and_says_so()
    {
        await using var rig = await StreamRig.StartAsync();
        rig.Upstream.Answer = (http, _) =>
            SendAsync(http, ChatText(s_words, "stop") + "data: [DONE]\n\n");

        using var answer = await rig.AskAsync();
        await answer.Content.ReadAsStringAsync(Ct);

        var books = new StoredBooks(rig.Host.DataDirectory, null);
        var charge = Assert.Single(books.Charges());
        Assert.Equal("counted", charge.Source);
        Assert.Equal(StreamRig.PriceOf(charge.InputTokens, Words / 4), charge.Charged);
        await rig.AssertRestAsync();
    }

    // Case 35.
    [Theory]
    [InlineData("house/chat")]
    [InlineData("house/messages")]
    public async Task A_stream_that_runs_too_long_ends_with_length_and_pays_for_its_part(
        string model
    )
    {
        await using var rig = await StreamRig.StartAsync(("Inference:RequestSecondsMax", "1"));
        rig.Upstream.Answer = async (http, _) =>
        {
            await SendAsync(http, model == "house/chat" ? ChatText(s_words) : MessagesText());
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
        };

        using var answer = await rig.AskAsync(model);
        var text = await answer.Content.ReadAsStringAsync(Ct);

        Assert.Contains("\"finish_reason\":\"length\"", text, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        var charge = Assert.Single(await rig.ChargedAsync());
        Assert.Equal("cut", charge.Outcome);
        Assert.Equal(StreamRig.PriceOf(charge.InputTokens, Words / 4), charge.Charged);
        await Eventually.HoldsAsync(() => rig.Upstream.Aborted == 1, () => "It was not cut off.");
    }

    // What the balance afforded at first, another request has taken meanwhile.
    [Fact]
    public async Task A_stream_whose_money_runs_out_ends_with_length_and_pays_for_its_part()
    {
        await using var rig = await StreamRig.StartAsync(
            ("Demo:BalanceCents", "20"),
            ("Inference:RollingHoldTokens", "500")
        );
        var taken = new TaskCompletionSource();
        rig.Upstream.Answer = async (http, _) =>
        {
            await SendAsync(http, ChatText(s_words));
            await taken.Task;
            for (var i = 0; i < 1_000; i++)
            {
                await SendAsync(http, ChatText(s_words));
                await Task.Delay(1, http.RequestAborted);
            }
        };
        using var answer = await AskRollingAsync(rig);
        using var other = await rig.AskAsync(maxTokens: 1_400);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);

        taken.SetResult();
        var text = await answer.Content.ReadAsStringAsync(Ct);

        Assert.True(answer.Headers.Contains("X-Arda-Max-Tokens-Applied"));
        Assert.Contains("\"finish_reason\":\"length\"", text, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        var delivered = DeliveredLetters(text);
        Assert.InRange(delivered, 1_500, 1_500 + Words);
        var charge = (await rig.ChargedAsync(atRest: false)).First(one => one.Outcome == "cut");
        Assert.Equal(StreamRig.PriceOf(charge.InputTokens, delivered / 4), charge.Charged);
    }

    // Of the answer's text alone: other members have the letter in their names.
    private static int DeliveredLetters(string stream) =>
        (stream.Split(s_words).Length - 1) * Words;

    // An operator pays for a provider that writes on and on, never its user.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_provider_that_ignores_its_limit_is_cut_off_and_costs_no_more_than_the_hold(
        bool isRolling
    )
    {
        await using var rig = await StreamRig.StartAsync(("Demo:BalanceCents", "20"));
        rig.Upstream.Answer = async (http, _) =>
        {
            while (true)
            {
                await SendAsync(http, ChatText(s_words));
                await Task.Delay(1, http.RequestAborted);
            }
        };

        using var answer = await (
            isRolling ? AskRollingAsync(rig) : rig.AskAsync(maxTokens: 1_000)
        );
        var text = await answer.Content.ReadAsStringAsync(Ct);

        Assert.Contains("\"finish_reason\":\"length\"", text, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        var charged = StreamRig.Total(await rig.ChargedAsync());
        var held = isRolling ? 20 : 11;
        Assert.InRange(charged.Value, 5 * NanoUsd.PerCent, held * NanoUsd.PerCent);
    }

    // Case 65 and ruling 1.
    [Fact]
    public async Task A_stream_of_a_revoked_key_ends_with_the_error_and_pays_for_its_part()
    {
        await using var rig = await StreamRig.StartAsync();
        rig.Upstream.Answer = async (http, _) =>
        {
            await SendAsync(http, ChatText(s_words));
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
        };

        using var answer = await rig.AskAsync();
        var stream = await StreamRig.ReadUntilAsync(answer, "www");
        using var revoked = await rig.Host.PostAsync("/v1/keys/self/revoke", "");
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        var rest = await new StreamReader(stream).ReadToEndAsync(Ct);

        Assert.Contains("key_revoked", rest, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", rest, StringComparison.Ordinal);
        var charge = Assert.Single(await rig.ChargedAsync());
        Assert.Equal("revoked", charge.Outcome);
        Assert.Equal(StreamRig.PriceOf(charge.InputTokens, Words / 4), charge.Charged);
        await Eventually.HoldsAsync(() => rig.Upstream.Aborted == 1, () => "It was not cut off.");
    }

    private static Task<HttpResponseMessage> AskRollingAsync(StreamRig rig) =>
        rig.Host.PostAsync(
            "/v1/chat/completions",
            """
            {"model":"house/chat","stream":true,"stream_options":{"include_usage":true},
             "messages":[{"role":"user","content":"Hello"}]}
            """
        );

    private static string MessagesText() =>
        $$"""
            event: message_start
            data: {"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"up","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":1} } }

            event: content_block_start
            data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""} }

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"{{s_words}}"} }


            """;
}
