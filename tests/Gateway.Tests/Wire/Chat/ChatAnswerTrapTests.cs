using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;
using Arda.Gateway.Tests.Wire.OpenAi;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Wire.Chat;

/// <summary>What broke other gateways on finished answers of this format.</summary>
public sealed class ChatAnswerTrapTests
{
    private static readonly string[] WordsOfStrictClients =
    [
        "stop",
        "length",
        "tool_calls",
        "content_filter",
        "function_call",
    ];

    [Fact]
    public void Only_words_that_strict_clients_know_are_finish_reasons()
    {
        foreach (var reason in Enum.GetValues<StopReason>().Where(r => r != StopReason.Error))
        {
            var written = Write(Answer([new Block.Text("a")], reason, "native-word"));
            var choice = written["choices"]![0]!;
            Assert.Contains((string)choice["finish_reason"]!, WordsOfStrictClients);
            Assert.Equal("native-word", (string?)choice["native_finish_reason"]);
        }
    }

    [Theory]
    [InlineData("sensitive", StopReason.ContentFilter)]
    [InlineData("network_error", StopReason.Error)]
    [InlineData("abort", StopReason.Error)]
    [InlineData("insufficient_system_resource", StopReason.Error)]
    [InlineData("a_word_of_tomorrow", StopReason.Error)]
    [InlineData("model_length", StopReason.MaxTokens)]
    [InlineData("eos", StopReason.EndTurn)]
    public void A_word_of_a_host_is_never_taken_for_stop(string word, StopReason expected)
    {
        var answer = Read(
            $$"""{"choices":[{"message":{"content":"a"},"finish_reason":"{{word}}"}]}"""
        );
        Assert.Equal(expected, answer.Stop);
        Assert.Equal(word, answer.NativeStop);
    }

    [Fact]
    public void An_error_inside_a_200_is_not_an_answer() =>
        Assert.Equal(
            StopReason.Error,
            Read("""{"error":{"code":502,"message":"Provider returned error"}}""").Stop
        );

    [Fact]
    public void A_blocked_answer_without_a_message_is_one_choice_with_empty_content()
    {
        var answer = Recording.Of("azure/content-filter");
        var read = answer.Codec.ReadAnswer(answer.BodyBytes);
        Assert.Equal(StopReason.ContentFilter, read.Stop);
        var message = Write(read)["choices"]![0]!["message"]!;
        Assert.Equal("", (string?)message["content"]);
    }

    [Fact]
    public void A_refusal_keeps_its_words_and_its_finish_reason()
    {
        var recording = Recording.Of("openai/chat-refusal");
        var answer = recording.Codec.ReadAnswer(recording.BodyBytes);
        Assert.Equal(StopReason.Refusal, answer.Stop);
        var choice = Write(answer)["choices"]![0]!;
        Assert.Null(choice["message"]!["content"]);
        Assert.StartsWith("I'm very sorry", (string?)choice["message"]!["refusal"]);
        Assert.Equal("stop", (string?)choice["finish_reason"]);
    }

    [Fact]
    public void Anthropics_usage_is_summed_and_the_cached_part_stands_inside()
    {
        var usage = new TokenUsage
        {
            Input = 10,
            CacheRead = 100,
            CacheWrite5m = 20,
            CacheWrite1h = 5,
            Output = 7,
            Reasoning = 3,
        };
        var written = Write(Answer([], StopReason.EndTurn, null) with { Usage = usage })["usage"]!;
        Assert.Equal(135, (long)written["prompt_tokens"]!);
        Assert.Equal(100, (long)written["prompt_tokens_details"]!["cached_tokens"]!);
        Assert.Equal(25, (long)written["prompt_tokens_details"]!["cache_write_tokens"]!);
        Assert.Equal(10, (long)written["completion_tokens"]!);
        Assert.Equal(3, (long)written["completion_tokens_details"]!["reasoning_tokens"]!);
        Assert.Equal(145, (long)written["total_tokens"]!);
    }

