using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;
using Arda.Gateway.Tests.House;
using Arda.Gateway.Wire;
using Arda.Gateway.Wire.Embeddings;

namespace Arda.Gateway.Tests.Wire.Embeddings;

public sealed class EmbeddingsTests
{
    private static readonly Cost s_cost = new(
        new NanoUsd(2_500),
        new NanoUsd(2_000),
        new NanoUsd(200),
        new NanoUsd(300)
    );

    [Theory]
    [InlineData("\"hi\"", 1, 6)]
    [InlineData("[\"hi\",\"é\"]", 2, 12)]
    [InlineData("[1,2,3]", 1, 3)]
    [InlineData("[[1,2],[3]]", 2, 3)]
    [InlineData("[\"hi\",[7,8,9]]", 2, 9)]
    public void Every_form_of_input_is_read_with_its_bound(string input, int count, long tokens)
    {
        var request = Read($"{{\"model\":\"m\",\"input\":{input}}}");
        Assert.Equal((count, tokens), (request.Inputs.Count, request.PromptTokensMax));
    }

    [Fact]
    public void What_is_asked_beside_the_input_is_read()
    {
        var request = Read(
            """
            {"model":"m","input":"a","dimensions":256,"encoding_format":"base64","user":"u","x":1}
            """
        );
        Assert.Equal((256, true), (request.Dimensions, request.AsBase64));
        Assert.Equal(["x", "user"], request.Untranslatable);
        Assert.False(Read("{\"model\":\"m\",\"input\":\"a\"}").AsBase64);
    }

    [Theory]
    [InlineData("{\"model\":\"m\"}", "input")]
    [InlineData("{\"input\":\"a\"}", "model")]
    [InlineData("{\"model\":\"m\",\"input\":\"\"}", "input")]
    [InlineData("{\"model\":\"m\",\"input\":[]}", "input")]
    [InlineData("{\"model\":\"m\",\"input\":[\"a\",\"\"]}", "input[1]")]
    [InlineData("{\"model\":\"m\",\"input\":[\"a\",7]}", "input[1]")]
    [InlineData("{\"model\":\"m\",\"input\":[1,\"a\"]}", "input")]
    [InlineData("{\"model\":\"m\",\"input\":[-1]}", "input")]
    [InlineData("{\"model\":\"m\",\"input\":[1.5]}", "input")]
    [InlineData("{\"model\":\"m\",\"input\":[[]]}", "input[0]")]
    [InlineData("{\"model\":\"m\",\"input\":{\"text\":\"a\"}}", "input")]
    [InlineData("{\"model\":\"m\",\"input\":\"\\ud800\"}", "input")]
    [InlineData("{\"model\":\"m\",\"input\":\"a\",\"dimensions\":-42}", "dimensions")]
    [InlineData("{\"model\":\"m\",\"input\":\"a\",\"encoding_format\":\"hex\"}", "encoding_format")]
    [InlineData("{\"model\":\"m\",\"model\":\"n\",\"input\":\"a\"}", null)]
    public void A_request_that_cannot_be_meant_is_refused_with_its_path(string body, string? param)
    {
        Assert.True(EmbeddingRequest.Read(Bytes(body)).Denied(out var denial, out _));
        Assert.Equal(param, Assert.IsType<Denial.InvalidRequest>(denial).Param);
    }

    [Fact]
    public void More_inputs_than_one_request_may_hold_are_refused()
    {
        Assert.Equal(2_048, Read(Inputs(2_048)).Inputs.Count);
        Assert.True(EmbeddingRequest.Read(Bytes(Inputs(2_049))).Denied(out var denial, out _));
        Assert.Equal("input", Assert.IsType<Denial.InvalidRequest>(denial).Param);
    }

    [Fact]
    public void A_scan_of_embeddings_wants_input_and_not_messages()
    {
        var scan = Scan("{\"model\":\"m\",\"input\":[[1,2],[3]]}");
        Assert.True(scan.IsEmbeddings);
        Assert.Equal(RequestFeatures.None, scan.Features);

        var missing = RequestScan.ReadEmbeddings(Bytes("{\"model\":\"m\",\"messages\":[]}"));
        Assert.True(missing.Denied(out var denial, out _));
        Assert.Equal("input", Assert.IsType<Denial.InvalidRequest>(denial).Param);
    }

