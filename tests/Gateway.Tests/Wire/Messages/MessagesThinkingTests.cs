using System.Text;
using System.Text.Json.Nodes;
using Arda.Gateway.Wire;
using Arda.Gateway.Wire.Messages;
using static Arda.Gateway.Tests.Wire.Messages.Said;

namespace Arda.Gateway.Tests.Wire.Messages;

public sealed class MessagesThinkingTests
{
    private static readonly IWireCodec Codec = WireCodecs.For(WireFormat.AnthropicMessages);

    private static readonly Conversation High = By() with
    {
        Reasoning = new ReasoningWish { Effort = "high" },
        MaxOutputTokens = 16_000,
    };

    [Fact]
    public void An_effort_is_adaptive_on_new_models_and_a_budget_on_older_ones()
    {
        var (body, _) = Request(High, Claude);
        AssertJson("{\"type\":\"adaptive\"}", body["thinking"]);
        AssertJson("{\"effort\":\"high\"}", body["output_config"]);
        (body, _) = Request(High, OlderClaude);
        AssertJson("{\"type\":\"enabled\",\"budget_tokens\":8000}", body["thinking"]);
        Assert.Null(body["output_config"]);
    }

    [Theory]
    [InlineData(null, null, "none", "{\"type\":\"disabled\"}")]
    [InlineData(2_000L, null, null, "{\"type\":\"enabled\",\"budget_tokens\":2000}")]
    [InlineData(500L, null, null, "{\"type\":\"enabled\",\"budget_tokens\":1024}")]
    [InlineData(
        null,
        "auto",
        "low",
        "{\"type\":\"enabled\",\"budget_tokens\":1024,\"display\":\"summarized\"}"
    )]
    public void Wishes_of_every_form_are_said(
        long? budget,
        string? summary,
        string? effort,
        string expected
    )
    {
        var wish = new ReasoningWish
        {
            BudgetTokens = budget,
            Summary = summary,
            Effort = effort,
        };
        var (body, _) = Request(By() with { Reasoning = wish }, OlderClaude);
        AssertJson(expected, body["thinking"]);
    }

    [Fact]
    public void A_budget_never_raises_max_tokens_because_that_is_what_was_held()
    {
        var asked = By() with
        {
            MaxOutputTokens = 2_000,
            Reasoning = new ReasoningWish { BudgetTokens = 5_000 },
        };
        var (body, dropped) = Request(asked, OlderClaude);
        Assert.Equal(2_000, (long)body["max_tokens"]!);
        Assert.Equal(1_999, (long)body["thinking"]!["budget_tokens"]!);
        Assert.Contains("thinking.budget_tokens", dropped);
        (body, dropped) = Request(asked with { MaxOutputTokens = 1_000 }, OlderClaude);
        Assert.Null(body["thinking"]);
        Assert.Contains("reasoning", dropped);
    }

    [Fact]
    public void A_forced_tool_switches_thinking_off_and_says_so()
    {
        var forced = High with
        {
            Tools = [Weather],
            ToolChoice = new ToolChoice(ToolChoiceMode.Any),
        };
        var (body, dropped) = Request(forced, Claude);
        AssertJson("{\"type\":\"disabled\"}", body["thinking"]);
        AssertJson("{\"type\":\"any\"}", body["tool_choice"]);
        Assert.Contains("reasoning", dropped);
    }

    [Fact]
    public void Sampling_gives_way_to_thinking()
    {
        var (body, dropped) = Request(High with { Temperature = 0.3, TopK = 5 }, Claude);
        Assert.Null(body["temperature"]);
        Assert.Null(body["top_k"]);
        Assert.Equal(["temperature", "top_k"], dropped);
    }

    [Fact]
    public void An_effort_the_model_does_not_know_is_refused_or_for_a_chosen_model_replaced()
    {
        var small = Claude with { ReasoningEfforts = ["low", "medium"] };
        Assert.Equal("reasoning_effort", RefusedParam(High, small));
        var (body, dropped) = Request(High, small with { Lenient = true });
        AssertJson("{\"effort\":\"medium\"}", body["output_config"]);
        Assert.Contains("reasoning_effort", dropped);
    }

    [Fact]
    public void A_model_that_does_not_reason_refuses_or_drops_the_wish()
    {
        var plain = Claude with { SupportsReasoning = false };
        Assert.Equal("reasoning", RefusedParam(High, plain));
        Assert.Contains("reasoning", Request(High, plain with { Lenient = true }).Dropped);
        var off = By() with { Reasoning = new ReasoningWish { Disabled = true } };
        Assert.Empty(Request(off, plain).Dropped);
    }

    [Fact]
    public void A_tool_loop_of_another_model_goes_on_without_a_budget()
    {
        var loop = High with
        {
            Turns =
            [
                User(Hello),
                Assistant(new Block.ToolCall("a", "f", "{}")),
                User(Result("a", "1")),
            ],
        };
        var (body, dropped) = Request(loop, OlderClaude);
        Assert.Null(body["thinking"]);
        Assert.Contains("reasoning", dropped);
        Assert.NotNull(Request(loop, Claude).Body["thinking"]);
    }

