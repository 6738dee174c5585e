using System.Text;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;
using static Arda.Gateway.Tests.Wire.Messages.Said;

namespace Arda.Gateway.Tests.Wire.Messages;

public sealed class MessagesRequestTests
{
    private static readonly IWireCodec Codec = WireCodecs.For(WireFormat.AnthropicMessages);

    [Fact]
    public void All_results_of_a_turn_are_in_one_message_before_its_text()
    {
        var (body, _) = Request(
            By(
                User(Hello),
                Assistant(
                    new Block.ToolCall("a", "f", "{}"),
                    new Block.ToolCall("b", "f", "{\"x\":1}")
                ),
                User(Result("a", "1")),
                User(new Block.Text("and?")),
                User(Result("b", "2") with { IsError = true })
            ),
            Claude
        );
        AssertJson(
            """
            [{"role":"user","content":[{"type":"text","text":"hello"}]},
             {"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}},
                                            {"type":"tool_use","id":"b","name":"f","input":{"x":1}}]},
             {"role":"user","content":[
               {"type":"tool_result","tool_use_id":"a","content":[{"type":"text","text":"1"}]},
               {"type":"tool_result","tool_use_id":"b","content":[{"type":"text","text":"2"}],"is_error":true},
               {"type":"text","text":"and?"}]}]
            """,
            body["messages"]
        );
    }

    [Fact]
    public void An_empty_text_is_left_out_and_its_cache_mark_moves_to_the_block_before()
    {
        var (body, _) = Request(
            By(
                User(
                    Hello,
                    new Block.Text("") { Cache = new CacheMark("1h") },
                    new Block.Text(" \n")
                ),
                Assistant(new Block.Text("")),
                User(new Block.Text("again"))
            ),
            Claude
        );
        AssertJson(
            """
            [{"role":"user","content":[
               {"type":"text","text":"hello","cache_control":{"type":"ephemeral","ttl":"1h"}},
               {"type":"text","text":"again"}]}]
            """,
            body["messages"]
        );
    }

    [Fact]
    public void Cache_marks_stay_where_the_client_put_them()
    {
        const string Request = """
            {"model":"m","max_tokens":9,
             "system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral","ttl":"1h"}}],
             "tools":[{"name":"f","input_schema":{"type":"object"},"cache_control":{"type":"ephemeral"}}],
             "messages":[{"role":"user","content":[
               {"type":"text","text":"u","cache_control":{"type":"ephemeral","ttl":"5m"}}]}]}
            """;
        var (body, _) = Said.Request(Read(Codec, Request), Claude);
        Assert.Equal("1h", (string?)body["system"]![0]!["cache_control"]!["ttl"]);
        AssertJson("{\"type\":\"ephemeral\"}", body["tools"]![0]!["cache_control"]);
        Assert.Equal("5m", (string?)body["messages"]![0]!["content"]![0]!["cache_control"]!["ttl"]);
    }

    [Fact]
    public void An_id_that_Anthropic_refuses_is_replaced_alike_at_the_call_and_its_result()
    {
        var (body, _) = Request(
            By(Assistant(new Block.ToolCall("call:1|x", "f", "{}")), User(Result("call:1|x", "1"))),
            Claude
        );
        var id = (string?)body["messages"]![0]!["content"]![0]!["id"];
        Assert.Matches("^[a-zA-Z0-9_-]+$", id);
        Assert.Equal(id, (string?)body["messages"]![1]!["content"]![0]!["tool_use_id"]);
    }

    [Fact]
    public void Arguments_that_are_no_object_are_sent_empty_and_reported()
    {
        var (body, dropped) = Request(
            By(Assistant(new Block.ToolCall("a", "f", "{\"x\":")), User(Result("a", "1"))),
            Claude
        );
        AssertJson("{}", body["messages"]![0]!["content"]![0]!["input"]);
        Assert.Contains("tool_calls.arguments", dropped);
    }

    [Fact]
    public void System_text_in_the_middle_moves_to_the_top_in_order()
    {
        var (body, _) = Request(
            By(
                new Turn(Role.System, [new Block.Text("one")]),
                User(Hello),
                new Turn(Role.Developer, [new Block.Text("two")]),
                User(new Block.Text("more"))
            ),
            Claude
        );
        AssertJson(
            """[{"type":"text","text":"one"},{"type":"text","text":"two"}]""",
            body["system"]
        );
        Assert.Single(body["messages"]!.AsArray());
    }

    [Fact]
    public void Max_tokens_is_the_clients_or_what_the_balance_affords_and_never_a_guess()
    {
        Assert.Equal(4_096, (long)Request(By(), Claude).Body["max_tokens"]!);
        var own = By() with { MaxOutputTokens = 128_000 };
        Assert.Equal(128_000, (long)Request(own, Claude).Body["max_tokens"]!);
        var (body, dropped) = Request(own, Claude with { OutputTokensMax = 64_000 });
        Assert.Equal(64_000, (long)body["max_tokens"]!);
        Assert.Contains("max_tokens", dropped);
        var refusal = Refusal(By(), Claude with { MaxOutputTokens = null });
        Assert.Equal("max_tokens", Assert.IsType<Denial.InvalidRequest>(refusal).Param);
    }

