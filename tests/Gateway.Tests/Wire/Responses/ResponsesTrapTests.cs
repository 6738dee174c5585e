using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;
using Arda.Gateway.Tests.Wire.OpenAi;
using Arda.Gateway.Wire;
using Arda.Gateway.Wire.Messages;
using Arda.Gateway.Wire.Responses;

namespace Arda.Gateway.Tests.Wire.Responses;

/// <summary>What broke other gateways on this format.</summary>
public sealed class ResponsesTrapTests
{
    private static readonly IWireCodec Codec = Requests.Responses;

    [Fact]
    public void Every_event_has_its_number_and_every_item_event_its_item()
    {
        var events = Steps.Json(Written("openai/responses-parallel-stream-reasoning"));
        Assert.Equal(
            Enumerable.Range(0, events.Count),
            events.Select(e => (int)e["sequence_number"]!)
        );
        foreach (var e in events.Where(e => e["item_id"] is not null))
        {
            Assert.NotNull(e["output_index"]);
        }
        var order = events.Select(e => (string)e["type"]!).Distinct();
        Assert.Equal(
            [
                "response.created",
                "response.in_progress",
                "response.output_item.added",
                "response.reasoning_summary_part.added",
                "response.reasoning_summary_text.delta",
                "response.reasoning_summary_text.done",
                "response.reasoning_summary_part.done",
                "response.output_item.done",
                "response.function_call_arguments.delta",
                "response.function_call_arguments.done",
                "response.completed",
            ],
            order
        );
    }

    [Fact]
    public void A_text_is_added_and_done_as_item_and_as_part()
    {
        var types = Steps.Json(Written("openai/responses-stream")).Select(e => (string)e["type"]!);
        Assert.Equal(
            [
                "response.created",
                "response.in_progress",
                "response.output_item.added",
                "response.content_part.added",
                "response.output_text.delta",
                "response.output_text.done",
                "response.content_part.done",
                "response.output_item.done",
                "response.completed",
            ],
            types.Distinct()
        );
    }

    [Fact]
    public void The_completed_response_holds_the_output_and_the_usage()
    {
        var last = Steps.Json(Written("openai/responses-stream"))[^1]["response"]!;
        Assert.Equal("completed", (string?)last["status"]);
        var text = (string?)last["output"]![0]!["content"]![0]!["text"];
        Assert.Equal("Hello! How can I assist you today?", text);
        Assert.NotNull(last["usage"]!["input_tokens_details"]!["cached_tokens"]);
        Assert.NotNull(last["usage"]!["output_tokens_details"]!["reasoning_tokens"]);
    }

    [Fact]
    public void A_finished_response_waits_for_complete()
    {
        var steps = Steps.Read(Codec, Recording.Of("openai/responses-stream").Events);
        var held = Encoding.UTF8.GetString(Steps.Write(Codec, steps, (_, _) => { }));
        Assert.DoesNotContain("response.completed", held);
        Assert.DoesNotContain("input_tokens\"", held);
    }

    [Fact]
    public void A_stream_that_fails_says_error_and_then_failed_and_never_completed()
    {
        var facts = new ErrorFacts
        {
            Status = 402,
            Code = "insufficient_balance",
            OpenAiType = "billing_error",
            AnthropicType = "billing_error",
            Message = "Top up.",
            DocsUrl = "https://example.test",
            Gateway = new GatewayMember { Action = "open_portal" },
        };
        var steps = Steps.Read(Codec, Recording.Of("openai/responses-stream").Events).Take(5);
        var written = Steps.Write(Codec, steps, (writer, to) => writer.Fail(facts, to));
        var events = Steps.Json(written);
        Assert.Equal("error", (string?)events[^2]["type"]);
        Assert.Equal("Top up.", (string?)events[^2]["message"]);
        Assert.Equal("open_portal", (string?)events[^2]["error"]!["gateway"]!["action"]);
        Assert.Equal("response.failed", (string?)events[^1]["type"]);
        var error = events[^1]["response"]!["error"]!;
        Assert.Equal("insufficient_balance", (string?)error["code"]);
        Assert.Equal("open_portal", (string?)error["gateway"]!["action"]);

        // One that saw nothing of the stream cannot begin it a second time.
        var blind = Steps.Json(Steps.Write(Codec, [], (writer, to) => writer.Fail(facts, to)));
        Assert.Equal("error", (string?)Assert.Single(blind)["type"]);
    }