    [Fact]
    public void Own_thoughts_return_unchanged_and_in_place_and_foreign_ones_do_not()
    {
        var (body, dropped) = Request(
            By(
                Assistant(
                    new Block.Reasoning("") { Signature = "omitted", Source = Vendor.Anthropic },
                    new Block.Reasoning("") { Redacted = "secret", Source = Vendor.Anthropic },
                    new Block.Reasoning("mine") { Signature = "s", Source = Vendor.Anthropic },
                    new Block.Reasoning("theirs") { Signature = "x", Source = Vendor.Google },
                    new Block.Reasoning("unsigned") { Source = Vendor.Other },
                    new Block.ToolCall("a", "f", "{}")
                ),
                User(Result("a", "1"))
            ),
            Claude
        );
        AssertJson(
            """
            [{"type":"thinking","thinking":"","signature":"omitted"},
             {"type":"redacted_thinking","data":"secret"},
             {"type":"thinking","thinking":"mine","signature":"s"},
             {"type":"tool_use","id":"a","name":"f","input":{}}]
            """,
            body["messages"]![0]!["content"]
        );
        Assert.Equal(["reasoning_history"], dropped);
    }

    [Fact]
    public void Thoughts_of_another_vendor_survive_an_Anthropic_client()
    {
        var thought = new Block.Reasoning("why")
        {
            Source = Vendor.OpenAi,
            Redacted = "encrypted",
            ItemId = "rs_1",
        };
        var answer = new Answer
        {
            Id = "r",
            Model = "m",
            Blocks = [thought, new Block.ToolCall("a", "f", "{}")],
            Stop = StopReason.ToolUse,
        };
        var content = Answer(Codec, answer)["content"]!;
        Assert.Equal("why", (string?)content[0]!["thinking"]);
        var back = ReadBack(content);
        Assert.Equal(thought, back[0]);
        Assert.IsType<Block.ToolCall>(back[1]);
    }

    [Fact]
    public void Geminis_signatures_survive_a_tool_loop_of_an_Anthropic_client_and_its_stream()
    {
        var gemini = WireCodecs.For(WireFormat.GeminiGenerate);
        var steps = Steps.ReadText(
            gemini,
            """data: {"candidates":[{"content":{"parts":[{"text":"I look.","thoughtSignature":"T=="}]}}],"responseId":"r"}""",
            """data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"x":1}},"thoughtSignature":"C=="}]},"finishReason":"STOP"}]}"""
        );
        var frames = Steps.Write(Codec, steps, "m");
        MessagesFramesRules.Assert(frames);
        var content = AnthropicClient.Accumulate(frames);
        var back = By(Assistant([.. ReadBack(content)]), User(Result("a", "1")));
        var call = back.Turns[0].Blocks.OfType<Block.ToolCall>().Single();
        back = back with { Turns = [back.Turns[0], User(Result(call.Id, "1"))] };
        var (body, dropped) = Request(back, Gemini3);
        var parts = body["contents"]![0]!["parts"]!;
        Assert.Equal("T==", (string?)parts[0]!["thoughtSignature"]);
        Assert.Equal("C==", (string?)parts[1]!["thoughtSignature"]);
        AssertJson("{\"x\":1}", parts[1]!["functionCall"]!["args"]);
        Assert.Empty(dropped);
    }

    [Fact]
    public void Sealed_thoughts_are_cut_out_of_a_request_that_passes_through_to_Anthropic()
    {
        var seal = ThoughtSeal.Seal(
            new ThoughtSeal.Sealed(Vendor.Google, ThoughtSeal.Place.Thought)
        );
        var own = """{"type":"thinking","thinking":"t","signature":"QUJD"}""";
        var foreign = $$"""{"type":"thinking","thinking":"g","signature":"{{seal}}"}""";
        var redacted = $$"""{"type":"redacted_thinking","data":"{{seal}}"}""";
        var text = """{"type":"text","text":"arda1. is only a word here"}""";
        string Body(string content) =>
            $$"""{"system":"arda1.","messages":[{"role":"assistant","content":[{{content}}]}],"x":1.50}""";
        string Cut(string content) =>
            Encoding.UTF8.GetString(
                ForeignThought.RemoveFrom(Encoding.UTF8.GetBytes(Body(content))).Span
            );
        Assert.Equal(Body(own), Cut($"{foreign},{own}"));
        Assert.Equal(Body(own), Cut($"{own}, {foreign}"));
        Assert.Equal(Body($"{own},{text}"), Cut($"{foreign},{redacted},{own},{text}"));
        Assert.Equal(Body($"{own},{text}"), Cut($"{own},{foreign},{redacted},{text}"));
        Assert.Equal(Body(""), Cut($"{foreign},{redacted}"));
        Assert.Equal(Body(text), Cut(text));
    }

    private static IReadOnlyList<Block> ReadBack(JsonNode content) =>
        Read(
            Codec,
            $$"""{"model":"m","messages":[{"role":"assistant","content":{{content.ToJsonString()}}}]}"""
        )
            .Turns[0]
            .Blocks;
}