    [Theory]
    [InlineData("{\"routing\":{},\"model\":\"m\",\"input\":\"a\"}")]
    [InlineData("{ \"model\" : \"m\", \"routing\" : {}, \"input\" : \"a\" }")]
    [InlineData("{\"model\":\"m\",\"input\":\"a\",\"routing\":{\"mode\":\"cheap\"}}")]
    [InlineData("{\"model\":\"m\",\"input\":\"a\"}")]
    public void A_request_of_the_same_format_passes_with_the_hosts_name_of_the_model(string body)
    {
        var passed = OpenAiEmbeddings.PassRequest(Scan(body), Bytes(body), "host/m-1");
        var expected = JsonNode.Parse(body)!.AsObject();
        expected.Remove("routing");
        expected["model"] = "host/m-1";
        Assert.True(JsonNode.DeepEquals(expected, JsonNode.Parse(passed.Span)));
    }

    [Fact]
    public void A_request_that_needs_no_change_is_the_very_same_bytes()
    {
        var body = Bytes("{\"model\":\"m\", \"input\":\"a\"}");
        var passed = OpenAiEmbeddings.PassRequest(Scan(body), body, "m");
        Assert.True(passed.Equals(body));
    }

    [Fact]
    public void Geminis_request_is_what_its_own_client_sends()
    {
        var recorded = Recording("gemini/embeddings.json");
        var request = Read("{\"model\":\"g\",\"input\":\"Hello, world!\",\"dimensions\":768}");

        var translated = Value(
            GeminiEmbeddings.WriteRequest(request, "gemini-embedding-2-preview")
        );

        var expected = recorded["request"]!["body"]!.DeepClone();
        // OpenAI has no word for the task.
        expected["requests"]![0]!.AsObject().Remove("taskType");
        Assert.True(JsonNode.DeepEquals(expected, JsonNode.Parse(translated.Body.Span)));
        Assert.Empty(translated.Dropped);
    }

    [Theory]
    [InlineData("[1,2]", "input[0]")]
    [InlineData("[\"a\",[1]]", "input[1]")]
    public void Gemini_cannot_read_the_tokens_of_another_model(string input, string param)
    {
        var request = Read($"{{\"model\":\"g\",\"input\":{input}}}");
        Assert.True(GeminiEmbeddings.WriteRequest(request, "g").Denied(out var denial, out _));
        Assert.Equal(param, Assert.IsType<Denial.UnsupportedParameter>(denial).Param);
    }

