using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;
using Arda.Gateway.Tests.Wire.OpenAi;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Wire.Chat;

/// <summary>What hosts of this format refuse, and what must not get lost on the way.</summary>
public sealed class ChatRequestTrapTests
{
    private const string Loop = """
        {"model":"m","messages":[
          {"role":"developer","content":"Be brief."},
          {"role":"user","content":"Weather?"},
          {"role":"assistant","content":null,"tool_calls":[
            {"id":"toolu_a","type":"function","function":{"name":"f","arguments":""}},
            {"id":"toolu_b","type":"function","function":{"name":"g","arguments":"{\"x\":1}"}}]},
          {"role":"tool","tool_call_id":"toolu_a","content":"rain"},
          {"role":"tool","tool_call_id":"toolu_b","content":"sun"},
          {"role":"user","content":"Go on."}]}
        """;

    [Fact]
    public void All_results_of_a_turn_are_one_turn_that_names_their_tools()
    {
        var turns = Requests.Read(Requests.Chat, Loop).Turns;
        Assert.Equal(5, turns.Count);
        var results = turns[3].Blocks.Cast<Block.ToolResult>().ToList();
        Assert.Equal(["f", "g"], results.Select(result => result.ToolName));
        Assert.Equal("{}", ((Block.ToolCall)turns[2].Blocks[0]).ArgumentsJson);
    }

    [Fact]
    public void Mistral_gets_ids_of_nine_characters_alike_at_call_and_result()
    {
        var target = Requests.Target("mistral");
        var (body, _) = Requests.Translate(Requests.Chat, Requests.Chat, Loop, target);
        var calls = body["messages"]![2]!["tool_calls"]!.AsArray();
        var ids = calls.Select(call => (string)call!["id"]!).ToList();
        Assert.All(ids, id => Assert.Matches("^[a-zA-Z0-9]{9}$", id));
        Assert.Equal(ids[0], (string?)body["messages"]![3]!["tool_call_id"]);
        Assert.Equal(ids[1], (string?)body["messages"]![4]!["tool_call_id"]);
    }

    [Theory]
    [InlineData("openai", "developer", "max_completion_tokens", true)]
    [InlineData("mistral", "system", "max_tokens", false)]
    [InlineData("deepseek", "system", "max_tokens", true)]
    [InlineData("groq", "system", "max_completion_tokens", true)]
    [InlineData("somebody", "system", "max_tokens", true)]
    public void Hosts_differ_in_small_ways(string provider, string role, string limit, bool options)
    {
        var target = Requests.Target(provider) with { MaxOutputTokens = 77 };
        var json = Loop.Replace("\"model\":\"m\"", "\"model\":\"m\",\"stream\":true");
        var (body, _) = Requests.Translate(Requests.Chat, Requests.Chat, json, target);
        Assert.Equal(role, (string?)body["messages"]![0]!["role"]);
        Assert.Equal(77, (long?)body[limit]);
        Assert.Equal(options, body["stream_options"]?["include_usage"] is not null);
    }

    [Fact]
    public void The_newer_name_of_the_limit_wins() =>
        Assert.Equal(
            9,
            Requests
                .Read(Requests.Chat, With("\"max_tokens\":5,\"max_completion_tokens\":9"))
                .MaxOutputTokens
        );

    [Fact]
    public void Broken_arguments_in_the_history_are_repaired_and_reported()
    {
        var json = Loop.Replace("{\\\"x\\\":1}", "{\\\"x\\\":");
        var (body, dropped) = Requests.Translate(Requests.Chat, Requests.Chat, json);
        Assert.Contains("messages[2].tool_calls[1].function.arguments", dropped);
        var call = body["messages"]![2]!["tool_calls"]![1]!;
        Assert.Equal("{}", (string?)call["function"]!["arguments"]);
    }

    [Fact]
    public void An_image_in_a_tool_result_follows_as_a_user_message()
    {
        var conversation = Requests.Read(Requests.Chat, Loop);
        var image = new Block.Image(new MediaSource { Url = "https://example.test/a.png" });
        Block[] seen = [new Block.Text("see"), image];
        var turn = new Turn(Role.User, [new Block.ToolResult("toolu_a", "f", seen, false)]);
        var changed = conversation with { Turns = [.. conversation.Turns.Take(3), turn] };
        Requests.Chat.WriteRequest(changed, Requests.Target("openai")).Denied(out _, out var to);
        var messages = JsonNode.Parse(to!.Body.Span)!["messages"]!.AsArray();
        Assert.Equal("tool", (string?)messages[3]!["role"]);
        Assert.Equal("see", (string?)messages[3]!["content"]);
        Assert.Equal("user", (string?)messages[4]!["role"]);
        Assert.Equal("image_url", (string?)messages[4]!["content"]![0]!["type"]);
    }

    [Theory]
    [InlineData("deepseek", true)]
    [InlineData("openai", false)]
    [InlineData("groq", false)]
    public void Plain_thoughts_go_back_only_to_hosts_that_want_them(string provider, bool wanted)
    {
        var json = Loop.Replace(
            "\"content\":null",
            "\"content\":null,\"reasoning_content\":\"hm\""
        );
        var target = Requests.Target(provider);
        var (body, dropped) = Requests.Translate(Requests.Chat, Requests.Chat, json, target);
        Assert.Equal(wanted, body["messages"]![2]!["reasoning_content"] is not null);
        Assert.Equal(!wanted, dropped.Contains("messages.reasoning_details"));
    }

