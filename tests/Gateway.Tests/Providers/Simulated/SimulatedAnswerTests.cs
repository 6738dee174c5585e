using System.Text.Json;
using Arda.Gateway.Providers;
using Arda.Gateway.Providers.Simulated;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Providers.Simulated;

/// <summary>What the simulated models say, in every format, streamed and whole.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage(
    "Usage",
    "xUnit1042",
    Justification = "The rows are the formats themselves."
)]
public sealed class SimulatedAnswerTests
{
    [Theory]
    [MemberData(nameof(SimulatedTalk.All), MemberType = typeof(SimulatedTalk))]
    public async Task The_same_request_gets_the_same_text_about_its_own_words(
        WireFormat format,
        bool stream
    )
    {
        using var talk = new SimulatedTalk(format, stream);
        var first = await talk.AskAsync(SimulatedTalk.Say("How do suspension bridges stay up?"));
        var again = await talk.AskAsync(SimulatedTalk.Say("How do suspension bridges stay up?"));
        var other = await talk.AskAsync(SimulatedTalk.Say("Why is the Bosphorus so busy?"));
        Assert.Equal(TextOf(first), TextOf(again));
        Assert.NotEqual(TextOf(first), TextOf(other));
        Assert.Contains("bridges", TextOf(first), StringComparison.OrdinalIgnoreCase);
        Assert.EndsWith(Prose.Disclosure, TextOf(first), StringComparison.Ordinal);
        Assert.Equal(StopReason.EndTurn, first.Stop);
        Assert.Equal(SimulatedTokens.Count(TextOf(first)), first.Usage!.Output);
        Assert.InRange(first.Usage.Input, 5, 40);
    }

    [Theory]
    [MemberData(nameof(SimulatedTalk.All), MemberType = typeof(SimulatedTalk))]
    public async Task The_token_limit_cuts_the_text_and_says_so(WireFormat format, bool stream)
    {
        using var talk = new SimulatedTalk(format, stream);
        var answer = await talk.AskAsync(
            SimulatedTalk.Say("Tell me about bridges") with
            {
                MaxOutputTokens = 17,
            }
        );
        Assert.Equal(StopReason.MaxTokens, answer.Stop);
        Assert.Equal(17, SimulatedTokens.Count(TextOf(answer)));
        Assert.Equal(17, answer.Usage!.Output);
    }

    [Theory]
    [MemberData(nameof(SimulatedTalk.All), MemberType = typeof(SimulatedTalk))]
    public async Task A_stop_sequence_ends_the_text_before_it(WireFormat format, bool stream)
    {
        Assert.SkipWhen(format == WireFormat.OpenAiResponses, "Responses has no stop sequences.");
        using var talk = new SimulatedTalk(format, stream);
        var answer = await talk.AskAsync(
            SimulatedTalk.Say("[simulate: text=one two END three]") with
            {
                Stop = ["END"],
            }
        );
        Assert.Equal("one two ", TextOf(answer));
        Assert.Contains(answer.Stop, (StopReason[])[StopReason.EndTurn, StopReason.StopSequence]);
    }

    [Theory]
    [MemberData(nameof(SimulatedTalk.All), MemberType = typeof(SimulatedTalk))]
    public async Task A_tool_is_called_for_each_name_in_the_prompt_and_its_results_are_used(
        WireFormat format,
        bool stream
    )
    {
        using var talk = new SimulatedTalk(format, stream);
        var asked = SimulatedTalk.Say("What is the weather in Paris and in Oslo?") with
        {
            Tools = [SimulatedTalk.Weather],
        };
        var answer = await talk.AskAsync(asked);
        Assert.Equal(StopReason.ToolUse, answer.Stop);
        var calls = answer.Blocks.OfType<Block.ToolCall>().ToList();
        Assert.Equal(["Paris", "Oslo"], calls.Select(c => Argument(c, "city")));
        Assert.All(
            calls,
            c => Assert.Contains(Argument(c, "unit"), (string[])["celsius", "fahrenheit"])
        );
        Assert.Equal(2, calls.Select(c => c.Id).Distinct().Count());

        var after = await talk.AskAsync(
            asked with
            {
                Turns = [.. asked.Turns, new Turn(Role.Assistant, answer.Blocks), Results(calls)],
            }
        );
        Assert.Equal(StopReason.EndTurn, after.Stop);
        Assert.Contains("21 degrees", TextOf(after), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(SimulatedTalk.All), MemberType = typeof(SimulatedTalk))]
    public async Task A_forced_tool_is_called_whatever_the_prompt_says(
        WireFormat format,
        bool stream
    )
    {
        using var talk = new SimulatedTalk(format, stream);
        var answer = await talk.AskAsync(
            SimulatedTalk.Say("Good morning") with
            {
                Tools = [SimulatedTalk.Weather],
                ToolChoice = new ToolChoice(ToolChoiceMode.Named, "get_weather"),
            }
        );
        Assert.Equal("get_weather", Assert.Single(answer.Blocks.OfType<Block.ToolCall>()).Name);
    }

    [Theory]
    [MemberData(nameof(SimulatedTalk.All), MemberType = typeof(SimulatedTalk))]
    public async Task Without_a_reason_no_tool_is_called(WireFormat format, bool stream)
    {
        using var talk = new SimulatedTalk(format, stream);
        var idle = SimulatedTalk.Say("Good morning") with { Tools = [SimulatedTalk.Weather] };
        Assert.Empty((await talk.AskAsync(idle)).Blocks.OfType<Block.ToolCall>());
        var forbidden = SimulatedTalk.Say("The weather in Paris?") with
        {
            Tools = [SimulatedTalk.Weather],
            ToolChoice = new ToolChoice(ToolChoiceMode.None),
        };
        Assert.Empty((await talk.AskAsync(forbidden)).Blocks.OfType<Block.ToolCall>());
    }

