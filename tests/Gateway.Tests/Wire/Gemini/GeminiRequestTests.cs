using System.Text;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;
using static Arda.Gateway.Tests.Wire.Messages.Said;

namespace Arda.Gateway.Tests.Wire.Gemini;

public sealed class GeminiRequestTests
{
    private static readonly IWireCodec Codec = WireCodecs.For(WireFormat.GeminiGenerate);

    private static readonly UpstreamTarget Gemini25 = Gemini3 with
    {
        UpstreamModel = "gemini-2.5-flash",
    };

    private static readonly UpstreamTarget Vertex = Gemini3 with { Provider = "vertex" };

    [Fact]
    public void An_address_is_refused_with_the_way_out_and_Vertex_fetches_it_itself()
    {
        var image = new Block.Image(new MediaSource { Url = "https://example.com/a.webp?x=1" });
        var refusal = Assert.IsType<Denial.UnsupportedParameter>(Refusal(By(User(image)), Gemini3));
        Assert.Equal("image_url", refusal.Param);
        Assert.Contains("base64", refusal.Message, StringComparison.Ordinal);
        AssertJson(
            """{"fileData":{"mimeType":"image/webp","fileUri":"https://example.com/a.webp?x=1"}}""",
            Request(By(User(image)), Vertex).Body["contents"]![0]!["parts"]![0]
        );
    }

    [Fact]
    public void Inline_media_of_all_kinds_goes_on()
    {
        var (body, _) = Request(
            By(
                User(
                    new Block.Image(new MediaSource { Base64 = "AAAA", MediaType = "image/png" }),
                    new Block.Document(
                        new MediaSource { Base64 = "BBBB", MediaType = "application/pdf" }
                    ),
                    new Block.Audio(new MediaSource { Base64 = "CCCC", MediaType = "audio/wav" })
                )
            ),
            Gemini3
        );
        AssertJson(
            """
            [{"inlineData":{"mimeType":"image/png","data":"AAAA"}},
             {"inlineData":{"mimeType":"application/pdf","data":"BBBB"}},
             {"inlineData":{"mimeType":"audio/wav","data":"CCCC"}}]
            """,
            body["contents"]![0]!["parts"]
        );
    }

    [Fact]
    public void Results_are_objects_named_after_their_calls_and_their_media_follows()
    {
        var image = new Block.Image(new MediaSource { Base64 = "AAAA", MediaType = "image/png" });
        var (body, _) = Request(
            By(
                Assistant(
                    new Block.ToolCall("a", "f", "{\"x\":1}"),
                    new Block.ToolCall("b", "g", "{}")
                ),
                User(new Block.ToolResult("a", null, [new Block.Text("1"), image], false)),
                User(Result("b", "broken") with { IsError = true }, new Block.Text("well?"))
            ),
            Gemini25
        );
        AssertJson(
            """
            [{"role":"model","parts":[{"functionCall":{"id":"a","name":"f","args":{"x":1}}},
                                      {"functionCall":{"id":"b","name":"g","args":{}}}]},
             {"role":"user","parts":[
               {"functionResponse":{"id":"a","name":"f","response":{"result":"1"}}},
               {"functionResponse":{"id":"b","name":"g","response":{"error":"broken"}}},
               {"inlineData":{"mimeType":"image/png","data":"AAAA"}},
               {"text":"well?"}]}]
            """,
            body["contents"]
        );
    }

    [Fact]
    public void A_result_of_no_call_is_refused()
    {
        var refusal = Refusal(By(User(Result("ghost", "1"))), Gemini3);
        Assert.IsType<Denial.InvalidRequest>(refusal);
    }

    [Fact]
    public void Calls_of_another_model_get_the_signature_that_is_let_through()
    {
        var turns = By(
            Assistant(new Block.ToolCall("a", "f", "{}"), new Block.ToolCall("b", "f", "{}")),
            User(Result("a", "1"), Result("b", "2")),
            Assistant(
                new Block.ToolCall("c", "f", "{}") { Bag = ThoughtSignature.Bag("REAL") },
                new Block.ToolCall("d", "f", "{}")
            ),
            User(Result("c", "1"), Result("d", "2"))
        );
        List<string?> Signatures(UpstreamTarget target) =>
            [
                .. Request(turns, target).Body["contents"]!
                    .AsArray()
                    .SelectMany(c => c!["parts"]!.AsArray())
                    .Where(p => p!["functionCall"] is not null)
                    .Select(p => (string?)p!["thoughtSignature"]),
            ];
        Assert.Equal(["skip_thought_signature_validator", null, "REAL", null], Signatures(Gemini3));
        Assert.Equal([null, null, "REAL", null], Signatures(Gemini25));
    }

