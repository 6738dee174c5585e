using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Providers.Simulated;

/// <summary>Reads requests as the vendor that is played does.</summary>
internal static class SimulatedDialects
{
    public static Outcome<Conversation> ReadRequest(WireFormat format, UpstreamCall call) =>
        WireCodecs.For(format).ReadRequest(call.Body);

    /// <summary>A request that is only counted: Anthropic's has no <c>max_tokens</c> then, Gemini's
    /// may be wrapped.</summary>
    public static Outcome<Conversation> ReadCount(WireFormat format, UpstreamCall call)
    {
        JsonObject? body;
        try
        {
            body = JsonNode.Parse(call.Body.Span) as JsonObject;
        }
        catch (JsonException)
        {
            body = null;
        }

        if (body is null)
        {
            return new Denial.InvalidRequest("The body must be a JSON object.");
        }

        try
        {
            if (
                format == WireFormat.GeminiGenerate
                && body["generateContentRequest"] is JsonObject whole
            )
            {
                body = whole;
            }

            if (format == WireFormat.AnthropicMessages && !body.ContainsKey("max_tokens"))
            {
                body["max_tokens"] = 1;
            }

            var bytes = Encoding.UTF8.GetBytes(body.ToJsonString());
            return ReadRequest(format, call with { Body = bytes });
        }
        catch (Exception odd) when (odd is InvalidOperationException or ArgumentException)
        {
            // JsonNode reads names and texts late: half characters, and members given twice.
            return new Denial.InvalidRequest("The body holds half a character, such as \\ud800.");
        }
    }
}