    [Theory]
    [MemberData(nameof(SimulatedTalk.All), MemberType = typeof(SimulatedTalk))]
    public async Task Structured_output_satisfies_its_schema(WireFormat format, bool stream)
    {
        using var talk = new SimulatedTalk(format, stream);
        var answer = await talk.AskAsync(
            SimulatedTalk.Say("Describe a bridge") with
            {
                Format = new OutputFormat
                {
                    Json = true,
                    Name = "bridge",
                    Strict = true,
                    Schema = SimulatedTalk.Weather.Schema,
                },
            }
        );
        var made = JsonElement.Parse(TextOf(answer));
        Assert.Equal(JsonValueKind.String, made.GetProperty("city").ValueKind);
        Assert.Contains(
            made.GetProperty("unit").GetString(),
            (string[])["celsius", "fahrenheit"]
        );
    }

    [Theory]
    [MemberData(nameof(SimulatedTalk.All), MemberType = typeof(SimulatedTalk))]
    public async Task An_image_is_acknowledged(WireFormat format, bool stream)
    {
        const string png =
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
        using var talk = new SimulatedTalk(format, stream);
        var image = new Block.Image(new MediaSource { MediaType = "image/png", Base64 = png });
        var answer = await talk.AskAsync(
            SimulatedTalk.Say("") with
            {
                Turns = [new Turn(Role.User, [image, new Block.Text("What is this?")])],
            }
        );
        Assert.Contains("the image (image/png)", TextOf(answer), StringComparison.Ordinal);
        Assert.True(answer.Usage!.PromptTotal > 700);
    }

    [Theory]
    [MemberData(nameof(SimulatedTalk.All), MemberType = typeof(SimulatedTalk))]
    public async Task The_reasoner_thinks_and_its_thoughts_survive_a_tool_loop(
        WireFormat format,
        bool stream
    )
    {
        using var talk = new SimulatedTalk(format, stream);
        var asked = SimulatedTalk.Say("What is the weather in Paris?") with
        {
            Tools = [SimulatedTalk.Weather],
            Reasoning = new ReasoningWish
            {
                Effort = "medium",
                Adaptive = true,
                Summary = "auto",
            },
        };
        var answer = await talk.AskAsync(asked, "reasoner");
        Assert.True(answer.Usage!.OutputTotal > answer.Usage.Output || answer.Usage.Output > 60);
        var thought = Assert.Single(answer.Blocks.OfType<Block.Reasoning>());
        Assert.NotEmpty(thought.Value);
        var calls = answer.Blocks.OfType<Block.ToolCall>().ToList();
        var after = await talk.AskAsync(
            asked with
            {
                Turns = [.. asked.Turns, new Turn(Role.Assistant, answer.Blocks), Results(calls)],
            },
            "reasoner"
        );
        Assert.Contains("21 degrees", TextOf(after), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(WireFormat.AnthropicMessages, true)]
    [InlineData(WireFormat.AnthropicMessages, false)]
    [InlineData(WireFormat.OpenAiResponses, false)]
    public async Task Thoughts_that_were_changed_on_the_way_are_refused(
        WireFormat format,
        bool stream
    )
    {
        using var talk = new SimulatedTalk(format, stream);
        var asked = SimulatedTalk.Say("What is the weather in Paris?") with
        {
            Tools = [SimulatedTalk.Weather],
            Reasoning = new ReasoningWish { Adaptive = true, Effort = "low" },
        };
        var answer = await talk.AskAsync(asked, "reasoner");
        var calls = answer.Blocks.OfType<Block.ToolCall>().ToList();
        var changed = answer.Blocks.Select(block =>
            block is Block.Reasoning thought
                ? thought with
                {
                    Signature = thought.Signature is null ? null : ThinkingSeal.Sign("other"),
                    Redacted = thought.Redacted is null ? null : "AAAA",
                }
                : block
        );
        await using var refused = await talk.SendAsync(
            asked with
            {
                Turns = [.. asked.Turns, new Turn(Role.Assistant, [.. changed]), Results(calls)],
            },
            "reasoner"
        );
        Assert.Equal((UpstreamFault.BadRequest, 400), (refused.Fault, refused.Status));
    }

    [Theory]
    [MemberData(nameof(SimulatedTalk.All), MemberType = typeof(SimulatedTalk))]
    public async Task A_refusal_is_said_in_the_formats_own_way(WireFormat format, bool stream)
    {
        using var talk = new SimulatedTalk(format, stream);
        var answer = await talk.AskAsync(SimulatedTalk.Say("[simulate: refusal]"));
        Assert.True(
            answer.Stop is StopReason.Refusal or StopReason.ContentFilter
                || answer.Blocks.OfType<Block.Refusal>().Any()
        );
    }

    private static Turn Results(IEnumerable<Block.ToolCall> calls) =>
        new(
            Role.User,
            [
                .. calls.Select(c => new Block.ToolResult(
                    c.Id,
                    c.Name,
                    [new Block.Text("21 degrees")],
                    false
                )),
            ]
        );

    private static string? Argument(Block.ToolCall call, string name) =>
        JsonElement.Parse(call.ArgumentsJson).GetProperty(name).GetString();

    private static string TextOf(Answer answer) =>
        string.Concat(answer.Blocks.OfType<Block.Text>().Select(t => t.Value));
}
