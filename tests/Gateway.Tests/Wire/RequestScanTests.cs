using System.Text;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Wire;

public sealed class RequestScanTests
{
    [Fact]
    public void A_chat_request_is_read_in_one_pass()
    {
        var scan = Read(
            WireFormat.OpenAiChat,
            """
            {"model":"m","stream":true,"stream_options":{"include_usage":true},"n":2,
             "max_tokens":10,"max_completion_tokens":20,"service_tier":"flex",
             "routing":{"mode":"cheap","intent":"coding","max_price":0.05},
             "tools":[{"type":"function","function":{"name":"f"}}],
             "response_format":{"type":"json_schema","json_schema":{"schema":{"type":"object"}}},
             "messages":[{"role":"user","content":[{"type":"text","text":"hi"},
               {"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}]}
            """
        );
        Assert.Equal("m", scan.Model);
        Assert.True(scan.Stream);
        Assert.True(scan.IncludeUsage);
        Assert.Equal(2, scan.Choices);
        Assert.Equal(20, scan.MaxOutputTokens);
        Assert.Equal("flex", scan.ServiceTier);
        Assert.Equal(new RoutingWish("cheap", "coding", 0.05m), scan.Routing);
        Assert.Equal(1, scan.Images);
        Assert.Equal(
            RequestFeatures.Tools | RequestFeatures.Vision | RequestFeatures.StructuredOutput,
            scan.Features
        );
    }

    [Fact]
    public void The_larger_field_wins_in_either_order()
    {
        const string Messages = "\"messages\":[]";
        var first = Read(
            WireFormat.OpenAiChat,
            $"{{\"model\":\"m\",\"max_completion_tokens\":20,\"max_tokens\":10,{Messages}}}"
        );
        Assert.Equal(20, first.MaxOutputTokens);
    }

    [Theory]
    [InlineData(254, false)]
    [InlineData(255, true)]
    public void A_body_of_more_members_than_any_dialect_has_is_refused(int more, bool isRefused)
    {
        var others = string.Concat(Enumerable.Range(0, more).Select(i => $",\"k{i}\":1"));
        var body = $"{{\"model\":\"m\",\"messages\":[]{others}}}";

        var read = RequestScan.Read(WireFormat.OpenAiChat, Encoding.UTF8.GetBytes(body));

        Assert.Equal(isRefused, read.Denied(out var why, out _));
        Assert.True(!isRefused || why is Denial.InvalidRequest);
    }

    [Theory]
    [InlineData("\"max_completion_tokens\":null,\"max_tokens\":10")]
    [InlineData("\"max_tokens\":10,\"max_completion_tokens\":null")]
    public void A_limit_beside_one_that_is_null_is_the_limit(string limits)
    {
        var scan = Read(WireFormat.OpenAiChat, $"{{\"model\":\"m\",{limits},\"messages\":[]}}");
        Assert.Equal(10, scan.MaxOutputTokens);
    }

    [Fact]
    public void Inline_media_are_not_counted_as_text()
    {
        var image = new string('A', 100_000);
        var scan = Read(
            WireFormat.AnthropicMessages,
            $$$"""{"model":"m","max_tokens":5,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"{{{image}}}"}}]}]}"""
        );
        Assert.InRange(scan.TextBytes, 100, 400);
        Assert.Equal(1, scan.Images);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("[]", null)]
    [InlineData("{\"model\":\"m\"", null)]
    [InlineData("{\"model\":\"m\",\"messages\":[]} x", null)]
    [InlineData("{\"messages\":[]}", "model")]
    [InlineData("{\"model\":7,\"messages\":[]}", "model")]
    [InlineData("{\"model\":\"a\",\"model\":\"b\",\"messages\":[]}", "model")]
    [InlineData("{\"model\":\"a\",\"mod\\u0065l\":\"b\",\"messages\":[]}", "model")]
    [InlineData("{\"model\":\"m\",\"stream\":\"yes\",\"messages\":[]}", "stream")]
    [InlineData("{\"model\":\"m\",\"max_tokens\":0,\"messages\":[]}", "max_tokens")]
    [InlineData("{\"model\":\"m\",\"max_tokens\":1e3,\"messages\":[]}", "max_tokens")]
    [InlineData("{\"model\":\"m\",\"n\":0,\"messages\":[]}", "n")]
    [InlineData(
        "{\"model\":\"m\",\"routing\":{\"max_price\":-1},\"messages\":[]}",
        "routing.max_price"
    )]
    [InlineData("{\"model\":\"m\",\"routing\":{\"speed\":1},\"messages\":[]}", "routing.speed")]
    [InlineData("{\"model\":\"m\",\"input\":\"hi\"}", "messages")]
    public void A_request_that_cannot_be_meant_is_refused_with_its_path(string body, string? param)
    {
        var outcome = RequestScan.Read(WireFormat.OpenAiChat, Encoding.UTF8.GetBytes(body));
        Assert.True(outcome.Denied(out var denial, out _));
        Assert.Equal(param, Assert.IsType<Denial.InvalidRequest>(denial).Param);
    }

    [Fact]
    public void Any_bytes_at_all_give_a_scan_or_a_refusal()
    {
        var seed = 20261122;
        var source =
            """{"model":"m","stream":true,"messages":[{"role":"user","content":"hé"}],"tools":[{"type":"function"}],"n":1}"""u8.ToArray();
        for (var round = 0; round < 20_000; round++)
        {
            var body = source.ToArray();
            for (var i = 0; i < 3; i++)
            {
                seed = unchecked((seed * 1_103_515_245) + 12_345);
                body[(seed >>> 8) % body.Length] = (byte)(seed >>> 16);
            }

            // A throw is the failure.
            RequestScan.Read(WireFormat.OpenAiChat, body).Denied(out _, out _);
        }
    }

    private static RequestScan Read(WireFormat dialect, string body)
    {
        var outcome = RequestScan.Read(dialect, Encoding.UTF8.GetBytes(body));
        Assert.False(outcome.Denied(out var denial, out var scan), denial?.ToString());
        return scan!;
    }
}