    [Theory]
    [InlineData(
        """{"prompt_tokens":12,"completion_tokens":1,"total_tokens":303,"completion_tokens_details":{"reasoning_tokens":290}}""",
        12,
        0,
        0,
        1,
        290
    )]
    [InlineData(
        """{"prompt_tokens":12,"completion_tokens":291,"total_tokens":303,"completion_tokens_details":{"reasoning_tokens":290}}""",
        12,
        0,
        0,
        1,
        290
    )]
    [InlineData(
        """{"prompt_tokens":50,"completion_tokens":1,"prompt_cache_hit_tokens":40,"prompt_cache_miss_tokens":10}""",
        10,
        40,
        0,
        1,
        0
    )]
    [InlineData(
        """{"prompt_tokens":50,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":30,"cache_write_tokens":15}}""",
        5,
        30,
        15,
        1,
        0
    )]
    [InlineData("""{"prompt_tokens":5,"completion_tokens":0}""", 5, 0, 0, 0, 0)]
    [InlineData(
        """{"prompt_tokens":5,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":99},"completion_tokens_details":{"reasoning_tokens":7}}""",
        0,
        5,
        0,
        0,
        2
    )]
    public void Usage_of_each_kind_of_host_is_split_by_the_table(
        string usage,
        long input,
        long read,
        long written,
        long output,
        long reasoning
    )
    {
        var body = Encoding.UTF8.GetBytes($$"""{"choices":[],"usage":{{usage}}}""");
        var expected = new TokenUsage
        {
            Input = input,
            CacheRead = read,
            CacheWrite = written,
            Output = output,
            Reasoning = reasoning,
        };
        Assert.Equal(expected, Requests.Chat.Meter(body).Usage);
        Assert.Equal(expected, Requests.Chat.ReadAnswer(body).Usage);
    }

    [Fact]
    public void Counts_at_the_edge_of_64_bits_do_not_overflow()
    {
        const long max = long.MaxValue;
        var usage = $"\"prompt_tokens\":{max},\"completion_tokens\":{max},\"total_tokens\":{max}";
        var body = Encoding.UTF8.GetBytes(
            """{"choices":[{"message":{"content":""},"finish_reason":"stop"}],"usage":{"""
                + usage
                + "}}"
        );
        var answer = Requests.Chat.ReadAnswer(body);
        Assert.Equal(max, (long)Write(answer)["usage"]!["total_tokens"]!);
    }

    [Fact]
    public void Thoughts_are_shown_plain_and_kept_whole()
    {
        Block[] blocks =
        [
            new Block.Reasoning("first") { Source = Vendor.Anthropic, Signature = "S1" },
            new Block.Reasoning("") { Source = Vendor.Anthropic, Redacted = "R" },
            new Block.Reasoning("sum")
            {
                Source = Vendor.OpenAi,
                Redacted = "E",
                ItemId = "rs_1",
            },
            new Block.Text("done"),
        ];
        var to = new ArrayBufferWriter<byte>();
        Requests.Chat.WriteAnswer(Answer(blocks, StopReason.EndTurn, null), Steps.Frame, to);
        var message = JsonNode.Parse(to.WrittenSpan)!["choices"]![0]!["message"]!;
        Assert.Equal("firstsum", (string?)message["reasoning_content"]);
        var formats = message["reasoning_details"]!.AsArray().Select(d => (string?)d!["format"]);
        Assert.Equal(
            [
                "anthropic-claude-v1",
                "anthropic-claude-v1",
                "openai-responses-v1",
                "openai-responses-v1",
            ],
            formats
        );
        var again = Requests.Chat.ReadAnswer(to.WrittenMemory).Blocks;
        Assert.Equal(blocks.Select(Steps.Describe), again.Select(Steps.Describe));
    }

    private static Answer Read(string json) =>
        Requests.Chat.ReadAnswer(Encoding.UTF8.GetBytes(json));

    private static Answer Answer(IReadOnlyList<Block> blocks, StopReason stop, string? native) =>
        new()
        {
            Id = "",
            Model = "m",
            Blocks = blocks,
            Stop = stop,
            NativeStop = native,
        };

    private static JsonObject Write(Answer answer)
    {
        var to = new ArrayBufferWriter<byte>();
        Requests.Chat.WriteAnswer(answer, Steps.Frame, to);
        return JsonNode.Parse(to.WrittenSpan)!.AsObject();
    }
}