    [Fact]
    public void Foreign_thoughts_stay_behind_and_own_ones_return()
    {
        var (body, dropped) = Request(
            By(
                Assistant(
                    new Block.Reasoning("a") { Signature = "s", Source = Vendor.Anthropic },
                    new Block.Reasoning("b") { Signature = "g", Source = Vendor.Google },
                    new Block.Text("c") { Bag = ThoughtSignature.Bag("t") }
                )
            ),
            Gemini3
        );
        AssertJson(
            """
            [{"text":"b","thought":true,"thoughtSignature":"g"},{"text":"c","thoughtSignature":"t"}]
            """,
            body["contents"]![0]!["parts"]
        );
        Assert.Equal(["reasoning_history"], dropped);
    }

    [Fact]
    public void Schemas_go_where_all_of_JSON_Schema_is_understood()
    {
        var (body, dropped) = Request(
            By() with
            {
                Tools = [Weather with { Strict = true }],
                ToolChoice = new ToolChoice(ToolChoiceMode.Named, "weather"),
                ParallelToolCalls = false,
                Format = new OutputFormat { Json = true, Schema = Weather.Schema },
            },
            Gemini3
        );
        AssertJson(
            """
            [{"functionDeclarations":[{"name":"weather","description":"Tells it",
              "parametersJsonSchema":{"type":"object","additionalProperties":false}}]}]
            """,
            body["tools"]
        );
        AssertJson(
            """{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["weather"]}}""",
            body["toolConfig"]
        );
        var config = body["generationConfig"]!;
        Assert.Equal("application/json", (string?)config["responseMimeType"]);
        Assert.False((bool)config["responseJsonSchema"]!["additionalProperties"]!);
        Assert.Equal(["tools.strict", "parallel_tool_calls"], dropped);
    }

    [Fact]
    public void Cache_marks_are_left_out_and_reported()
    {
        var marked = By(User(new Block.Text("x") { Cache = new CacheMark("5m") }));
        var (body, dropped) = Request(marked, Gemini3);
        Assert.DoesNotContain("cache_control", body.ToJsonString());
        Assert.Equal(["cache_control"], dropped);
    }

    [Theory]
    [InlineData("gemini-3.5-flash", "high", null, "{\"thinkingLevel\":\"high\"}")]
    [InlineData(
        "gemini-3.5-flash",
        null,
        5_000L,
        "{\"thinkingLevel\":\"medium\",\"includeThoughts\":true}"
    )]
    [InlineData("gemini-3.5-flash", "none", null, "{\"thinkingLevel\":\"minimal\"}")]
    [InlineData("gemini-2.5-flash", "high", null, "{\"thinkingBudget\":24576}")]
    [InlineData(
        "gemini-2.5-flash",
        null,
        5_000L,
        "{\"thinkingBudget\":5000,\"includeThoughts\":true}"
    )]
    [InlineData("gemini-2.5-flash", "none", null, "{\"thinkingBudget\":0}")]
    [InlineData("gemini-2.5-pro", "none", null, "{\"thinkingBudget\":128}")]
    public void Generations_think_in_levels_or_in_tokens(
        string model,
        string? effort,
        long? budget,
        string expected
    )
    {
        var wish = new ReasoningWish { Effort = effort, BudgetTokens = budget };
        var (body, _) = Request(
            By() with
            {
                Reasoning = wish,
            },
            Gemini3 with
            {
                UpstreamModel = model,
            }
        );
        AssertJson(expected, body["generationConfig"]!["thinkingConfig"]);
    }

    [Fact]
    public void An_unknown_effort_is_refused_by_name_and_for_a_chosen_model_replaced()
    {
        var asked = By() with { Reasoning = new ReasoningWish { Effort = "xhigh" } };
        Assert.Equal("reasoning_effort", RefusedParam(asked, Gemini3));
        var (body, dropped) = Request(asked, Gemini3 with { Lenient = true });
        AssertJson("{\"thinkingLevel\":\"high\"}", body["generationConfig"]!["thinkingConfig"]);
        Assert.Equal(["reasoning_effort"], dropped);
    }

    [Fact]
    public void Limits_and_sampling_have_Googles_names()
    {
        var (body, _) = Request(
            By() with
            {
                Temperature = 1.5,
                TopP = 0.5,
                TopK = 3,
                Seed = 7,
                PresencePenalty = 1,
                FrequencyPenalty = -1,
                Stop = ["a", "b"],
                Logprobs = true,
                TopLogprobs = 2,
            },
            Gemini3
        );
        AssertJson(
            """
            {"maxOutputTokens":4096,"temperature":1.5,"topP":0.5,"topK":3,"presencePenalty":1,
             "frequencyPenalty":-1,"seed":7,"stopSequences":["a","b"],"responseLogprobs":true,"logprobs":2}
            """,
            body["generationConfig"]
        );
    }

