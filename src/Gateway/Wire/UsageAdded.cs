using System.Buffers;
using System.Text.Json;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire.Messages;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire;

/// <summary>
/// Tells what was charged in an answer that passes through and whose host said no usage: one member
/// more, every other byte as it came.
/// </summary>
public static class UsageAdded
{
    /// <param name="format">The answer's own.</param>
    /// <param name="body">A finished answer, or the data of the event that finishes one.</param>
    /// <param name="usage">As it was counted.</param>
    /// <param name="cost">What it cost its payer.</param>
    /// <param name="to">Takes the changed answer.</param>
    public static void Write(
        WireFormat format,
        ReadOnlySpan<byte> body,
        TokenUsage usage,
        Cost cost,
        IBufferWriter<byte> to
    )
    {
        var (brace, said) = Place(body, isOfResponse: format == WireFormat.OpenAiResponses);
        var value = ValueOf(format, usage, cost);
        var splice = new JsonSplice();
        if (said is { } nothing)
        {
            splice.Replace(nothing, body.Length, value);
        }
        else
        {
            splice.AddMember(body, brace, "usage", value);
        }

        splice.Apply(body, to);
    }

    /// <summary>The same for a raw event with one data line.</summary>
    public static void WriteEvent(
        WireFormat format,
        ReadOnlySpan<byte> raw,
        TokenUsage usage,
        Cost cost,
        IBufferWriter<byte> to
    )
    {
        var from = SseScanner.DataOffset(raw);
        var end = from + SseScanner.Parse(raw).Data.Length;
        to.Write(raw[..from]);
        Write(format, raw[from..end], usage, cost, to);
        to.Write(raw[end..]);
    }

    // Where the object opens that usage belongs to, and where it says that there is none. An event
    // of Responses holds the answer as a member.
    private static (int Brace, Range? Said) Place(ReadOnlySpan<byte> body, bool isOfResponse)
    {
        var reader = new Utf8JsonReader(body);
        reader.Read();
        var (brace, depth) = ((int)reader.TokenStartIndex, reader.CurrentDepth + 1);
        Range? said = null;
        while (reader.Read() && reader.CurrentDepth >= depth)
        {
            var isUsage = reader.ValueTextEquals("usage"u8);
            var isAnswer = isOfResponse && depth == 1 && reader.ValueTextEquals("response"u8);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            if (isAnswer && reader.TokenType == JsonTokenType.StartObject)
            {
                (brace, depth, said) = (start, reader.CurrentDepth + 1, null);
                continue;
            }

            reader.Skip();
            said = isUsage ? start..(int)reader.BytesConsumed : said;
        }

        return (brace, said);
    }

    private static byte[] ValueOf(WireFormat format, TokenUsage usage, Cost cost)
    {
        using var own = JsonScratch.Rent();
        own.Writer.WriteStartObject();
        switch (format)
        {
            case WireFormat.AnthropicMessages:
                own.Writer.WriteStartObject("usage"u8);
                MessagesUsage.Write(own.Writer, usage);
                CostJson.WriteMembers(own.Writer, cost);
                own.Writer.WriteEndObject();
                break;
            case WireFormat.OpenAiResponses:
                UsageJson.WriteResponses(own.Writer, usage, cost);
                break;
            default:
                UsageJson.WriteChat(own.Writer, usage, cost);
                break;
        }

        own.Writer.WriteEndObject();
        return own.Written()["{\"usage\":".Length..^1].ToArray();
    }
}
