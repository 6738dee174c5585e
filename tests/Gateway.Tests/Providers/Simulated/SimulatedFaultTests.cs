using Arda.Gateway.Catalog;
using Arda.Gateway.Kernel;
using Arda.Gateway.Providers;
using Arda.Gateway.Providers.Simulated;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Providers.Simulated;

/// <summary>Every fault on demand, in every format, streamed and whole.</summary>
public sealed class SimulatedFaultTests
{
    private static readonly (string Directive, UpstreamFault Fault, int Status)[] s_refusals =
    [
        ("500", UpstreamFault.Server, 500),
        ("status=502", UpstreamFault.Server, 502),
        ("503", UpstreamFault.Overloaded, 503),
        ("529", UpstreamFault.Overloaded, 529),
        ("status=404", UpstreamFault.ModelNotFound, 404),
        ("status=400", UpstreamFault.BadRequest, 400),
        ("status=402", UpstreamFault.OperatorBilling, 402),
        ("key-refused", UpstreamFault.OperatorKey, 401),
        ("context-length", UpstreamFault.ContextLength, 400),
        ("status=429, retry-after=16", UpstreamFault.RateLimited, 429),
    ];

    [Theory]
    [MemberData(nameof(SimulatedTalk.All), MemberType = typeof(SimulatedTalk))]
    public async Task A_refusal_before_the_answer_has_its_status_and_fault(
        WireFormat format,
        bool stream
    )
    {
        foreach (var (directive, fault, status) in s_refusals)
        {
            using var talk = new SimulatedTalk(format, stream);
            await using var inPrompt = await talk.SendAsync(
                SimulatedTalk.Say($"Hello [simulate: {directive}]")
            );
            Assert.Equal((fault, status), (inPrompt.Fault, inPrompt.Status));
            if (fault == UpstreamFault.RateLimited)
            {
                Assert.Equal(TimeSpan.FromSeconds(16), inPrompt.RetryAfter);
            }

            using var other = new SimulatedTalk(format, stream);
            await using var inHeader = await other.SendAsync(
                SimulatedTalk.Say("Hello"),
                simulate: directive
            );
            Assert.Equal((fault, status), (inHeader.Fault, inHeader.Status));
        }
    }

