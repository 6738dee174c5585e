using System.Text;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;
using Arda.Gateway.Wire.Messages;
using Arda.Gateway.Wire.Responses;

namespace Arda.Gateway.Tests.Wire;

/// <summary>Nothing is kept between requests, whichever way a client asks for it.</summary>
public sealed class StoredStateTests
{
    [Theory]
    [InlineData("""{"model":"m","messages":[],"thread":{"type":"create"}}""", true)]
    [InlineData("""{"model":"m","messages":[],"thread":null}""", false)]
    [InlineData("""{"model":"m","messages":[]}""", false)]
    public void A_thread_of_messages_is_refused(string json, bool isRefused)
    {
        var (scan, body) = Read(WireFormat.AnthropicMessages, json);
        var denial = MessagesState.Refuse(scan, body);
        Assert.Equal(isRefused ? "thread" : null, Param(denial));
    }

    [Theory]
    [InlineData("""{"model":"m","input":[{"type":"item_reference","id":"msg_1"}]}""", true)]
    [InlineData("""{"model":"m","input":[{"id":"msg_1","type" : "item_reference"}]}""", true)]
    [InlineData("""{"model":"m","input":[{"role":"user","content":"item_reference"}]}""", false)]
    [InlineData(
        """{"model":"m","input":[{"role":"user","content":[{"type":"item_reference"}]}]}""",
        false
    )]
    [InlineData("""{"model":"m","input":"item_reference"}""", false)]
    public void A_reference_to_an_item_is_refused(string json, bool isRefused)
    {
        var (scan, body) = Read(WireFormat.OpenAiResponses, json);
        var denial = ResponsesState.Refuse(scan, body);
        Assert.Equal(isRefused ? "input" : null, Param(denial));
    }

    private static (RequestScan Scan, byte[] Body) Read(WireFormat format, string json)
    {
        var body = Encoding.UTF8.GetBytes(json);
        Assert.False(RequestScan.Read(format, body).Denied(out _, out var scan));
        return (scan, body);
    }

    private static string? Param(Denial? denial) => (denial as Denial.UnsupportedParameter)?.Param;
}
