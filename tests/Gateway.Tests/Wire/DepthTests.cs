using System.Text;
using System.Text.Json;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Wire;

/// <summary>What is let in as deep as may be can be read again after it was put in other words: else
/// it would be a provider's fault, or ours.</summary>
public sealed class DepthTests
{
    // Gemini's counter takes the request as a member, an event of Responses the echo of the tools.
    private const int WrappersMax = 2;

    public static TheoryData<WireFormat, WireFormat> Pairs
    {
        get
        {
            var pairs = new TheoryData<WireFormat, WireFormat>();
            foreach (var client in Enum.GetValues<WireFormat>())
            {
                foreach (var upstream in Enum.GetValues<WireFormat>())
                {
                    if (client != WireFormat.GeminiGenerate)
                    {
                        pairs.Add(client, upstream);
                    }
                }
            }

            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void The_deepest_request_can_be_read_in_every_dialect(
        WireFormat client,
        WireFormat upstream
    )
    {
        var body = Encoding.UTF8.GetBytes(Request(client, RequestScan.DepthMax));
        Assert.False(RequestScan.Read(client, body).Denied(out var why, out _), why?.ToString());
        var read = WireCodecs.For(client).ReadRequest(body);
        Assert.False(read.Denied(out why, out var conversation), why?.ToString());

        var written = WireCodecs
            .For(upstream)
            .WriteRequest(
                conversation!,
                new UpstreamTarget
                {
                    UpstreamModel = "m",
                    Provider = "p",
                    MaxOutputTokens = 5,
                }
            );

        Assert.False(written.Denied(out why, out var request), why?.ToString());
        var text = Encoding.UTF8.GetString(request!.Body.Span);
        using var wrapped = JsonDocument.Parse(Nested(WrappersMax, text));
        Assert.Equal(JsonValueKind.Object, wrapped.RootElement.ValueKind);
    }

    [Theory]
    [InlineData(WireFormat.OpenAiChat)]
    [InlineData(WireFormat.OpenAiResponses)]
    [InlineData(WireFormat.AnthropicMessages)]
    public void One_level_more_is_refused_at_the_door(WireFormat client)
    {
        var body = Encoding.UTF8.GetBytes(Request(client, RequestScan.DepthMax + 1));
        Assert.True(RequestScan.Read(client, body).Denied(out _, out _));
    }

    private static string Request(WireFormat client, int depth) =>
        client switch
        {
            WireFormat.OpenAiChat =>
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"tools\":"
                    + "[{\"type\":\"function\",\"function\":{\"name\":\"t\",\"parameters\":"
                    + Nested(depth - 4, "1")
                    + "}}]}",
            WireFormat.OpenAiResponses =>
                "{\"model\":\"m\",\"input\":\"x\",\"tools\":[{\"type\":\"function\",\"name\":\"t\","
                    + "\"parameters\":"
                    + Nested(depth - 3, "1")
                    + "}]}",
            _ =>
                "{\"model\":\"m\",\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],"
                    + "\"tools\":[{\"name\":\"t\",\"input_schema\":"
                    + Nested(depth - 3, "1")
                    + "}]}",
        };

    private static string Nested(int levels, string inner) =>
        string.Concat(Enumerable.Repeat("{\"a\":", levels)) + inner + new string('}', levels);
}