    [Theory]
    [MemberData(nameof(SimulatedTalk.All), MemberType = typeof(SimulatedTalk))]
    public async Task The_operators_empty_account_is_never_the_callers_fault(
        WireFormat format,
        bool stream
    )
    {
        using var talk = new SimulatedTalk(format, stream);
        await using var response = await talk.SendAsync(SimulatedTalk.Say("[simulate: no-credit]"));
        Assert.Equal(UpstreamFault.OperatorBilling, response.Fault);
        Assert.DoesNotContain("quota", response.Error!.Message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("credit", response.Error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [MemberData(nameof(SimulatedTalk.All), MemberType = typeof(SimulatedTalk))]
    public async Task An_unknown_directive_is_a_400_that_lists_those_there_are(
        WireFormat format,
        bool stream
    )
    {
        using var talk = new SimulatedTalk(format, stream);
        await using var response = await talk.SendAsync(SimulatedTalk.Say("[simulate: explode]"));
        Assert.Equal((UpstreamFault.BadRequest, 400), (response.Fault, response.Status));
        Assert.Contains("cut-after", response.Error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(SimulatedTalk.All), MemberType = typeof(SimulatedTalk))]
    public async Task A_cut_connection_never_looks_like_an_end(WireFormat format, bool stream)
    {
        foreach (var after in (int[])[0, 3])
        {
            using var talk = new SimulatedTalk(format, stream);
            var cut = await Record.ExceptionAsync(() =>
                talk.AskAsync(SimulatedTalk.Say($"Hello [simulate: cut-after={after}]"))
            );
            Assert.IsType<IOException>(cut, exactMatch: false);
        }
    }

    [Theory]
    [MemberData(nameof(SimulatedTalk.All), MemberType = typeof(SimulatedTalk))]
    public async Task Garbage_is_found_to_be_garbage(WireFormat format, bool stream)
    {
        foreach (var directive in (string[])["garbage", "garbage-after=2"])
        {
            using var talk = new SimulatedTalk(format, stream);
            var found = await Record.ExceptionAsync(() =>
                talk.AskAsync(SimulatedTalk.Say($"Hello [simulate: {directive}]"))
            );
            Assert.True(found is WireFormatException or TalkFailedException, found?.ToString());
        }
    }

    [Theory]
    [InlineData(WireFormat.OpenAiChat)]
    [InlineData(WireFormat.OpenAiResponses)]
    [InlineData(WireFormat.AnthropicMessages)]
    [InlineData(WireFormat.GeminiGenerate)]
    public async Task An_error_in_the_middle_of_a_stream_comes_after_what_was_said(
        WireFormat format
    )
    {
        using var talk = new SimulatedTalk(format, stream: true);
        var failed = await Assert.ThrowsAsync<TalkFailedException>(() =>
            talk.AskAsync(SimulatedTalk.Say("Hello [simulate: error-after=3]"))
        );
        Assert.Equal("Overloaded", failed.Error.Message);
        Assert.Equal(3, failed.Steps.OfType<StreamEvent.TextDelta>().Count());
    }

    [Theory]
    [MemberData(nameof(SimulatedTalk.All), MemberType = typeof(SimulatedTalk))]
    public async Task Usage_is_what_was_asked_for(WireFormat format, bool stream)
    {
        using var talk = new SimulatedTalk(format, stream);
        var exact = await talk.AskAsync(SimulatedTalk.Say("[simulate: usage=1200/340]"));
        Assert.Equal(new TokenUsage { Input = 1_200, Output = 340 }, exact.Usage);
        var zero = await talk.AskAsync(SimulatedTalk.Say("[simulate: usage=zero]"));
        Assert.Equal(TokenUsage.Zero, zero.Usage);
        var huge = await talk.AskAsync(SimulatedTalk.Say("[simulate: usage=huge]"));
        Assert.Equal(2_000_000_000, huge.Usage!.Input);
        var none = await talk.AskAsync(SimulatedTalk.Say("[simulate: usage=none]"));
        Assert.Null(none.Usage);
    }

    [Theory]
    [MemberData(nameof(SimulatedTalk.All), MemberType = typeof(SimulatedTalk))]
    public async Task Content_is_what_was_asked_for(WireFormat format, bool stream)
    {
        using var talk = new SimulatedTalk(format, stream);
        var text = await talk.AskAsync(SimulatedTalk.Say("[simulate: text=Grüße, 你好 🙂]"));
        Assert.Equal("Grüße, 你好 🙂", Assert.IsType<Block.Text>(Assert.Single(text.Blocks)).Value);
        var long_ = await talk.AskAsync(SimulatedTalk.Say("Bridges [simulate: tokens=900]"));
        Assert.Equal(900, long_.Usage!.Output);
        var empty = await talk.AskAsync(SimulatedTalk.Say("[simulate: empty]"));
        Assert.DoesNotContain(empty.Blocks, b => b is Block.Text { Value.Length: > 0 });
        var filtered = await talk.AskAsync(SimulatedTalk.Say("[simulate: content-filter]"));
        Assert.Contains(
            filtered.Stop,
            (StopReason[])[StopReason.ContentFilter, StopReason.Refusal]
        );
    }

    [Theory]
    [MemberData(nameof(SimulatedTalk.All), MemberType = typeof(SimulatedTalk))]
    public async Task Calls_are_as_many_and_as_wrong_as_was_asked_for(
        WireFormat format,
        bool stream
    )
    {
        using var talk = new SimulatedTalk(format, stream);
        var asked = SimulatedTalk.Say("[simulate: tool-calls=3]") with
        {
            Tools = [SimulatedTalk.Weather],
        };
        var three = await talk.AskAsync(asked);
        Assert.Equal(3, three.Blocks.OfType<Block.ToolCall>().Count());
        if (format != WireFormat.GeminiGenerate) // It cannot be told.
        {
            var one = await talk.AskAsync(asked with { ParallelToolCalls = false });
            Assert.Single(one.Blocks.OfType<Block.ToolCall>());
        }

        var bad = await talk.AskAsync(
            asked with
            {
                Turns = [SimulatedTalk.User("[simulate: bad-tool-arguments]")],
            }
        );
        var arguments = Assert.Single(bad.Blocks.OfType<Block.ToolCall>()).ArgumentsJson;
        Assert.DoesNotContain("city", arguments, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Thoughts_are_as_long_and_as_secret_as_was_asked_for(bool stream)
    {
        using var talk = new SimulatedTalk(WireFormat.AnthropicMessages, stream);
        var asked = SimulatedTalk.Say("[simulate: redacted-thinking, reasoning=90]") with
        {
            Reasoning = new ReasoningWish { Adaptive = true, Effort = "low" },
        };
        var answer = await talk.AskAsync(asked, "reasoner");
        var thought = Assert.Single(answer.Blocks.OfType<Block.Reasoning>());
        Assert.Equal("", thought.Value);
        Assert.True(ThinkingSeal.Holds(thought.Redacted, ""));
        Assert.True(answer.Usage!.OutputTotal > 90);
    }

    [Fact]
    public async Task The_first_token_and_each_that_follows_wait_as_long_as_they_are_told_to()
    {
        var clock = new HandClock();
        using var rig = new ProvidersRig(time: clock);
        var call = ProvidersRig.Call("simulated", OfferProtocol.OpenAiChat, stream: true) with
        {
            UpstreamModel = "chat",
            Body =
                """{"model":"chat","stream":true,"messages":[{"role":"user","content":"Hello"}]}"""u8.ToArray(),
            Headers = [new(DialectHeaders.Simulate, "first-token-ms=3000, token-ms=500, tokens=9")],
        };
        await using var response = await rig.SendAsync(call);
        var ct = TestContext.Current.CancellationToken;
        using var reader = new StreamReader(response.Body);
        foreach (var (milliseconds, says) in ((int, string)[])[(3_000, "role"), (500, "content")])
        {
            var line = reader.ReadLineAsync(ct).AsTask();
            clock.Advance(TimeSpan.FromMilliseconds(milliseconds - 1));
            Assert.False(line.IsCompleted);
            clock.Advance(TimeSpan.FromMilliseconds(1));
            Assert.Contains(says, await line, StringComparison.Ordinal);
            await reader.ReadLineAsync(ct); // The blank line.
            if (milliseconds == 3_000)
            {
                // The first token comes with the role, and only then the pace counts.
                await reader.ReadLineAsync(ct);
                await reader.ReadLineAsync(ct);
            }
        }
    }

    [Fact]
    public async Task A_provider_that_hangs_is_ended_by_our_own_clock()
    {
        var clock = new HandClock();
        using var rig = new ProvidersRig(time: clock);
        var call = ProvidersRig.Call("simulated", OfferProtocol.AnthropicMessages) with
        {
            UpstreamModel = "chat",
            Body =
                """{"model":"chat","max_tokens":9,"messages":[{"role":"user","content":"x"}]}"""u8.ToArray(),
            Headers = [new(DialectHeaders.Simulate, "hang")],
        };
        var sending = rig.SendAsync(call).AsTask();
        Assert.False(sending.IsCompleted);
        clock.Advance(TimeSpan.FromMinutes(10));
        await using var response = await sending;
        Assert.Equal(UpstreamFault.Timeout, response.Fault);
    }

    [Fact]
    public async Task Letting_go_of_a_hanging_stream_ends_it()
    {
        using var talk = new SimulatedTalk(WireFormat.AnthropicMessages, stream: true);
        var response = await talk.SendAsync(SimulatedTalk.Say("[simulate: hang-after=1]"));
        var buffer = new byte[64];
        Assert.True(
            await response.Body.ReadAsync(buffer, TestContext.Current.CancellationToken) > 0
        );
        await response.DisposeAsync();
    }
}