    [Fact]
    public void A_temperature_above_one_is_cut_and_reported()
    {
        var (body, dropped) = Request(By() with { Temperature = 1.7 }, Claude);
        Assert.Null(body["temperature"]);
        Assert.Equal(["temperature"], dropped);
        (body, dropped) = Request(By() with { Temperature = 0.5, TopP = 0.9, TopK = 5 }, Claude);
        Assert.Equal(0.5, (double)body["temperature"]!);
        Assert.Null(body["top_p"]);
        Assert.Equal(5, (int)body["top_k"]!);
        Assert.Equal(["top_p"], dropped);
    }

    [Fact]
    public void Sampling_is_refused_for_a_named_model_without_it_and_dropped_for_a_chosen_one()
    {
        var fixedModel = Claude with { AcceptsSampling = false };
        var cold = By() with { Temperature = 0.2 };
        Assert.Equal("temperature", RefusedParam(cold, fixedModel));
        var (body, dropped) = Request(cold, fixedModel with { Lenient = true });
        Assert.Null(body["temperature"]);
        Assert.Equal(["temperature"], dropped);
        // The default is no wish.
        Assert.Empty(Request(By() with { Temperature = 1, TopP = 1 }, fixedModel).Dropped);
    }

    [Fact]
    public void What_Claude_has_no_field_for_is_listed()
    {
        var (body, dropped) = Request(
            By() with
            {
                Seed = 1,
                LogitBias = RawJson.Parse("{\"1\":2}"u8),
                PresencePenalty = 1,
                FrequencyPenalty = 1,
                Metadata = RawJson.Parse("{}"u8),
                PromptCacheKey = "k",
                Verbosity = "low",
                ServiceTier = "flex",
                Stop = ["", "END"],
                EndUser = "someone@example.com",
                UnknownFields = ["modalities"],
            },
            Claude
        );
        Assert.Equal(
            [
                "modalities",
                "stop",
                "user",
                "service_tier",
                "seed",
                "logit_bias",
                "presence_penalty",
                "frequency_penalty",
                "metadata",
                "prompt_cache_key",
                "verbosity",
            ],
            dropped
        );
        Assert.Equal(["END"], body["stop_sequences"]!.AsArray().Select(s => (string?)s));
        Assert.Null(body["metadata"]);
        Assert.DoesNotContain("example.com", body.ToJsonString());
    }

    [Fact]
    public void The_end_users_opaque_id_becomes_metadata() =>
        AssertJson(
            "{\"user_id\":\"u-1\"}",
            Request(By() with { EndUser = "u-1" }, Claude).Body["metadata"]
        );

    [Fact]
    public void What_would_change_the_answer_is_refused_by_name()
    {
        Assert.Equal("n", RefusedParam(By() with { Choices = 2 }, Claude));
        Assert.Equal("logprobs", RefusedParam(By() with { Logprobs = true }, Claude));
        var jsonMode = By() with { Format = new OutputFormat { Json = true } };
        Assert.Equal("response_format", RefusedParam(jsonMode, Claude));
        var audio = new Block.Audio(new MediaSource { Base64 = "AAAA", MediaType = "audio/wav" });
        Assert.Equal("input_audio", RefusedParam(By(User(audio)), Claude));
        var file = new Block.Document(new MediaSource { FileId = "file-1" });
        Assert.Equal("file", RefusedParam(By(User(file)), Claude));
    }

    [Fact]
    public void A_schema_becomes_output_config_format()
    {
        var format = new OutputFormat
        {
            Json = true,
            Name = "n",
            Strict = true,
            Schema = RawJson.Parse("{\"type\":\"object\"}"u8),
        };
        AssertJson(
            """{"format":{"type":"json_schema","schema":{"type":"object"}}}""",
            Request(By() with { Format = format }, Claude).Body["output_config"]
        );
    }

    [Fact]
    public void A_tool_that_another_vendor_runs_is_refused_and_its_own_goes_through()
    {
        var own = RawJson.Parse("{\"type\":\"web_search_20250305\",\"name\":\"web_search\"}"u8);
        var tool = new Tool("web_search", null, null, null)
        {
            ServerTool = new VendorBag(Vendor.Anthropic, own),
        };
        var asked = By() with { Tools = [Weather, tool] };
        AssertJson(own.GetRawText(), Request(asked, Claude).Body["tools"]![1]);
        Assert.Equal("tools[1]", RefusedParam(asked, Gemini3));
        var foreign = tool with { ServerTool = new VendorBag(Vendor.OpenAi, own) };
        Assert.Equal("tools[0]", RefusedParam(By() with { Tools = [foreign] }, Claude));
    }

