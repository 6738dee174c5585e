using System.Buffers;
using System.Text;
using Arda.Gateway.Kernel;
using Arda.Gateway.Tests.Wire.Messages;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Wire.Gemini;

public sealed class GeminiAnswerTests
{
    private static readonly IWireCodec Codec = WireCodecs.For(WireFormat.GeminiGenerate);

    private static Answer Read(string json) => Codec.ReadAnswer(Encoding.UTF8.GetBytes(json));

    private static string Candidate(string parts, string? finish) =>
        "data: {\"candidates\":[{\"content\":{\"parts\":["
        + parts
        + "]}"
        + (finish is null ? "" : $",\"finishReason\":\"{finish}\"")
        + "}]}";

    [Theory]
    [InlineData("STOP", StopReason.EndTurn)]
    [InlineData("MAX_TOKENS", StopReason.MaxTokens)]
    [InlineData("SAFETY", StopReason.ContentFilter)]
    [InlineData("RECITATION", StopReason.ContentFilter)]
    [InlineData("BLOCKLIST", StopReason.ContentFilter)]
    [InlineData("PROHIBITED_CONTENT", StopReason.ContentFilter)]
    [InlineData("SPII", StopReason.ContentFilter)]
    [InlineData("MALFORMED_FUNCTION_CALL", StopReason.Error)]
    [InlineData("OTHER", StopReason.Error)]
    [InlineData("SOMETHING_NEW", StopReason.Error)]
    public void A_finish_reason_is_read_by_the_table(string native, StopReason reason)
    {
        var answer = Read($$"""{"candidates":[{"finishReason":"{{native}}"}]}""");
        Assert.Equal((reason, native), (answer.Stop, answer.NativeStop));
        Assert.Empty(answer.Blocks);
    }