    [Fact]
    public void Gemini_takes_a_hundred_texts_and_no_more()
    {
        Assert.False(GeminiEmbeddings.WriteRequest(Read(Inputs(100)), "g").Denied(out _, out _));
        Assert.True(GeminiEmbeddings.WriteRequest(Read(Inputs(101)), "g").Denied(out _, out _));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Geminis_answer_reaches_an_openai_client_value_for_value(bool asBase64)
    {
        var recorded = Recording("gemini/embeddings.json")["response"]!["body"]!;
        var values = recorded["embeddings"]![0]!["values"]!
            .AsArray()
            .Select(v => (float)v!)
            .ToList();
        var body = Bytes(recorded.ToJsonString());
        Assert.Null(GeminiEmbeddings.Meter(body).Answer.Usage);

        var written = Written(to =>
            OpenAiEmbeddings.WriteAnswer(
                GeminiEmbeddings.ReadAnswer(body, 1),
                Read("{\"model\":\"gemini-embedding-2\",\"input\":\"Hello, world!\"}") with
                {
                    AsBase64 = asBase64,
                },
                new TokenUsage { Input = 4 },
                s_cost,
                to
            )
        );

        Assert.Equal("gemini-embedding-2", (string)written["model"]!);
        Assert.Equal(asBase64, written["data"]![0]!["embedding"] is JsonValue);
        var again = OpenAiEmbeddings.ReadAnswer(Bytes(written.ToJsonString()), 1);
        Assert.Equal(values, again.Vectors[0]);
        AssertCosts(written["usage"]!, 4);
    }

    [Fact]
    public void Geminis_own_count_is_read_where_it_says_one()
    {
        var body = Bytes(
            """{"embeddings":[{"values":[0.5]}],"usageMetadata":{"promptTokenCount":7}}"""
        );
        Assert.Equal(7, GeminiEmbeddings.Meter(body).Answer.Usage?.Input);
        Assert.Equal(7, GeminiEmbeddings.ReadAnswer(body, 1).Usage?.Input);
    }

    [Fact]
    public void An_answer_in_the_form_that_was_asked_for_passes_with_nothing_but_the_cost_added()
    {
        var recorded = Recording("openai/embeddings-float.json")["response"]!["body"]!;
        var body = Bytes(recorded.ToJsonString());
        var reading = OpenAiEmbeddings.Meter(body.Span);
        Assert.Equal((9L, true), (reading.Answer.Usage?.Input, reading.IsBase64));
        var request = Read("{\"model\":\"m\",\"input\":\"a\",\"encoding_format\":\"base64\"}");

        var passed = WrittenBytes(to =>
            OpenAiEmbeddings.PassAnswer(body, reading, request, reading.Answer.Usage!, s_cost, to)
        );

        var written = JsonNode.Parse(passed)!;
        AssertCosts(written["usage"]!, 9);
        written["usage"]!.AsObject().Remove("cost");
        written["usage"]!.AsObject().Remove("cost_details");
        Assert.True(JsonNode.DeepEquals(recorded, written));
        var untouched = body.Span[..reading.Answer.UsageAt.Start.Value];
        Assert.True(passed.AsSpan().StartsWith(untouched));
    }

    [Fact]
    public void An_answer_in_the_other_form_is_written_in_the_one_that_was_asked_for()
    {
        var recorded = Recording("openai/embeddings-float.json")["response"]!["body"]!;
        var base64 = Bytes(recorded.ToJsonString());
        var asFloats = Read("{\"model\":\"m\",\"input\":\"a\"}");
        var asBase64 = asFloats with { AsBase64 = true };

        var floats = WrittenBytes(to => Pass(base64, asFloats, to));
        var back = JsonNode.Parse(WrittenBytes(to => Pass(floats, asBase64, to)))!;

        var vector = JsonNode.Parse(floats)!["data"]![0]!["embedding"]!.AsArray();
        Assert.Equal(1_536, vector.Count);
        Assert.Equal(
            (string)recorded["data"]![0]!["embedding"]!,
            (string)back["data"]![0]!["embedding"]!
        );
        AssertCosts(back["usage"]!, 9);
    }

    [Fact]
    public void Vectors_come_in_the_order_of_their_inputs_whatever_the_hosts()
    {
        var answer = OpenAiEmbeddings.ReadAnswer(
            Bytes(
                """
                {"data":[{"index":1,"embedding":[2.0]},{"index":0,"embedding":[1.0]}]}
                """
            ),
            2
        );
        Assert.Equal([1f, 2f], answer.Vectors.Select(v => v[0]));
        Assert.Null(answer.Usage);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("{\"data\":[]}")]
    [InlineData("{\"data\":[{\"embedding\":[]}]}")]
    [InlineData("{\"data\":[{\"embedding\":[1e99]}]}")]
    [InlineData("{\"data\":[{\"embedding\":[\"1\"]}]}")]
    [InlineData("{\"data\":[{\"embedding\":\"AAA\"}]}")]
    [InlineData("{\"data\":[{\"embedding\":\"AADAfw==\"}]}")]
    [InlineData("{\"data\":[{\"embedding\":[1],\"index\":1}]}")]
    [InlineData("{\"data\":[{\"embedding\":[1]},{\"embedding\":[1]}]}")]
    public void What_is_not_one_vector_for_each_input_is_no_answer(string body)
    {
        Assert.Throws<WireFormatException>(() => OpenAiEmbeddings.ReadAnswer(Bytes(body), 1));
    }

    [Theory]
    [InlineData("{\"usage\":{\"prompt_tokens\":-1},\"data\":[]}")]
    [InlineData("{\"usage\":{\"prompt_tokens\":\"9\"},\"data\":[]}")]
    [InlineData("{\"usage\":null}")]
    [InlineData("{\"data\":[{\"usage\":{\"prompt_tokens\":9}}]}")]
    public void Usage_that_is_none_is_not_billed_by(string body)
    {
        Assert.Null(OpenAiEmbeddings.Meter(Bytes(body).Span).Answer.Usage);
    }

    [Fact]
    public void Any_bytes_at_all_give_a_request_or_a_refusal_and_a_reading_or_an_error()
    {
        var seed = 20261125;
        var source =
            """{"model":"m","input":["hé",[1,2]],"dimensions":3,"data":[{"embedding":[1]}],"usage":{"prompt_tokens":1}}"""u8.ToArray();
        for (var round = 0; round < 20_000; round++)
        {
            var body = source.ToArray();
            for (var i = 0; i < 3; i++)
            {
                seed = unchecked((seed * 1_103_515_245) + 12_345);
                body[(seed >>> 8) % body.Length] = (byte)(seed >>> 16);
            }

            EmbeddingRequest.Read(body).Denied(out _, out _);
            RequestScan.ReadEmbeddings(body).Denied(out _, out _);
            try
            {
                OpenAiEmbeddings.Meter(body);
                OpenAiEmbeddings.ReadAnswer(body, 1);
            }
            catch (WireFormatException)
            {
                // The one way to say it.
            }
        }
    }

    private static void AssertCosts(JsonNode usage, long tokens)
    {
        Assert.Equal(tokens, (long)usage["prompt_tokens"]!);
        Assert.Equal(tokens, (long)usage["total_tokens"]!);
        Assert.Equal(0.0000025m, (decimal)usage["cost"]!);
        Assert.Equal(0.000002m, (decimal)usage["cost_details"]!["base"]!);
        Assert.Equal(0.0000003m, (decimal)usage["cost_details"]!["reseller_markup"]!);
    }

    private static void Pass(
        ReadOnlyMemory<byte> body,
        EmbeddingRequest request,
        IBufferWriter<byte> to
    )
    {
        var reading = OpenAiEmbeddings.Meter(body.Span);
        OpenAiEmbeddings.PassAnswer(body, reading, request, reading.Answer.Usage!, s_cost, to);
    }

    private static JsonNode Written(Action<IBufferWriter<byte>> write) =>
        JsonNode.Parse(WrittenBytes(write))!;

    private static byte[] WrittenBytes(Action<IBufferWriter<byte>> write)
    {
        var to = new ArrayBufferWriter<byte>();
        write(to);
        return to.WrittenSpan.ToArray();
    }

    private static JsonNode Recording(string name)
    {
        if (Checkout.Shared is not { } shared)
        {
            Assert.Skip("The recordings of providers are not beside this checkout.");
            throw new InvalidOperationException("Unreachable.");
        }

        return JsonNode.Parse(File.ReadAllText(Path.Combine(shared, "wire", name)))!;
    }

    private static string Inputs(int count) =>
        $"{{\"model\":\"m\",\"input\":[{string.Join(',', Enumerable.Repeat("\"a\"", count))}]}}";

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static EmbeddingRequest Read(string body) => Value(EmbeddingRequest.Read(Bytes(body)));

    private static RequestScan Scan(string body) => Scan(Bytes(body));

    private static RequestScan Scan(ReadOnlyMemory<byte> body) =>
        Value(RequestScan.ReadEmbeddings(body));

    private static T Value<T>(Outcome<T> outcome)
        where T : class
    {
        Assert.False(outcome.Denied(out var denial, out var value), denial?.ToString());
        return value!;
    }
}