    [Theory]
    [InlineData(ToolChoiceMode.Auto, null, null, "{\"type\":\"auto\"}")]
    [InlineData(ToolChoiceMode.None, null, false, "{\"type\":\"none\"}")]
    [InlineData(
        ToolChoiceMode.Any,
        null,
        false,
        "{\"type\":\"any\",\"disable_parallel_tool_use\":true}"
    )]
    [InlineData(ToolChoiceMode.Named, "weather", null, "{\"type\":\"tool\",\"name\":\"weather\"}")]
    public void Tool_choice_is_said_in_Claudes_words(
        ToolChoiceMode mode,
        string? name,
        bool? parallel,
        string expected
    )
    {
        var asked = By() with
        {
            Tools = [Weather],
            ToolChoice = new ToolChoice(mode, name),
            ParallelToolCalls = parallel,
        };
        AssertJson(expected, Request(asked, Claude).Body["tool_choice"]);
    }

    [Fact]
    public void Media_goes_on_as_address_base64_or_text()
    {
        var (body, _) = Request(
            By(
                User(
                    new Block.Image(new MediaSource { Url = "https://example.com/a.png" }),
                    new Block.Image(new MediaSource { Base64 = "AAAA", MediaType = "image/png" }),
                    new Block.Document(MediaData.FromPlainText("words"), "Title")
                )
            ),
            Claude
        );
        AssertJson(
            """
            [{"type":"image","source":{"type":"url","url":"https://example.com/a.png"}},
             {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},
             {"type":"document","source":{"type":"text","media_type":"text/plain","data":"words"},"title":"Title"}]
            """,
            body["messages"]![0]!["content"]
        );
    }

    [Fact]
    public void What_only_Anthropic_reads_comes_back_as_it_was()
    {
        const string Content = """
            [{"type":"text","text":"t","citations":[{"type":"char_location","cited_text":"c"}]},
             {"type":"document","source":{"type":"file","file_id":"file_1"},"title":"T","context":"c"},
             {"type":"search_result","source":"s","title":"t","content":[]}]
            """;
        var conversation = Read(
            Codec,
            $$"""{"model":"m","max_tokens":9,"messages":[{"role":"user","content":{{Content}}}]}"""
        );
        var (body, _) = Request(conversation, Claude);
        Assert.Equal(
            MessagesNormal.Sorted(System.Text.Json.Nodes.JsonNode.Parse(Content))!.ToJsonString(),
            MessagesNormal.Sorted(body["messages"]![0]!["content"])!.ToJsonString()
        );
        Assert.Equal("messages.content", RefusedParam(conversation, Gemini3));
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("[]", null)]
    [InlineData("{\"model\":\"m\"}", "messages")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", "model")]
    [InlineData(
        "{\"model\":\"m\",\"messages\":[{\"role\":\"robot\",\"content\":\"x\"}]}",
        "messages[0].role"
    )]
    [InlineData(
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":7}]}",
        "messages[0].content"
    )]
    [InlineData("{\"model\":\"m\",\"messages\":[{\"role\":\"user\"}]}", "messages[0].content")]
    [InlineData(
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"x\"}]}]}",
        "messages[0].content[0].type"
    )]
    [InlineData(
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\"}]}]}",
        "messages[0].content[0].text"
    )]
    [InlineData(
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"data\":\"?\"}}]}]}",
        "messages[0].content[0].source.data"
    )]
    [InlineData(
        "{\"model\":\"m\",\"temperature\":2,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}",
        "temperature"
    )]
    [InlineData(
        "{\"model\":\"m\",\"thinking\":{\"type\":\"enabled\"},\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}",
        "thinking.budget_tokens"
    )]
    [InlineData(
        "{\"model\":\"m\",\"tools\":[{\"input_schema\":{}}],\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}",
        "tools[0].name"
    )]
    [InlineData(
        "{\"model\":\"m\",\"tool_choice\":{\"type\":\"tool\"},\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}",
        "tool_choice.name"
    )]
    public void What_cannot_be_meant_is_refused_with_its_path(string body, string? param)
    {
        Assert.True(Codec.ReadRequest(Encoding.UTF8.GetBytes(body)).Denied(out var denial, out _));
        Assert.Equal(param, Assert.IsType<Denial.InvalidRequest>(denial).Param);
    }

    [Fact]
    public void Fields_that_are_not_known_are_listed()
    {
        var conversation = Read(
            Codec,
            """
            {"model":"m","messages":[{"role":"user","content":"x"}],"context_management":{},
             "routing":{"mode":"cheap"},"output_config":{"task_budget":1},
             "tools":[{"name":"f","input_schema":{},"defer_loading":true}]}
            """
        );
        Assert.Equal(
            ["context_management", "tools.defer_loading", "output_config.task_budget"],
            conversation.UnknownFields
        );
    }
}