    [Fact]
    public void A_blocked_prompt_is_an_empty_answer_and_no_crash()
    {
        const string Blocked =
            """{"promptFeedback":{"blockReason":"OTHER"},"usageMetadata":{"promptTokenCount":7}}""";
        var answer = Read(Blocked);
        Assert.Equal((StopReason.ContentFilter, "OTHER"), (answer.Stop, answer.NativeStop));
        Assert.Empty(answer.Blocks);
        Assert.Equal(7, answer.Usage!.Input);
        var steps = Steps.ReadText(Codec, "data: " + Blocked);
        Steps.AssertOrder(steps);
        Assert.Equal(
            StopReason.ContentFilter,
            Assert.IsType<StreamEvent.Finished>(steps[^1]).Reason
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("nonsense")]
    [InlineData("{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{}}]}}]}")]
    public void What_is_no_answer_is_garbage(string body) =>
        Assert.Throws<WireFormatException>(() => Read(body));

    [Fact]
    public void An_answer_without_a_reason_never_looks_complete() =>
        Assert.Equal(
            StopReason.Error,
            Read("""{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}""").Stop
        );

    [Fact]
    public void Calls_make_a_stop_a_tool_turn_and_each_gets_an_id_of_its_own()
    {
        var answer = Read(
            """
            {"responseId":"r","candidates":[{"finishReason":"STOP","content":{"parts":[
             {"functionCall":{"name":"f","args":{"x":1}},"thoughtSignature":"S"},
             {"functionCall":{"name":"f"}}]}}]}
            """
        );
        Assert.Equal(StopReason.ToolUse, answer.Stop);
        var calls = answer.Blocks.Cast<Block.ToolCall>().ToList();
        Assert.NotEqual(calls[0].Id, calls[1].Id);
        Assert.Equal("S", ThoughtSignature.Of(calls[0]));
        Assert.Equal(("{\"x\":1}", "{}"), (calls[0].ArgumentsJson, calls[1].ArgumentsJson));
    }

    [Fact]
    public void A_stop_in_a_later_chunk_than_the_call_still_is_a_tool_turn()
    {
        var steps = Steps.ReadText(
            Codec,
            Candidate("{\"functionCall\":{\"name\":\"f\",\"args\":{}}}", null),
            Candidate("{\"text\":\"\"}", "STOP")
        );
        Steps.AssertOrder(steps);
        Assert.Equal(StopReason.ToolUse, Assert.IsType<StreamEvent.Finished>(steps[^1]).Reason);
        Assert.Single(steps.OfType<StreamEvent.BlockStarted>());
    }

    [Fact]
    public void A_reason_on_every_chunk_ends_the_answer_only_once()
    {
        var steps = Steps.ReadText(
            Codec,
            Candidate("{\"text\":\"a\"}", "STOP"),
            Candidate("{\"text\":\"b\"}", "STOP")
        );
        Steps.AssertOrder(steps);
        Assert.Equal("text ab", Steps.Of(steps.OfType<StreamEvent.BlockStopped>().Single().Block));
    }

    [Fact]
    public void Thoughts_text_and_calls_are_blocks_one_after_the_other()
    {
        var steps = Steps.ReadText(
            Codec,
            Candidate("{\"text\":\"hm\",\"thought\":true}", null),
            Candidate("{\"text\":\"so\",\"thought\":true},{\"text\":\"It \"}", null),
            Candidate("{\"text\":\"is.\",\"thoughtSignature\":\"S\"}", null),
            Candidate("{\"functionCall\":{\"name\":\"f\",\"id\":\"i\"}}", "STOP")
        );
        Steps.AssertOrder(steps);
        Assert.Equal(
            [
                "reasoning Google hmso  ",
                "text It is. bag Google {thought_signature:\"S\"}",
                "call i f {}",
            ],
            steps.OfType<StreamEvent.BlockStopped>().Select(s => Steps.Of(s.Block))
        );
    }

    [Fact]
    public void An_error_inside_a_200_fails_the_stream()
    {
        const string Error =
            "data: {\"error\":{\"code\":503,\"message\":\"The model is overloaded.\",\"status\":\"UNAVAILABLE\"}}";
        var steps = Steps.ReadText(Codec, Candidate("{\"text\":\"a\"}", null), Error);
        Steps.AssertOrder(steps);
        Assert.Equal(
            UpstreamErrorKind.Overloaded,
            Assert.IsType<StreamEvent.Failed>(steps[^1]).Error.Kind
        );
        var meter = Codec.NewStreamMeter();
        var raw = Encoding.UTF8.GetBytes(Error + "\n\n");
        Assert.Equal(EventRole.Error, meter.Observe(SseScanner.Parse(raw)));
    }

    [Fact]
    public void Thoughts_and_tool_prompts_are_outside_and_cached_tokens_inside()
    {
        var usage = Read(
            """
            {"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":100,
             "cachedContentTokenCount":40,"candidatesTokenCount":7,"thoughtsTokenCount":50,
             "toolUsePromptTokenCount":9,"totalTokenCount":166,"trafficType":"ON_DEMAND_PRIORITY",
             "promptTokensDetails":[{"modality":"TEXT","tokenCount":60},{"modality":"AUDIO","tokenCount":30},{"tokenCount":10,"modality":"IMAGE"}],
             "cacheTokensDetails":[{"modality":"AUDIO","tokenCount":20},{"modality":"TEXT","tokenCount":20}]}}
            """
        ).Usage;
        var expected = new TokenUsage
        {
            Input = 49,
            CacheRead = 40,
            AudioInput = 10,
            ImageInput = 10,
            Output = 7,
            Reasoning = 50,
            ServiceTier = "priority",
        };
        Assert.Equal(expected, usage);
        Assert.Equal(166, usage!.PromptTotal + usage.OutputTotal);
    }

    [Fact]
    public void Log_probabilities_stay_with_their_text()
    {
        var answer = Read(
            """
            {"candidates":[{"finishReason":"STOP","content":{"parts":[{"text":"Hi"}]},"logprobsResult":{
             "chosenCandidates":[{"token":"Hi","logProbability":-0.5}],
             "topCandidates":[{"candidates":[{"token":"Hi","logProbability":-0.5},{"token":"Yo","logProbability":-2}]}]}}]}
            """
        );
        var token = Assert.IsType<Block.Text>(answer.Blocks[0]).Logprobs!.Single();
        Assert.Equal(("Hi", -0.5), (token.Token, token.Logprob));
        Assert.Equal(["Hi", "Yo"], token.Top.Select(t => t.Token));
        var again = Said.Answer(Codec, answer)["candidates"]![0]!["logprobsResult"]!;
        Assert.Equal(-2, (double)again["topCandidates"]![0]!["candidates"]![1]!["logProbability"]!);
    }

    [Fact]
    public void The_meter_counts_text_and_arguments_without_building_them()
    {
        var meter = Codec.NewStreamMeter();
        EventRole Role(string e) =>
            meter.Observe(SseScanner.Parse(Encoding.UTF8.GetBytes(e + "\n\n")));
        Assert.Equal(
            EventRole.Content,
            Role(Candidate("{\"text\":\"hé\",\"thoughtSignature\":\"long\"}", null))
        );
        Assert.Equal(3, meter.OutputBytes);
        Role(Candidate("{\"functionCall\":{\"name\":\"f\",\"args\":{\"text\":1}}}", null));
        Assert.Equal(3 + "{\"text\":1}".Length, meter.OutputBytes);
        Assert.False(meter.Ended);
        Assert.Equal(EventRole.Usage, Role(Candidate("{\"text\":\"\"}", "STOP")));
        Assert.True(meter.Ended);
        Assert.False(meter.UsageIsFinal);
        var raw = Encoding.UTF8.GetBytes(Candidate("{\"text\":\"word\"}", null) + "\n\n");
        meter.Observe(SseScanner.Parse(raw));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            meter.Observe(SseScanner.Parse(raw));
        }
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void The_writer_ends_fails_and_is_cut_in_Googles_way()
    {
        var to = new ArrayBufferWriter<byte>();
        var writer = Codec.NewStreamWriter(Steps.Frame("m"));
        writer.Write(new StreamEvent.Started("r", "m"), to);
        writer.Write(new StreamEvent.BlockStarted(0, new Block.Text("")), to);
        writer.Write(new StreamEvent.TextDelta(0, "half"), to);
        writer.Truncate(new TokenUsage { Input = 3, Output = 1 }, null, to);
        var last = Steps.Json(Steps.Split(to.WrittenSpan)[^1]);
        Assert.Equal("MAX_TOKENS", (string?)last["candidates"]![0]!["finishReason"]);
        Assert.Equal(4, (long)last["usageMetadata"]!["totalTokenCount"]!);
        to.Clear();
        Codec
            .NewStreamWriter(Steps.Frame("m"))
            .Fail(
                new ErrorFacts
                {
                    Status = 503,
                    Code = "provider_unavailable",
                    OpenAiType = "server_error",
                    AnthropicType = "overloaded_error",
                    Message = "Busy.",
                    DocsUrl = "https://example.com",
                },
                to
            );
        var failed = Steps.ReadText(Codec, Encoding.UTF8.GetString(to.WrittenSpan).TrimEnd());
        Assert.Equal(
            UpstreamErrorKind.Overloaded,
            Assert.IsType<StreamEvent.Failed>(failed[^1]).Error.Kind
        );
    }
}