    [Fact]
    public void Signed_thoughts_of_a_history_are_read_with_their_vendor()
    {
        var json = Loop.Replace(
            "\"content\":null",
            """
            "content":null,"reasoning_content":"why","reasoning_details":[
              {"type":"reasoning.text","text":"why","signature":"SIG","format":"anthropic-claude-v1","index":0},
              {"type":"reasoning.encrypted","data":"RED","format":"anthropic-claude-v1","index":1},
              {"type":"reasoning.text","text":"x","format":"somebody-v1","index":2}]
            """
        );
        var blocks = Requests.Read(Requests.Chat, json).Turns[2].Blocks;
        Assert.Equal(
            ["thought[why|SIG||Anthropic|]", "thought[||RED|Anthropic|]", "thought[x|||Other|]"],
            blocks.Take(3).Select(Steps.Describe)
        );
        var (body, dropped) = Requests.Translate(
            Requests.Chat,
            Requests.Chat,
            json,
            Requests.Target("openrouter")
        );
        var details = body["messages"]![2]!["reasoning_details"]!.AsArray();
        Assert.Equal("SIG", (string?)details[0]!["signature"]);
        Assert.Equal("RED", (string?)details[1]!["data"]);
        Assert.Equal("somebody-v1", (string?)details[2]!["format"]);
        Assert.Empty(dropped);
    }

    [Fact]
    public void Geminis_signature_comes_back_from_the_history()
    {
        var json = Loop.Replace(
            "\"id\":\"toolu_a\",",
            """
            "id":"toolu_a","extra_content":{"google":{"thought_signature":"SIG"}},
            """
        );
        var call = Requests.Read(Requests.Chat, json).Turns[2].Blocks[0];
        Assert.Equal("SIG", ThoughtSignature.Of(call));
    }

    [Theory]
    [InlineData("\"functions\":[]", "functions")]
    [InlineData("\"audio\":{\"voice\":\"a\"}", "audio")]
    [InlineData("\"modalities\":[\"text\",\"audio\"]", "modalities")]
    [InlineData("\"web_search_options\":{}", "web_search_options")]
    [InlineData("\"tools\":[{\"type\":\"custom\",\"custom\":{}}]", "tools[0].type")]
    public void What_has_no_other_words_is_refused_by_name(string member, string param) =>
        Assert.Equal(param, Requests.Refused(Requests.Chat, Requests.Responses, With(member)));

    [Fact]
    public void Fields_that_nobody_knows_are_dropped_and_named()
    {
        var (body, dropped) = Requests.Translate(
            Requests.Chat,
            Requests.Chat,
            With("\"store\":true,\"future\":1,\"routing\":{\"mode\":\"cheap\"}")
        );
        Assert.Equal(["store", "future"], dropped);
        Assert.Null(body["routing"]);
    }

    [Fact]
    public void Cache_marks_are_dropped_with_a_report_except_for_openrouter()
    {
        var json = """
            {"model":"m","messages":[{"role":"user","content":[
              {"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"1h"}}]}]}
            """;
        var (body, dropped) = Requests.Translate(Requests.Chat, Requests.Chat, json);
        Assert.Equal(["cache_control"], dropped);
        Assert.DoesNotContain("cache_control", body.ToJsonString());
        var target = Requests.Target("openrouter");
        (body, dropped) = Requests.Translate(Requests.Chat, Requests.Chat, json, target);
        Assert.Empty(dropped);
        Assert.Equal("1h", (string?)body["messages"]![0]!["content"]![0]!["cache_control"]!["ttl"]);
    }

    [Fact]
    public void Sampling_that_a_model_refuses_is_a_400_when_named_and_dropped_when_chosen()
    {
        var json = With("\"temperature\":0.5");
        var strict = Requests.Target("openai") with { AcceptsSampling = false };
        Assert.Equal("temperature", Requests.Refused(Requests.Chat, Requests.Chat, json, strict));
        var lenient = strict with { Lenient = true };
        var (body, dropped) = Requests.Translate(Requests.Chat, Requests.Chat, json, lenient);
        Assert.Equal(["temperature"], dropped);
        Assert.Null(body["temperature"]);
    }

    [Fact]
    public void An_effort_that_the_model_does_not_know_is_refused_by_name()
    {
        var target = Requests.Target("openai") with { ReasoningEfforts = ["low", "high"] };
        var json = With("\"reasoning_effort\":\"xhigh\"");
        Assert.Equal(
            "reasoning_effort",
            Requests.Refused(Requests.Chat, Requests.Chat, json, target)
        );
    }

    [Fact]
    public void The_address_of_a_person_is_not_passed_to_a_provider()
    {
        var (body, dropped) = Requests.Translate(
            Requests.Chat,
            Requests.Chat,
            With("\"user\":\"a@example.test\"")
        );
        Assert.Null(body["user"]);
        Assert.Equal(["user"], dropped);
    }

    [Fact]
    public void A_member_given_twice_or_a_broken_body_is_an_invalid_request()
    {
        foreach (var json in (string[])["{\"model\":\"a\",\"model\":\"b\"}", "{", "[]", ""])
        {
            var read = Requests.Chat.ReadRequest(System.Text.Encoding.UTF8.GetBytes(json));
            Assert.True(read.Denied(out var denial, out _));
            Assert.IsType<Denial.InvalidRequest>(denial);
        }
    }

    private static string With(string member) =>
        $$"""{"model":"m","messages":[{"role":"user","content":"a"}],{{member}}}""";
}
