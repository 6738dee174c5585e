using System.Text;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;
using static Arda.Gateway.Tests.Wire.Messages.Said;

namespace Arda.Gateway.Tests.Wire.Messages;

public sealed class MessagesAnswerTests
{
    private static readonly IWireCodec Codec = WireCodecs.For(WireFormat.AnthropicMessages);

    private static Answer Read(string json) => Codec.ReadAnswer(Encoding.UTF8.GetBytes(json));

    [Theory]
    [InlineData("end_turn", StopReason.EndTurn)]
    [InlineData("stop_sequence", StopReason.StopSequence)]
    [InlineData("tool_use", StopReason.ToolUse)]
    [InlineData("max_tokens", StopReason.MaxTokens)]
    [InlineData("model_context_window_exceeded", StopReason.MaxTokens)]
    [InlineData("refusal", StopReason.Refusal)]
    [InlineData("pause_turn", StopReason.Pause)]
    [InlineData("something_new", StopReason.Error)]
    public void A_stop_reason_is_read_and_the_same_word_goes_out_again(
        string native,
        StopReason reason
    )
    {
        var answer = Read($$"""{"id":"a","model":"m","content":[],"stop_reason":"{{native}}"}""");
        Assert.Equal(reason, answer.Stop);
        Assert.Equal(native, answer.NativeStop);
        if (reason != StopReason.Error)
        {
            Assert.Equal(native, (string?)Answer(Codec, answer)["stop_reason"]);
        }
    }

    [Theory]
    [InlineData(StopReason.EndTurn, "stop", "end_turn")]
    [InlineData(StopReason.ToolUse, "STOP", "tool_use")]
    [InlineData(StopReason.MaxTokens, "MAX_TOKENS", "max_tokens")]
    [InlineData(StopReason.ContentFilter, "SAFETY", "refusal")]
    public void A_foreign_stop_reason_becomes_Anthropics_word(
        StopReason reason,
        string native,
        string expected
    )
    {
        var answer = new Answer
        {
            Id = "",
            Model = "m",
            Blocks = [],
            Stop = reason,
            NativeStop = native,
        };
        var written = Answer(Codec, answer);
        Assert.Equal(expected, (string?)written["stop_reason"]);
        Assert.Equal("gen_1", (string?)written["id"]);
    }

    [Fact]
    public void A_refusals_explanation_is_its_words_for_others_and_stop_details_for_its_own()
    {
        const string Details =
            """{"type":"refusal","category":"cyber","explanation":"Not this."}""";
        var answer = Read(
            $$"""{"id":"a","model":"m","content":[],"stop_reason":"refusal","stop_details":{{Details}}}"""
        );
        Assert.Equal("Not this.", Assert.IsType<Block.Refusal>(Assert.Single(answer.Blocks)).Value);
        var written = Answer(Codec, answer);
        AssertJson(Details, written["stop_details"]);
        Assert.Empty(written["content"]!.AsArray());
        var foreign = answer with { Blocks = [new Block.Refusal("No.")] };
        AssertJson("""[{"type":"text","text":"No."}]""", Answer(Codec, foreign)["content"]);
    }

    [Fact]
    public void Cached_tokens_stand_outside_of_the_input_and_writes_are_split_by_their_life()
    {
        var usage = Read(
            """
            {"content":[],"stop_reason":"end_turn","usage":{"input_tokens":4,"cache_read_input_tokens":100,
             "cache_creation_input_tokens":50,
             "cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":30},
             "output_tokens":9,"output_tokens_details":{"thinking_tokens":6},
             "server_tool_use":{"web_search_requests":2,"web_fetch_requests":1},"service_tier":"priority"}}
            """
        ).Usage;
        var expected = new TokenUsage
        {
            Input = 4,
            CacheRead = 100,
            CacheWrite5m = 20,
            CacheWrite1h = 30,
            Output = 3,
            Reasoning = 6,
            WebSearches = 2,
            ServiceTier = "priority",
        };
        Assert.Equal(expected, usage);
        Assert.Equal(154, usage!.PromptTotal);
    }

    [Fact]
    public void Calls_beside_the_answer_count_and_a_fallback_is_inside_the_totals_already()
    {
        var usage = Read(
            """
            {"content":[],"stop_reason":"end_turn","usage":{"input_tokens":10,"output_tokens":5,"iterations":[
             {"type":"compaction","input_tokens":100,"output_tokens":50,"cache_read_input_tokens":7},
             {"type":"message","input_tokens":10,"output_tokens":5},
             {"type":"advisor_message","model":"claude-opus-5","input_tokens":3,"output_tokens":2,"cache_creation_input_tokens":4},
             {"type":"fallback_message","model":"x","input_tokens":10,"output_tokens":5}]}}
            """
        ).Usage;
        var expected = new TokenUsage
        {
            Input = 113,
            CacheRead = 7,
            CacheWrite5m = 4,
            Output = 57,
        };
        Assert.Equal(expected, usage);
    }

    [Fact]
    public void Usage_of_another_vendor_is_said_by_Anthropics_rules_with_the_cost_beside_it()
    {
        var answer = new Answer
        {
            Id = "a",
            Model = "m",
            Blocks = [new Block.Text("hi")],
            Stop = StopReason.EndTurn,
            Usage = new TokenUsage
            {
                Input = 60,
                CacheRead = 40,
                CacheWrite = 5,
                Output = 3,
                Reasoning = 4,
            },
        };
        var cost = new Cost(new NanoUsd(2), new NanoUsd(2), NanoUsd.Zero, NanoUsd.Zero);
        var usage = Answer(Codec, answer, cost)["usage"]!;
        Assert.Equal(60, (long)usage["input_tokens"]!);
        Assert.Equal(40, (long)usage["cache_read_input_tokens"]!);
        Assert.Equal(5, (long)usage["cache_creation_input_tokens"]!);
        Assert.Equal(7, (long)usage["output_tokens"]!);
        Assert.Equal(4, (long)usage["output_tokens_details"]!["thinking_tokens"]!);
        Assert.Equal(0.000000002m, (decimal)usage["cost"]!);
    }

    [Fact]
    public void Half_a_calls_arguments_become_an_empty_object()
    {
        var answer = new Answer
        {
            Id = "a",
            Model = "m",
            Blocks = [new Block.ToolCall("c", "f", "{\"x\":")],
            Stop = StopReason.MaxTokens,
        };
        AssertJson("{}", Answer(Codec, answer)["content"]![0]!["input"]);
    }

    [Fact]
    public void The_meter_counts_what_was_written_and_finds_the_model()
    {
        var body = Encoding.UTF8.GetBytes(
            """
            {"model":"claude-x","content":[{"type":"text","text":"hé"},
             {"type":"thinking","thinking":"abc","signature":"longlonglong"},
             {"type":"tool_use","id":"a","name":"f","input":{"text":"zz"}}],"stop_reason":"tool_use"}
            """
        );
        var reading = Codec.Meter(body);
        Assert.Equal(3 + 3 + "{\"text\":\"zz\"}".Length, reading.OutputBytes);
        Assert.Equal("\"claude-x\"", Encoding.UTF8.GetString(body[reading.ModelAt]));
        Assert.Null(reading.Usage);
        Assert.Equal(default, reading.UsageAt);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("<html>")]
    [InlineData("{\"content\":\"x\"}")]
    [InlineData("{\"content\":[{\"type\":\"tool_use\",\"id\":\"a\"}]}")]
    public void What_is_no_message_is_garbage(string body) =>
        Assert.Throws<WireFormatException>(() => Read(body));
}
