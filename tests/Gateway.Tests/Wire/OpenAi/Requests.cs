using System.Text;
using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Wire.OpenAi;

/// <summary>Translates requests given as JSON.</summary>
internal static class Requests
{
    public static readonly IWireCodec Chat = WireCodecs.For(WireFormat.OpenAiChat);

    public static readonly IWireCodec Responses = WireCodecs.For(WireFormat.OpenAiResponses);

    public static UpstreamTarget Target(string provider) =>
        new()
        {
            UpstreamModel = "m",
            Provider = provider,
            SupportsReasoning = true,
        };

    public static Conversation Read(IWireCodec from, string json)
    {
        var read = from.ReadRequest(Encoding.UTF8.GetBytes(json));
        Assert.False(read.Denied(out var denial, out var conversation), denial?.ToString());
        return conversation;
    }

    public static (JsonObject Body, IReadOnlyList<string> Dropped) Translate(
        IWireCodec from,
        IWireCodec to,
        string json,
        UpstreamTarget? target = null
    )
    {
        var written = to.WriteRequest(Read(from, json), target ?? Target("openai"));
        Assert.False(written.Denied(out var denial, out var translated), denial?.ToString());
        return (JsonNode.Parse(translated.Body.Span)!.AsObject(), translated.Dropped);
    }

    /// <summary>The parameter named by the refusal, of the reader or of the writer.</summary>
    public static string? Refused(
        IWireCodec from,
        IWireCodec to,
        string json,
        UpstreamTarget? target = null
    )
    {
        var read = from.ReadRequest(Encoding.UTF8.GetBytes(json));
        if (!read.Denied(out var denial, out var conversation))
        {
            var written = to.WriteRequest(conversation, target ?? Target("openai"));
            Assert.True(written.Denied(out denial, out _), "It was not refused.");
        }
        return Assert.IsType<Denial.UnsupportedParameter>(denial).Param;
    }
}