    [Theory]
    [InlineData("\"previous_response_id\":\"resp_1\"", "previous_response_id")]
    [InlineData("\"conversation\":\"conv_1\"", "conversation")]
    [InlineData("\"background\":true", "background")]
    [InlineData("\"prompt\":{\"id\":\"p\"}", "prompt")]
    public void What_leans_on_stored_state_is_refused_by_name(string member, string param)
    {
        var json = $$"""{"model":"m","input":"a",{{member}}}""";
        Assert.Equal(param, Requests.Refused(Codec, Codec, json));
        var bytes = Encoding.UTF8.GetBytes(json);
        RequestScan.Read(WireFormat.OpenAiResponses, bytes).Denied(out _, out var scan);
        var refusal = ResponsesState.Refuse(scan!, bytes);
        Assert.Equal(param, Assert.IsType<Denial.UnsupportedParameter>(refusal).Param);
    }

    [Fact]
    public void State_that_is_declined_is_no_reason_to_refuse()
    {
        var json = """
            {"model":"m","input":"a","previous_response_id":null,"background":false,"store":false}
            """;
        var (body, dropped) = Requests.Translate(Codec, Codec, json);
        Assert.Empty(dropped);
        Assert.False((bool)body["store"]!);
        var bytes = Encoding.UTF8.GetBytes(json);
        RequestScan.Read(WireFormat.OpenAiResponses, bytes).Denied(out _, out var scan);
        Assert.Null(ResponsesState.Refuse(scan!, bytes));
    }

    [Fact]
    public void A_reference_to_a_stored_item_is_refused_at_its_path() =>
        Assert.Equal(
            "input[0].type",
            Requests.Refused(
                Codec,
                Codec,
                """{"model":"m","input":[{"type":"item_reference","id":"rs_1"}]}"""
            )
        );

    [Theory]
    [InlineData("\"n\":2", "n")]
    [InlineData("\"stop\":[\"x\"]", "stop")]
    public void What_this_format_has_no_words_for_is_refused(string member, string param)
    {
        var json = $$"""{"model":"m","messages":[{"role":"user","content":"a"}],{{member}}}""";
        Assert.Equal(param, Requests.Refused(Requests.Chat, Codec, json));
    }

    [Fact]
    public void A_chat_request_keeps_its_format_tools_and_images()
    {
        var json = """
            {"model":"m","messages":[
              {"role":"system","content":"S"},
              {"role":"user","content":[{"type":"text","text":"a"},
                {"type":"image_url","image_url":{"url":"https://example.test/a.png","detail":"low"}}]}],
             "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],
             "tool_choice":{"type":"function","function":{"name":"f"}},
             "response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object"}}},
             "reasoning_effort":"low","verbosity":"low","logprobs":true,"top_logprobs":2,"seed":1}
            """;
        var (body, dropped) = Requests.Translate(Requests.Chat, Codec, json);
        Assert.Equal(["seed"], dropped);
        Assert.Equal("input_image", (string?)body["input"]![1]!["content"]![1]!["type"]);
        Assert.Equal("low", (string?)body["input"]![1]!["content"]![1]!["detail"]);
        Assert.Equal("f", (string?)body["tools"]![0]!["name"]);
        Assert.False((bool)body["tools"]![0]!["strict"]!);
        Assert.Equal("f", (string?)body["tool_choice"]!["name"]);
        Assert.Equal("json_schema", (string?)body["text"]!["format"]!["type"]);
        Assert.True((bool)body["text"]!["format"]!["strict"]!);
        Assert.Equal("low", (string?)body["text"]!["verbosity"]);
        Assert.Equal("low", (string?)body["reasoning"]!["effort"]);
        Assert.Equal(
            ["reasoning.encrypted_content", "message.output_text.logprobs"],
            body["include"]!.AsArray().Select(name => (string?)name)
        );
    }

