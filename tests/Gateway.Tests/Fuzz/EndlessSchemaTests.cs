using System.Net;
using Arda.Gateway.Tests.Hosting;

namespace Arda.Gateway.Tests.Fuzz;

/// <summary>Schemas that the fuzzer led to: an answer to them would never end.</summary>
public sealed class EndlessSchemaTests
{
    [Theory]
    [InlineData("""{"type":"object","properties":{"x":{"$ref":"#"}},"required":["x"]}""")]
    [InlineData("""{"anyOf":[{"$ref":"#"}]}""")]
    [InlineData("""{"type":"array","items":{"type":"null"},"minItems":1000000}""")]
    [InlineData("""{"type":"object","properties":{"x":{"type":"string"}},"required":[1]}""")]
    public async Task An_endless_or_broken_schema_is_refused_as_the_vendor_would(string schema)
    {
        await using var host = await GatewayHost.StartAsync();

        using var answer = await host.PostAsync(
            "/v1/chat/completions",
            $$$"""
            {"model":"simulated/chat","messages":[{"role":"user","content":"Hello"}],
             "response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{{{schema}}} } } }
            """
        );

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }
}
