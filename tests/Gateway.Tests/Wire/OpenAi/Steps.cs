using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Wire.OpenAi;

/// <summary>Reads, writes and describes streams for the tests of both OpenAI formats.</summary>
internal static class Steps
{
    public static readonly AnswerFrame Frame = new()
    {
        Generation = new GenerationId("gen_0199"),
        Model = "vendor/model",
        CreatedUnixSeconds = 1_790_000_000,
        IncludeUsage = true,
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

    public static byte[] Write(
        IWireCodec codec,
        IEnumerable<StreamEvent> steps,
        Action<IStreamWriter, IBufferWriter<byte>>? end = null,
        AnswerFrame? frame = null
    )
    {
        var to = new ArrayBufferWriter<byte>();
        var writer = codec.NewStreamWriter(frame ?? Frame);
        TokenUsage? usage = null;
        foreach (var step in steps)
        {
            writer.Write(step, to);
            usage = (step as StreamEvent.UsageReported)?.Usage ?? usage;
        }
        if (end is null)
        {
            writer.Complete(usage, null, to);
        }
        else
        {
            end(writer, to);
        }
        return to.WrittenSpan.ToArray();
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
        Assert.True(stream.IsEmpty, "The stream ends with a whole event.");
        return events;
    }

    public static IReadOnlyList<JsonObject> Json(ReadOnlySpan<byte> stream) =>
        [
            .. Split(stream)
                .Select(raw => Encoding.UTF8.GetString(SseScanner.Parse(raw).Data))
                .Where(data => data.StartsWith('{'))
                .Select(data => JsonNode.Parse(data)!.AsObject()),
        ];

    public static List<Block> Blocks(IEnumerable<StreamEvent> steps) =>
        [.. steps.OfType<StreamEvent.BlockStopped>().Select(step => step.Block)];

    /// <summary>Steps as lines; ids of vendors' items are theirs alone and may be made anew.</summary>
    public static IReadOnlyList<string> Describe(IEnumerable<StreamEvent> steps) =>
        [.. steps.Select(Describe)];

    public static string Describe(StreamEvent step) =>
        step switch
        {
            StreamEvent.BlockStarted s => $"start {s.Index} {Describe(s.Block)}",
            StreamEvent.BlockStopped s => $"stop {s.Index} {Describe(s.Block)}",
            StreamEvent.Started s => $"started {s.Id}",
            StreamEvent.TextDelta d => $"text {d.Index} {d.Text}{Describe(d.Logprobs)}",
            StreamEvent.Finished f => $"finished {f.Reason}",
            _ => step.ToString(),
        };

    public static string Describe(Block block) =>
        block switch
        {
            Block.Text t => $"text[{t.Value}]{Describe(t.Logprobs)}{Describe(t.Bag)}",
            Block.Refusal r => $"refusal[{r.Value}]",
            Block.ToolCall c => $"call[{c.Id}|{c.Name}|{c.ArgumentsJson}]{Describe(c.Bag)}",
            Block.Reasoning r =>
                $"thought[{r.Value}|{r.Signature}|{r.Redacted}|{r.Source}|{r.ItemId}]",
            Block.Opaque o => $"opaque[{o.Content.Json.GetRawText()}]",
            Block.ToolResult r =>
                $"result[{r.CallId}|{string.Join(',', r.Content.Select(Describe))}]",
            _ => block.ToString(),
        };

    private static string Describe(VendorBag? bag) =>
        bag is null ? "" : JsonNode.Parse(bag.Json.GetRawText())!.ToJsonString();

    private static string Describe(IReadOnlyList<TokenLogprob>? logprobs) =>
        logprobs is null or [] ? "" : string.Join(',', logprobs.Select(Describe));

    private static string Describe(TokenLogprob token) =>
        $"{token.Token}={token.Logprob}({string.Join(',', token.Top.Select(Describe))})";

    /// <summary>Checks the order that every reader promises.</summary>
    public static void AssertInOrder(IReadOnlyList<StreamEvent> steps)
    {
        int? open = null;
        var next = 0;
        for (var i = 0; i < steps.Count; i++)
        {
            switch (steps[i])
            {
                case StreamEvent.Started:
                    Assert.Equal(0, i);
                    break;
                case StreamEvent.BlockStarted started:
                    Assert.Null(open);
                    Assert.Equal(next, started.Index);
                    open = started.Index;
                    break;
                case StreamEvent.BlockStopped stopped:
                    Assert.Equal(open, stopped.Index);
                    open = null;
                    next++;
                    break;
                case StreamEvent.Finished or StreamEvent.Failed:
                    Assert.Null(open);
                    Assert.Equal(steps.Count - 1, i);
                    break;
                case StreamEvent.UsageReported:
                    Assert.Null(open);
                    break;
                default:
                    Assert.NotNull(open);
                    break;
            }
        }
        Assert.True(steps[^1] is StreamEvent.Finished or StreamEvent.Failed);
    }
}
