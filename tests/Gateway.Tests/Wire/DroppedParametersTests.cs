using System.Text;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Wire;

/// <summary>What is left out is told by name, up to a limit: each name is compared with the others.</summary>
public sealed class DroppedParametersTests
{
    [Theory]
    [InlineData(WireFormat.OpenAiChat)]
    [InlineData(WireFormat.OpenAiResponses)]
    [InlineData(WireFormat.GeminiGenerate)]
    public void Names_are_told_up_to_a_limit(WireFormat upstream)
    {
        var fields = string.Concat(Enumerable.Range(0, 300).Select(i => $",\"k{i}\":1"));
        var body = $$$"""
            {"model":"m","max_tokens":5,"messages":[
              {"role":"user","content":"x"},
              {"role":"assistant","content":[{"type":"tool_use","id":"c","name":"t","input":{}}]},
              {"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":"o"{{{fields}}} }]}]}
            """;
        var read = WireCodecs
            .For(WireFormat.AnthropicMessages)
            .ReadRequest(Encoding.UTF8.GetBytes(body));
        Assert.False(read.Denied(out var why, out var conversation), why?.ToString());

        var written = WireCodecs
            .For(upstream)
            .WriteRequest(
                conversation!,
                new UpstreamTarget { UpstreamModel = "m", Provider = "p" }
            );

        Assert.False(written.Denied(out why, out var request), why?.ToString());
        Assert.Equal(DroppedParameters.NamesMax, request!.Dropped.Count);
        Assert.Equal("tool_result.k0", request.Dropped[0]);
    }
}
