using System.Text.Json.Nodes;

namespace Arda.Gateway.Tests.Inference.Paid;

/// <summary>arda/auto as a caller sees it: what it chose, why not, and what goes upstream.</summary>
public sealed class AutoRouteTests(PaidGateway gateway) : IClassFixture<PaidGateway>
{
    private const string Auto = "arda/auto";

    private static JsonObject Routed(string path, JsonNode? routing, bool stream = false) =>
        Ask.For(path, Auto, stream: stream).With("routing", routing);

    public static TheoryData<string, bool> Requests
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var path in Ask.Paths)
            {
                data.Add(path, false);
                data.Add(path, true);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task The_headers_name_the_model_and_the_class_and_routing_stays_here(
        string path,
        bool stream
    )
    {
        var client = await gateway.ClientAsync();
        var asked = gateway.Upstream.Of("auto/plain").Count;

        var answer = await client.AskAsync(
            path,
            Routed(path, JsonNode.Parse("""{"mode":"balanced","intent":"coding"}"""), stream)
        );

        Assert.Equal("auto/plain", answer.Expect(200).Header("X-Arda-Selected-Model"));
        Assert.Equal("coding", answer.Header("X-Arda-Routing-Class"));
        var sent = gateway.Upstream.Of("auto/plain")[asked].Json;
        Assert.Equal("auto/plain", (string?)sent["model"]);
        Assert.Null(sent["routing"]);
        Assert.Null(answer.Header("X-Arda-Dropped-Params"));
        var route = (await client.ReceiptAsync(answer))["route"]!;
        Assert.Equal(Auto, (string?)route["requested"]);
        Assert.Equal("auto/plain", (string?)route["selected"]);
        Assert.Equal("coding", (string?)route["class"]);
    }

    [Theory]
    [InlineData("best", "auto/clever")]
    [InlineData("fast", "auto/quick")]
    [InlineData("balanced", "auto/plain")]
    [InlineData("cheap", "auto/small")]
    public async Task Each_mode_has_its_model(string mode, string expected)
    {
        var client = await gateway.ClientAsync();
        var answer = await client.AskAsync(
            Ask.Chat,
            Routed(Ask.Chat, new JsonObject { ["mode"] = mode })
        );
        Assert.Equal(expected, answer.Expect(200).Header("X-Arda-Selected-Model"));
        Assert.Equal("general", answer.Header("X-Arda-Routing-Class"));
    }

    [Theory]
    [InlineData("""{"mode":"cleverest"}""", "routing.mode")]
    [InlineData("""{"intent":"poetry"}""", "routing.intent")]
    [InlineData("""{"max_price":0}""", "routing.max_price")]
    [InlineData("""{"speed":1}""", "routing.speed")]
    [InlineData("\"fast\"", "routing")]
    public async Task An_unknown_wish_is_refused_by_name(string routing, string param)
    {
        var client = await gateway.ClientAsync();
        foreach (var path in Ask.Paths)
        {
            var answer = await client.AskAsync(path, Routed(path, JsonNode.Parse(routing)));
            Assert.Equal(param, (string?)answer.Expect(400).Error["param"]);
            Assert.Equal("invalid_request_error", (string?)answer.Error["type"]);
        }
    }

    [Fact]
    public async Task A_price_that_nobody_meets_names_its_gate()
    {
        var client = await gateway.ClientAsync();
        var answer = await client.AskAsync(
            Ask.Chat,
            Routed(Ask.Chat, new JsonObject { ["max_price"] = 0.0000001 })
        );
        Assert.Equal("no_eligible_model", answer.Expect(400).Code);
        Assert.Contains(
            "routing.max_price",
            (string)answer.Error["message"]!,
            StringComparison.Ordinal
        );
        Assert.Null(answer.Header("X-Arda-Selected-Model"));
    }

    [Fact]
    public async Task A_highest_price_keeps_dearer_models_away()
    {
        var client = await gateway.ClientAsync();
        var answer = await client.AskAsync(
            Ask.Chat,
            Routed(Ask.Chat, JsonNode.Parse("""{"mode":"best","max_price":0.0006}"""))
                .With("max_tokens", 100)
        );
        Assert.Equal("auto/plain", answer.Expect(200).Header("X-Arda-Selected-Model"));
    }

    [Fact]
    public async Task What_no_model_can_do_names_its_gate()
    {
        var client = await gateway.ClientAsync();
        var body = Ask.For(Ask.Chat, Auto);
        body["messages"] = JsonNode.Parse(
            """[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}]"""
        );
        var answer = await client.AskAsync(Ask.Chat, body);
        Assert.Equal("no_eligible_model", answer.Expect(400).Code);
        Assert.Contains("vision", (string)answer.Error["message"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("max_price", "routing", """{"max_price":0.0000001}""")]
    [InlineData("reasoning", "reasoning_effort", "\"high\"")]
    [InlineData(
        "structured output",
        "response_format",
        """{"type":"json_schema","json_schema":{"name":"a","schema":{"type":"object"}}}"""
    )]
    [InlineData("a provider's own tools", "tools", """[{"type":"web_search"}]""")]
    [InlineData(
        "audio input",
        "messages",
        """[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}]}]"""
    )]
    [InlineData(
        "pdf",
        "messages",
        """[{"role":"user","content":[{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,AAAA"}}]}]"""
    )]
    [InlineData("service_tier", "service_tier", "\"priority\"")]
    public async Task Each_gate_that_nobody_passes_names_itself(
        string gate,
        string name,
        string value
    )
    {
        var client = await gateway.ClientAsync();
        var answer = await client.AskAsync(
            Ask.Chat,
            Ask.For(Ask.Chat, Auto).With(name, JsonNode.Parse(value))
        );
        Assert.Equal("no_eligible_model", answer.Expect(400).Code);
        Assert.Contains(gate, (string)answer.Error["message"]!, StringComparison.Ordinal);
        Assert.Null(answer.Header("X-Arda-Selected-Model"));
    }

    [Fact]
    public async Task A_prompt_that_fits_nowhere_names_its_gate()
    {
        var client = await gateway.ClientAsync();
        var answer = await client.AskAsync(
            Ask.Chat,
            Ask.For(Ask.Chat, Auto, new string('a', 600_000))
        );
        Assert.Equal("no_eligible_model", answer.Expect(400).Code);
        Assert.Contains(
            "context window",
            (string)answer.Error["message"]!,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Routing_beside_a_named_model_is_left_out_upstream()
    {
        var client = await gateway.ClientAsync();
        var model = gateway.FreshModel("one");
        var answer = await client.AskAsync(
            Ask.Chat,
            Ask.For(Ask.Chat, model).With("routing", JsonNode.Parse("""{"mode":"best"}"""))
        );
        Assert.Equal(model, answer.Expect(200).Header("X-Arda-Selected-Model"));
        Assert.Null(Assert.Single(gateway.Upstream.Of(model)).Json["routing"]);
    }
}
