using System.Text;
using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Wire.OpenAi;

/// <summary>Requests as real clients sent them.</summary>
public sealed class OpenAiRequestRecordingTests
{
    // Leans on a response that was stored at OpenAI: refused, see the test below.
    private const string Stateful = "openai/responses-function-call-2-output";

    public static TheoryData<string> Requests =>
        Recording.Ids(r => r.Request is not null && r.Id != Stateful);

    [Theory]
    [MemberData(nameof(Requests))]
    public void What_is_read_is_written_to_the_same_effect(string id)
    {
        var recording = Recording.Of(id);
        var request = Encoding.UTF8.GetBytes(recording.Request!.ToJsonString());
        var outcome = recording.Codec.ReadRequest(request);
        Assert.False(outcome.Denied(out var denial, out var conversation), denial?.ToString());
        var target = new UpstreamTarget
        {
            UpstreamModel = (string)recording.Request["model"]!,
            Provider = recording.Provider,
            SupportsReasoning = true,
        };
        var written = recording.Codec.WriteRequest(conversation, target);
        Assert.False(written.Denied(out denial, out var translated), denial?.ToString());
        var body = JsonNode.Parse(translated.Body.Span)!.AsObject();
        Func<JsonObject, JsonObject> same =
            recording.Format == WireFormat.OpenAiChat ? SameRequest.Chat : SameRequest.Responses;
        var expected = same(recording.Request);
        var actual = same(body);
        Assert.True(
            JsonNode.DeepEquals(expected, actual),
            $"{expected.ToJsonString()}\n{actual.ToJsonString()}"
        );
        Assert.All(
            translated.Dropped,
            name => Assert.Contains(name, (string[])["truncation", "include"])
        );
    }

    [Fact]
    public void A_response_that_was_stored_cannot_be_gone_on_with()
    {
        var recording = Recording.Of(Stateful);
        var request = Encoding.UTF8.GetBytes(recording.Request!.ToJsonString());
        Assert.True(recording.Codec.ReadRequest(request).Denied(out var denial, out _));
        var refused = Assert.IsType<Denial.UnsupportedParameter>(denial);
        Assert.Equal("previous_response_id", refused.Param);
    }
}