    [Fact]
    public void What_cannot_be_said_is_refused_or_listed()
    {
        Assert.Equal("n", RefusedParam(By() with { Choices = 2 }, Gemini3));
        Assert.Equal(
            "stop",
            RefusedParam(By() with { Stop = ["1", "2", "3", "4", "5", "6"] }, Gemini3)
        );
        var (_, dropped) = Request(
            By() with
            {
                Seed = long.MaxValue,
                EndUser = "u",
                Verbosity = "low",
                ServiceTier = "scale",
            },
            Gemini3
        );
        Assert.Equal(["seed", "service_tier", "user", "verbosity"], dropped);
    }

    [Fact]
    public void A_request_in_snake_case_and_old_schemas_means_the_same()
    {
        var conversation = Read(
            Codec,
            """
            {"system_instruction":{"parts":[{"text":"s"}]},
             "contents":[{"parts":[{"inline_data":{"mime_type":"image/png","data":"AAAA"}}]},
                         {"role":"model","parts":[{"function_call":{"name":"f","args":{"x":1}}},{"functionCall":{"name":"f"}}]},
                         {"role":"function","parts":[{"functionResponse":{"name":"f","response":{"result":"1"}}},
                                                     {"function_response":{"name":"f","response":{"a":2}}}]}],
             "tools":[{"function_declarations":[{"name":"f","parameters":{"type":"OBJECT","properties":{"type":{"type":"STRING","nullable":true}}}}]},
                      {"googleSearch":{}}],
             "tool_config":{"function_calling_config":{"mode":"ANY","allowed_function_names":["f"]}},
             "generation_config":{"max_output_tokens":5,"top_k":40.0,"response_mime_type":"application/json",
                                  "thinking_config":{"thinking_budget":0}},
             "safety_settings":[]}
            """
        );
        Assert.Equal(4, conversation.Turns.Count);
        Assert.Equal(["safety_settings"], conversation.UnknownFields);
        var calls = conversation.Turns[2].Blocks.OfType<Block.ToolCall>().ToList();
        var results = conversation.Turns[3].Blocks.OfType<Block.ToolResult>().ToList();
        Assert.NotEqual(calls[0].Id, calls[1].Id);
        Assert.Equal(calls.Select(c => c.Id), results.Select(r => r.CallId));
        Assert.Equal("1", Assert.IsType<Block.Text>(results[0].Content[0]).Value);
        AssertJson(
            """{"type":"object","properties":{"type":{"type":["string","null"]}}}""",
            System.Text.Json.Nodes.JsonNode.Parse(conversation.Tools[0].Schema!.Value.GetRawText())
        );
        Assert.Equal(Vendor.Google, conversation.Tools[1].ServerTool!.Vendor);
        Assert.Equal(new ToolChoice(ToolChoiceMode.Named, "f"), conversation.ToolChoice);
        Assert.Equal((5, 40), (conversation.MaxOutputTokens, conversation.TopK));
        Assert.True(conversation.Format is { Json: true, Schema: null });
        Assert.True(conversation.Reasoning!.Disabled);
    }

    [Theory]
    [InlineData("{", null)]
    [InlineData("{}", "contents")]
    [InlineData("{\"contents\":[{\"role\":\"tool\",\"parts\":[]}]}", "contents[0].role")]
    [InlineData("{\"contents\":[{\"parts\":[{\"text\":7}]}]}", "contents[0].parts[0].text")]
    [InlineData(
        "{\"contents\":[{\"parts\":[{\"inlineData\":{\"data\":\"?\"}}]}]}",
        "contents[0].parts[0].inlineData.data"
    )]
    [InlineData(
        "{\"contents\":[{\"parts\":[{\"functionResponse\":{\"name\":\"f\"}}]}]}",
        "contents[0].parts[0].functionResponse.response"
    )]
    [InlineData(
        "{\"contents\":[{\"parts\":[]}],\"generationConfig\":{\"temperature\":9}}",
        "generationConfig.temperature"
    )]
    public void What_cannot_be_meant_is_refused_with_its_path(string body, string? param)
    {
        Assert.True(Codec.ReadRequest(Encoding.UTF8.GetBytes(body)).Denied(out var denial, out _));
        Assert.Equal(param, Assert.IsType<Denial.InvalidRequest>(denial).Param);
    }
}
