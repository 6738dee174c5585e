using System.Text.Json.Nodes;

namespace Arda.Gateway.Tests.Inference.Paid;

/// <summary>Fields that the gateway knows nothing of, fields that a dialect lacks, and fields that
/// would lean on state that is not kept.</summary>
public sealed class ParameterTests(PaidGateway gateway) : IClassFixture<PaidGateway>
{
    [Theory]
    [InlineData(Ask.Chat, null)]
    [InlineData(Ask.Messages, "messages")]
    [InlineData(Ask.Responses, "responses")]
    public async Task An_unknown_field_passes_in_its_own_dialect(string path, string? named)
    {
        var client = await gateway.ClientAsync();
        var model = named ?? gateway.FreshModel("one");
        var body = Ask.For(path, model).With("brand_new", JsonNode.Parse("""{"a":[1,2.50]}"""));

        var answer = await client.AskAsync(path, body);

        Assert.Null(answer.Expect(200).Header("X-Arda-Dropped-Params"));
        var sent = gateway.Upstream.Of(model)[^1];
        Assert.Contains("\"brand_new\":{\"a\":[1,2.50]}", sent.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Ask.Chat, "messages")]
    [InlineData(Ask.Responses, "messages")]
    [InlineData(Ask.Messages, "responses")]
    public async Task An_unknown_field_is_left_out_across_dialects_and_named(
        string path,
        string model
    )
    {
        var client = await gateway.ClientAsync();
        var answer = await client.AskAsync(path, Ask.For(path, model).With("brand_new", 1));

        Assert.Contains(
            "brand_new",
            answer.Expect(200).Header("X-Arda-Dropped-Params")!.Split(", "),
            StringComparer.Ordinal
        );
        Assert.Null(gateway.Upstream.Of(model)[^1].Json["brand_new"]);
    }

    [Theory]
    [InlineData("responses", true)]
    [InlineData("messages", true)]
    [InlineData("responses", false)]
    public async Task Nothing_is_stored_and_who_asked_for_it_is_told(string model, bool store)
    {
        var client = await gateway.ClientAsync();
        var body = Ask.For(Ask.Responses, model).With("store", store);

        var answer = await client.AskAsync(Ask.Responses, body);

        Assert.Equal(store ? "store" : null, answer.Expect(200).Header("X-Arda-Dropped-Params"));
        Assert.NotEqual(true, (bool?)gateway.Upstream.Of(model)[^1].Json["store"]);
    }

    [Theory]
    [InlineData("""{"store":true}""", "store")]
    [InlineData("""{"store":true,"metadata":{"team":"a"}}""", "store, metadata")]
    [InlineData("""{"metadata":{"team":"a"},"store":false}""", null)]
    public async Task A_completion_is_not_kept_in_the_operators_account(string asked, string? told)
    {
        var client = await gateway.ClientAsync();
        var body = Ask.For(Ask.Chat, "ageing");
        foreach (var (name, value) in JsonNode.Parse(asked)!.AsObject())
        {
            body = body.With(name, value!.DeepClone());
        }

        var answer = await client.AskAsync(Ask.Chat, body);

        Assert.Equal(told, answer.Expect(200).Header("X-Arda-Dropped-Params"));
        var sent = gateway.Upstream.Of("ageing")[^1].Json;
        Assert.NotEqual(true, (bool?)sent["store"]);
        Assert.Equal(told is null, sent["metadata"] is not null);
    }

    [Theory]
    [InlineData("n", "2")]
    [InlineData("logprobs", "true")]
    [InlineData("response_format", """{"type":"json_object"}""")]
    public async Task What_cannot_be_said_in_the_other_dialect_is_refused_by_name(
        string name,
        string value
    )
    {
        var client = await gateway.ClientAsync();
        var before = await client.BalanceAsync();
        var asked = gateway.Upstream.Of("messages").Count;

        var answer = await client.AskAsync(
            Ask.Chat,
            Ask.For(Ask.Chat, "messages").With(name, JsonNode.Parse(value))
        );

        Assert.Equal("invalid_request_error", (string?)answer.Expect(400).Error["type"]);
        Assert.StartsWith(name, (string?)answer.Error["param"], StringComparison.Ordinal);
        Assert.Equal(asked, gateway.Upstream.Of("messages").Count);
        Assert.Equal(before, await client.BalanceAsync());
    }

    [Theory]
    [InlineData("previous_response_id", "\"resp_1\"")]
    [InlineData("conversation", "\"conv_1\"")]
    [InlineData("background", "true")]
    public async Task What_leans_on_stored_state_is_refused(string name, string value)
    {
        var client = await gateway.ClientAsync();
        foreach (var model in (string[])["responses", "messages"])
        {
            var answer = await client.AskAsync(
                Ask.Responses,
                Ask.For(Ask.Responses, model).With(name, JsonNode.Parse(value))
            );
            Assert.Equal(name, (string?)answer.Expect(400).Error["param"]);
        }
    }