    [Fact]
    public void A_thought_that_lost_its_neighbours_id_goes_without_its_own()
    {
        var json = """
            {"model":"m","messages":[{"role":"user","content":"a"},
              {"role":"assistant","content":"b","reasoning_details":[
                {"type":"reasoning.summary","summary":"s","id":"rs_1","format":"openai-responses-v1","index":0},
                {"type":"reasoning.encrypted","data":"E","id":"rs_1","format":"openai-responses-v1","index":0}]},
              {"role":"user","content":"c"}]}
            """;
        var (body, _) = Requests.Translate(Requests.Chat, Codec, json);
        var item = body["input"]![1]!;
        Assert.Equal("reasoning", (string?)item["type"]);
        Assert.Equal("E", (string?)item["encrypted_content"]);
        Assert.Equal("s", (string?)item["summary"]![0]!["text"]);
        Assert.Null(item["id"]);
    }

    [Fact]
    public void Thoughts_that_OpenAI_cannot_read_are_left_out_and_named()
    {
        var seal = ThoughtSeal.Seal(
            new ThoughtSeal.Sealed(Vendor.Anthropic, ThoughtSeal.Place.Thought)
            {
                Signature = "SIG",
            }
        );
        var json = $$"""
            {"model":"m","input":[{"role":"user","content":"a"},
              {"type":"reasoning","summary":[],"encrypted_content":"{{seal}}"},
              {"role":"assistant","content":"b"},
              {"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"E"}]}
            """;
        var (body, dropped) = Requests.Translate(Codec, Codec, json);
        Assert.Equal(["input.reasoning"], dropped);
        Assert.Equal(2, body["input"]!.AsArray().Count);
    }

    [Fact]
    public void A_thought_that_was_sealed_in_Messages_opens_in_Responses()
    {
        var thought = new Block.Reasoning("") { Source = Vendor.Google, Signature = "SIG" };
        var seal = MessagesBlocks.SignatureOf(thought);
        Assert.Equal(thought, SealedThought.Open("", null, seal));
        Assert.Equal(thought, MessagesBlocks.Redacted(SealedThought.Seal(thought)!));
        Assert.True(SealedThought.IsIn(Encoding.UTF8.GetBytes($"\"{seal}\"")));
    }

    [Fact]
    public void Signatures_of_other_vendors_travel_sealed_and_come_back()
    {
        Block[] blocks =
        [
            new Block.Reasoning("why") { Source = Vendor.Anthropic, Signature = "SIG" },
            new Block.Reasoning("") { Source = Vendor.Anthropic, Redacted = "RED" },
            new Block.ToolCall("c", "f", "{}") { Bag = ThoughtSignature.Bag("GOOGLE") },
        ];
        var to = new ArrayBufferWriter<byte>();
        var answer = new Answer
        {
            Id = "",
            Model = "m",
            Blocks = blocks,
            Stop = StopReason.ToolUse,
        };
        Codec.WriteAnswer(answer, Steps.Frame, to);
        var output = JsonNode.Parse(to.WrittenSpan)!["output"]!.ToJsonString();
        var turn = Requests.Read(Codec, $$"""{"model":"m","input":{{output}}}""").Turns[0];
        Assert.Equal(blocks.Select(Steps.Describe), turn.Blocks.Select(Steps.Describe));
    }

    [Fact]
    public void Images_in_a_tool_result_stay_in_it()
    {
        var json = """
            {"model":"m","input":[{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},
              {"type":"function_call_output","call_id":"c","output":[
                {"type":"input_text","text":"see"},
                {"type":"input_image","image_url":"https://example.test/a.png"}]}]}
            """;
        var (body, _) = Requests.Translate(Codec, Codec, json);
        Assert.Equal("input_image", (string?)body["input"]![1]!["output"]![1]!["type"]);
        (body, _) = Requests.Translate(Codec, Requests.Chat, json);
        Assert.Equal("user", (string?)body["messages"]![2]!["role"]);
    }

