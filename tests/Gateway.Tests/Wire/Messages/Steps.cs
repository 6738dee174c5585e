using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Wire.Messages;

/// <summary>Drives readers and writers, and puts what they say into text that can be compared.</summary>
internal static class Steps
{
    public static AnswerFrame Frame(string model) =>
        new()
        {
            Generation = new GenerationId("gen_1"),
            Model = model,
            CreatedUnixSeconds = 1_764_000_000,
        };

    public static List<StreamEvent> Read(IWireCodec codec, IEnumerable<byte[]> events)
    {
        var reader = codec.NewStreamReader();
        var steps = new List<StreamEvent>();
        foreach (var raw in events)
        {
            reader.Read(SseScanner.Parse(raw), steps);
        }
        reader.End(steps);
        return steps;
    }

    public static List<StreamEvent> ReadText(IWireCodec codec, params string[] events) =>
        Read(codec, events.Select(e => Encoding.UTF8.GetBytes(e + "\n\n")));

    public static IStreamMeter Meter(IWireCodec codec, IEnumerable<byte[]> events)
    {
        var meter = codec.NewStreamMeter();
        foreach (var raw in events)
        {
            meter.Observe(SseScanner.Parse(raw));
        }
        return meter;
    }

    /// <summary>Steps through a writer to its end, as the events that a client gets.</summary>
    public static List<byte[]> Write(IWireCodec codec, IEnumerable<StreamEvent> steps, string model)
    {
        var writer = codec.NewStreamWriter(Frame(model));
        var to = new ArrayBufferWriter<byte>();
        TokenUsage? usage = null;
        foreach (var step in steps)
        {
            writer.Write(step, to);
            usage = (step as StreamEvent.UsageReported)?.Usage ?? usage;
        }
        writer.Complete(usage, null, to);
        return Split(to.WrittenSpan);
    }

    public static List<byte[]> Split(ReadOnlySpan<byte> stream)
    {
        var events = new List<byte[]>();
        var scanned = 0;
        while (SseScanner.FindEnd(stream, ref scanned) is > 0 and var length)
        {
            events.Add(stream[..length].ToArray());
            stream = stream[length..];
        }
        Assert.True(stream.IsEmpty, "A stream ends with a blank line.");
        return events;
    }

    public static string Text(byte[] raw) => Encoding.UTF8.GetString(raw);

    public static JsonNode Json(byte[] raw) =>
        JsonNode.Parse(Encoding.UTF8.GetString(SseScanner.Parse(raw).Data))!;

    /// <summary>Everything but the prompt's size at the beginning, which a writer may only guess.</summary>
    public static List<string> Comparable(IEnumerable<StreamEvent> steps)
    {
        var lines = new List<string>();
        var hasBegun = false;
        foreach (var step in steps)
        {
            hasBegun |= step is StreamEvent.BlockStarted or StreamEvent.Finished;
            if (step is StreamEvent.UsageReported && lines.Count == 1 && !hasBegun)
            {
                continue;
            }
            lines.Add(Of(step));
        }
        return lines;
    }

    public static string Of(Block block) =>
        block switch
        {
            Block.Text text => $"text {text.Value}",
            Block.Refusal refusal => $"refusal {refusal.Value}",
            Block.Reasoning thought =>
                $"reasoning {thought.Source} {thought.Value} {thought.Signature} {thought.Redacted}",
            Block.ToolCall call => $"call {call.Id} {call.Name} {Sorted(call.ArgumentsJson)}",
            Block.Opaque opaque => $"opaque {Sorted(opaque.Content.Json)}",
            Block.Image image => $"image {image.Source}",
            _ => block.ToString(),
        } + (block.Bag is { } bag ? $" bag {bag.Vendor} {Sorted(bag.Json)}" : "");

    /// <summary>The order that the reader's door promises.</summary>
    public static void AssertOrder(IReadOnlyList<StreamEvent> steps)
    {
        var open = -1;
        var next = 0;
        for (var i = 0; i < steps.Count; i++)
        {
            var isLast = i == steps.Count - 1;
            switch (steps[i])
            {
                case StreamEvent.Started:
                    Assert.Equal(0, i);
                    break;
                case StreamEvent.BlockStarted started:
                    Assert.Equal(-1, open);
                    Assert.Equal(next++, started.Index);
                    open = started.Index;
                    break;
                case StreamEvent.BlockStopped stopped:
                    Assert.Equal(open, stopped.Index);
                    open = -1;
                    break;
                case StreamEvent.Finished or StreamEvent.Failed:
                    Assert.True(isLast);
                    Assert.Equal(-1, open);
                    break;
                case StreamEvent.UsageReported:
                    Assert.Equal(-1, open);
                    break;
                default:
                    Assert.True(open >= 0, $"{steps[i]} outside of a block");
                    break;
            }
        }
        Assert.True(steps.Count == 0 || steps[^1] is StreamEvent.Finished or StreamEvent.Failed);
    }

    private static string Of(StreamEvent step) =>
        step switch
        {
            StreamEvent.BlockStarted started => $"start {started.Index} {Of(started.Block)}",
            StreamEvent.BlockStopped stopped => $"stop {stopped.Index} {Of(stopped.Block)}",
            StreamEvent.Started started => $"started {started.Id} {started.Model}",
            _ => string.Create(CultureInfo.InvariantCulture, $"{step}"),
        };

    private static string Sorted(string json)
    {
        try
        {
            return Sorted(JsonDocument.Parse(json).RootElement);
        }
        catch (JsonException)
        {
            return json;
        }
    }

    private static string Sorted(JsonElement json) =>
        json.ValueKind switch
        {
            JsonValueKind.Object => "{"
                + string.Join(
                    ',',
                    json.EnumerateObject()
                        .OrderBy(m => m.Name, StringComparer.Ordinal)
                        .Select(m => $"{m.Name}:{Sorted(m.Value)}")
                )
                + "}",
            JsonValueKind.Array => "["
                + string.Join(',', json.EnumerateArray().Select(Sorted))
                + "]",
            _ => json.GetRawText(),
        };
}