    [Theory]
    [InlineData(
        Ask.Messages,
        "messages",
        "messages",
        """[{"role":"user","content":[{"type":"document","source":{"type":"file","file_id":"file_1"}}]}]""",
        "file_id"
    )]
    [InlineData(
        Ask.Messages,
        "messages",
        "messages",
        """[{"role":"user","content":[{"type":"container_upload","file_id":"file_1"}]}]""",
        "file_id"
    )]
    [InlineData(Ask.Messages, "messages", "container", "\"container_1\"", "container")]
    [InlineData(Ask.Messages, "messages", "container", """{"id":"container_1"}""", "container")]
    [InlineData(
        Ask.Responses,
        "responses",
        "input",
        """[{"role":"user","content":[{"type":"input_image","file_id":"file_1"}]}]""",
        "file_id"
    )]
    [InlineData(
        Ask.Responses,
        "responses",
        "tools",
        """[{"type":"file_search","vector_store_ids":["vs_1"]}]""",
        "vector_store_ids"
    )]
    [InlineData(
        Ask.Responses,
        "responses",
        "tools",
        """[{"type":"code_interpreter","container":"cntr_1"}]""",
        "container"
    )]
    [InlineData(
        Ask.Chat,
        "one/1",
        "messages",
        """[{"role":"user","content":[{"type":"file","file":{"file_id":"file_1"}}]}]""",
        "file_id"
    )]
    public async Task What_lies_in_the_operators_account_cannot_be_reached(
        string path,
        string model,
        string name,
        string value,
        string param
    )
    {
        var client = await gateway.ClientAsync();
        var asked = gateway.Upstream.Of(model).Count;

        var answer = await client.AskAsync(
            path,
            Ask.For(path, model).With(name, JsonNode.Parse(value))
        );

        Assert.Equal(param, (string?)answer.Expect(400).Error["param"]);
        Assert.Equal("invalid_request_error", (string?)answer.Error["type"]);
        Assert.Equal(asked, gateway.Upstream.Of(model).Count);
    }

    [Fact]
    public async Task A_stored_file_cannot_hide_behind_escapes()
    {
        var client = await gateway.ClientAsync();
        const string Body = """
            {"model":"messages","max_tokens":9,"messages":[{"role":"user","content":
             [{"type":"container_upload","file\u005f\u0069d":"file_1"}]}]}
            """;
        using var sent = await client.SendAsync(Ask.Messages, Body);
        var answer = (await PaidAnswer.ReadAsync(sent)).Expect(400);
        Assert.Equal("file_id", (string?)answer.Error["param"]);
    }

    [Theory]
    [InlineData(
        """[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{"file_id":"a"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"ok"}]}]"""
    )]
    [InlineData(
        """[{"role":"user","content":[{"type":"text","text":"What is a file_id or a \"container\"?"}]}]"""
    )]
    public async Task Words_about_files_pass(string messages)
    {
        var client = await gateway.ClientAsync();
        var body = Ask.For(Ask.Messages, "messages").With("messages", JsonNode.Parse(messages));
        (await client.AskAsync(Ask.Messages, body)).Expect(200);
    }

    [Theory]
    [InlineData("messages")]
    [InlineData("responses")]
    public async Task Several_answers_are_refused_where_a_model_gives_one(string model)
    {
        var client = await gateway.ClientAsync();
        var answer = await client.AskAsync(Ask.Chat, Ask.For(Ask.Chat, model).With("n", 2));
        Assert.Equal("n", (string?)answer.Expect(400).Error["param"]);
        Assert.Contains(model, (string)answer.Error["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_answers_pass_where_the_provider_speaks_the_dialect()
    {
        var client = await gateway.ClientAsync();
        var model = gateway.FreshModel("one");
        (await client.AskAsync(Ask.Chat, Ask.For(Ask.Chat, model).With("n", 2))).Expect(200);
        Assert.Equal(2, (int)Assert.Single(gateway.Upstream.Of(model)).Json["n"]!);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_is_ever_stored_at_the_provider(bool? asked)
    {
        var client = await gateway.ClientAsync();
        var body = Ask.For(Ask.Responses, "responses");
        if (asked is not null)
        {
            body["store"] = asked;
        }

        (await client.AskAsync(Ask.Responses, body)).Expect(200);

        Assert.False((bool)gateway.Upstream.Of("responses")[^1].Json["store"]!);
    }

    [Theory]
    [InlineData("""{"model":"one/1"}""", "messages")]
    [InlineData("""{"messages":[{"role":"user","content":"Hi"}]}""", "model")]
    [InlineData("""{"model":"one/1","model":"one/2","messages":[]}""", "model")]
    [InlineData("""{"model":"one/1","messages":[""", null)]
    [InlineData("""[]""", null)]
    public async Task A_request_that_cannot_be_read_is_refused_before_anything_is_asked(
        string body,
        string? param
    )
    {
        var client = await gateway.ClientAsync();
        using var sent = await client.SendAsync(Ask.Chat, body);
        var answer = (await PaidAnswer.ReadAsync(sent)).Expect(400);
        Assert.Equal(param, (string?)answer.Error["param"]);
    }
}