    [Fact]
    public void A_server_tool_stays_with_its_vendor()
    {
        var json = """{"model":"m","input":"a","tools":[{"type":"web_search"}]}""";
        Assert.Equal("tools", Requests.Refused(Codec, Requests.Chat, json));
        var (body, _) = Requests.Translate(Codec, Codec, json);
        Assert.Equal("web_search", (string?)body["tools"]![0]!["type"]);
    }

    [Fact]
    public void Arguments_that_come_only_at_the_end_are_not_lost()
    {
        string[] events =
        [
            """{"type":"response.created","response":{"id":"r","model":"m"}}""",
            """{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","id":"fc","call_id":"c","name":"f","arguments":""}}""",
            """{"type":"response.output_item.done","output_index":0,"item":{"type":"function_call","id":"fc","call_id":"c","name":"f","arguments":"{\"x\":1}"}}""",
            """{"type":"response.completed","response":{"id":"r","status":"completed","output":[]}}""",
        ];
        var raw = events.Select(e => Encoding.UTF8.GetBytes($"data: {e}\n\n"));
        var steps = Steps.Read(Codec, raw);
        Assert.Contains(
            steps,
            step => step is StreamEvent.ToolArgumentsDelta { Json: "{\"x\":1}" }
        );
    }

    [Fact]
    public void Texts_of_another_format_are_parts_of_one_message()
    {
        StreamEvent[] steps =
        [
            new StreamEvent.Started("id", "m"),
            new StreamEvent.BlockStarted(0, new Block.Text("")),
            new StreamEvent.TextDelta(0, "a"),
            new StreamEvent.BlockStopped(0, new Block.Text("a")),
            new StreamEvent.BlockStarted(1, new Block.Text("")),
            new StreamEvent.TextDelta(1, "b"),
            new StreamEvent.BlockStopped(1, new Block.Text("b")),
            new StreamEvent.Finished(StopReason.MaxTokens, "max_tokens", null),
        ];
        var last = Steps.Json(Steps.Write(Codec, steps))[^1];
        Assert.Equal("response.incomplete", (string?)last["type"]);
        var response = last["response"]!;
        Assert.Equal("max_output_tokens", (string?)response["incomplete_details"]!["reason"]);
        var item = Assert.Single(response["output"]!.AsArray())!;
        Assert.Equal("incomplete", (string?)item["status"]);
        Assert.Equal(2, item["content"]!.AsArray().Count);
    }

    [Fact]
    public void The_response_repeats_what_was_asked()
    {
        var request = Requests.Read(
            Codec,
            """
            {"model":"m","instructions":"I","input":"a","temperature":0.5,"max_output_tokens":9,
             "tools":[{"type":"function","name":"f","parameters":{},"strict":true}],
             "tool_choice":"required","parallel_tool_calls":false,"metadata":{"k":"v"}}
            """
        );
        var frame = Steps.Frame with { Request = request };
        StreamEvent[] steps = [new StreamEvent.Started("id", "m")];
        var first = Steps.Json(Steps.Write(Codec, steps, frame: frame))[0]["response"]!;
        Assert.Equal("I", (string?)first["instructions"]);
        Assert.Equal(0.5, (double)first["temperature"]!);
        Assert.Equal(9, (long)first["max_output_tokens"]!);
        Assert.Equal("f", (string?)first["tools"]![0]!["name"]);
        Assert.Equal("required", (string?)first["tool_choice"]);
        Assert.False((bool)first["parallel_tool_calls"]!);
        Assert.Equal("v", (string?)first["metadata"]!["k"]);
    }

    private static byte[] Written(string id) =>
        Steps.Write(Codec, Steps.Read(Codec, Recording.Of(id).Events));
}
