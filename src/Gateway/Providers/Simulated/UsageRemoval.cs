using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Providers.Simulated;

/// <summary>Takes the usage out of answers: hosts exist that never say it, and our own writers
/// always do.</summary>
internal static class UsageRemoval
{
    private static readonly string[] s_names = ["usage", "usageMetadata"];
    private static readonly string[] s_around = ["message", "response"];

    public static ReadOnlyMemory<byte> FromAnswer(ReadOnlySpan<byte> json) =>
        Encoding.UTF8.GetBytes(Without(json));

    /// <param name="events">Whole events.</param>
    /// <param name="to">Takes them with their usage gone.</param>
    public static void FromEvents(ReadOnlySpan<byte> events, IBufferWriter<byte> to)
    {
        var scanned = 0;
        while (SseScanner.FindEnd(events, ref scanned) is > 0 and var length)
        {
            var from = SseScanner.Parse(events[..length]);
            if (from.Data.IsEmpty || from.Data[0] != (byte)'{')
            {
                to.Write(events[..length]);
            }
            else
            {
                if (from.Name.IsEmpty)
                {
                    SseOutput.StartData(to);
                }
                else
                {
                    SseOutput.StartEvent(to, from.Name);
                }

                to.Write(Encoding.UTF8.GetBytes(Without(from.Data)));
                SseOutput.End(to);
            }

            events = events[length..];
            scanned = 0;
        }
    }

    private static string Without(ReadOnlySpan<byte> json)
    {
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(json);
        }
        catch (System.Text.Json.JsonException)
        {
            return Encoding.UTF8.GetString(json); // Garbage on demand stays garbage.
        }

        Remove(root as JsonObject);
        foreach (var around in s_around)
        {
            Remove((root as JsonObject)?[around] as JsonObject);
        }

        return root?.ToJsonString() ?? "";
    }

    private static void Remove(JsonObject? from)
    {
        foreach (var name in s_names)
        {
            from?.Remove(name);
        }
    }
}
