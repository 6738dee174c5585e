using System.Text.Json;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Responses;

/// <summary>Turns Responses events into steps.</summary>
internal sealed class ResponsesStreamReader : IStreamReader
{
    private readonly BlockSequence _blocks = new();
    private readonly Dictionary<long, Item> _items = [];
    private string _id = "";
    private bool _started;
    private bool _over;

    /// <summary>An output item in the making; a message has a lane for each of its parts.</summary>
    private sealed class Item(string? id, string? phase)
    {
        public string? Id { get; } = id;

        public string? Phase { get; } = phase;

        public BlockSequence.Lane? Lane { get; set; }

        public Dictionary<long, BlockSequence.Lane> Parts { get; } = [];

        public long SummaryPart { get; set; }

        public bool IsDone { get; set; }
    }

    public void Read(SseEvent from, IList<StreamEvent> to)
    {
        if (_over || from.Data.IsEmpty || from.Data.SequenceEqual("[DONE]"u8))
        {
            return;
        }
        using var document = AnswerInput.ParseObject(from.Data.ToArray());
        try
        {
            var root = document.RootElement;
            var isError = from.Name.SequenceEqual("error"u8);
            Read(root.Text("type"u8) ?? (isError ? "error" : ""), root, to);
        }
        catch (InvalidOperationException e)
        {
            throw new WireFormatException("The upstream sent text that is not Unicode.", e);
        }
    }

    public void End(IList<StreamEvent> to)
    {
        if (!_over)
        {
            Fail(ResponsesErrors.Cut, null, to);
        }
    }

    private void Read(string type, JsonElement from, IList<StreamEvent> to)
    {
        switch (type)
        {
            case "response.created" or "response.in_progress" or "response.queued":
                Start(from, to);
                break;
            case "response.completed" or "response.incomplete":
                Start(from, to);
                Finish(from.Object("response"u8) ?? default, to);
                break;
            case "response.failed" or "error":
                Fail(ResponsesErrors.Read(from), from.Object("response"u8), to);
                break;
            case "response.output_item.added":
                Start(default, to);
                AddItem(from, to);
                break;
            case "response.output_item.done":
                EndItem(from, to);
                break;
            default:
                ReadPiece(type, from, to);
                break;
        }
    }

    private void Start(JsonElement from, IList<StreamEvent> to)
    {
        if (_started)
        {
            return;
        }
        _started = true;
        var response = from.Object("response"u8);
        _id = response?.Text("id"u8) ?? "";
        to.Add(
            new StreamEvent.Started(
                response?.NonEmptyText("id"u8),
                response?.NonEmptyText("model"u8)
            )
        );
    }

    private void ReadPiece(string type, JsonElement from, IList<StreamEvent> to)
    {
        switch (type)
        {
            case "response.content_part.added"
                when from.Object("part"u8) is { } part && part.Text("type"u8) != "reasoning_text":
                Part(from, part.Text("type"u8) == "refusal", to);
                break;
            case "response.content_part.done" when from.Object("part"u8) is { } part:
                EndPart(from, part, to);
                break;
            case "response.output_text.delta":
                _blocks.Append(
                    Part(from, isRefusal: false, to),
                    from.Text("delta"u8) ?? "",
                    to,
                    LogprobsJson.Read(from, "logprobs"u8)
                );
                break;
            case "response.refusal.delta":
                _blocks.Append(Part(from, isRefusal: true, to), from.Text("delta"u8) ?? "", to);
                break;
            case "response.reasoning_summary_text.delta" or "response.reasoning_text.delta":
                AppendThought(from, to);
                break;
            case "response.function_call_arguments.delta":
                if (ItemOf(from).Lane is { } call)
                {
                    _blocks.Append(call, from.Text("delta"u8) ?? "", to);
                }
                break;
        }
    }

    private Item ItemOf(JsonElement from)
    {
        var index = from.Whole("output_index"u8) ?? 0;
        return _items.TryGetValue(index, out var item)
            ? item
            : _items[index] = new Item(from.NonEmptyText("item_id"u8), null);
    }

    private void AddItem(JsonElement from, IList<StreamEvent> to)
    {
        if (from.Object("item"u8) is not { } json)
        {
            return;
        }
        var item = new Item(json.NonEmptyText("id"u8), json.NonEmptyText("phase"u8));
        _items[from.Whole("output_index"u8) ?? _items.Count] = item;
        item.Lane = json.Text("type"u8) switch
        {
            "function_call" => _blocks.Begin(ResponsesItemReader.Call(json, _id, _items.Count), to),
            "reasoning" => _blocks.Begin(
                // What is encrypted is whole only when the item is done.
                ResponsesItemReader.Thought(json) with
                {
                    Value = "",
                    Redacted = null,
                    Signature = null,
                    Source = Vendor.OpenAi,
                },
                to
            ),
            _ => null,
        };
    }

    private BlockSequence.Lane Part(JsonElement from, bool isRefusal, IList<StreamEvent> to)
    {
        Start(default, to);
        var item = ItemOf(from);
        var index = from.Whole("content_index"u8) ?? 0;
        if (item.Parts.TryGetValue(index, out var lane))
        {
            return lane;
        }
        var bag = ItemBag.Of(item.Id, item.Phase, null);
        Block head = isRefusal
            ? new Block.Refusal("") { Bag = bag }
            : new Block.Text("") { Bag = bag };
        return item.Parts[index] = _blocks.Begin(head, to);
    }

    private void AppendThought(JsonElement from, IList<StreamEvent> to)
    {
        var item = ItemOf(from);
        if (item.Lane is not { } lane)
        {
            return;
        }
        var part = from.Whole("summary_index"u8) ?? from.Whole("content_index"u8) ?? 0;
        if (part > item.SummaryPart)
        {
            item.SummaryPart = part;
            _blocks.Append(lane, "\n\n", to);
        }
        _blocks.Append(lane, from.Text("delta"u8) ?? "", to);
    }

    private void EndPart(JsonElement from, JsonElement part, IList<StreamEvent> to)
    {
        var item = ItemOf(from);
        if (ResponsesItemReader.Part(part, item.Id, item.Phase) is not { } whole)
        {
            return;
        }
        EndPart(Part(from, whole is Block.Refusal, to), whole, to);
    }

    private void EndPart(BlockSequence.Lane lane, Block whole, IList<StreamEvent> to)
    {
        if (lane.IsEnded)
        {
            return;
        }
        lane.Head = lane.Head with { Bag = whole.Bag };
        var text = whole is Block.Text words ? words.Value : (whole as Block.Refusal)?.Value;
        _blocks.Complete(lane, text, to);
        _blocks.End(lane, to);
    }

    private void EndItem(JsonElement from, IList<StreamEvent> to)
    {
        if (from.Object("item"u8) is not { } json)
        {
            return;
        }
        var item = ItemOf(from);
        if (!item.IsDone)
        {
            EndItem(item, json, to);
        }
    }

    private void EndItem(Item item, JsonElement json, IList<StreamEvent> to)
    {
        item.IsDone = true;
        var blocks = ResponsesItemReader.Read(json, _id, _items.Count).ToList();
        if (json.Text("type"u8) == "message")
        {
            for (var i = 0; i < blocks.Count; i++)
            {
                var lane = item.Parts.TryGetValue(i, out var begun)
                    ? begun
                    : _blocks.Begin(Emptied(blocks[i]), to);
                EndPart(lane, blocks[i], to);
            }
            foreach (var lane in item.Parts.Values)
            {
                _blocks.End(lane, to);
            }
            return;
        }
        foreach (var block in blocks)
        {
            var lane = item.Lane ?? _blocks.Begin(Emptied(block), to);
            lane.Head = Emptied(block);
            _blocks.Complete(lane, ContentOf(block), to);
            _blocks.End(lane, to);
        }
    }

    private static Block Emptied(Block block) =>
        block switch
        {
            Block.Text text => text with { Value = "", Logprobs = null },
            Block.Refusal refusal => refusal with { Value = "" },
            Block.ToolCall call => call with { ArgumentsJson = "" },
            Block.Reasoning thought => thought with { Value = "" },
            _ => block,
        };

    private static string? ContentOf(Block block) =>
        block switch
        {
            Block.ToolCall call => call.ArgumentsJson,
            Block.Reasoning thought => thought.Value,
            _ => null,
        };

    private void Finish(JsonElement response, IList<StreamEvent> to)
    {
        _over = true;
        if (!_blocks.HasBlocks)
        {
            // Some hosts stream nothing and say it all at the end.
            foreach (var item in response.Items("output"u8))
            {
                EndItem(new Item(item.NonEmptyText("id"u8), null), item, to);
            }
        }
        _blocks.EndAll(to);
        ReportUsage(response, to);
        var (reason, native) = ResponsesStopReasons.Read(
            response,
            _blocks.HasToolCalls,
            _blocks.HasRefusal
        );
        to.Add(new StreamEvent.Finished(reason, native, null));
    }

    private void Fail(UpstreamError error, JsonElement? response, IList<StreamEvent> to)
    {
        _over = true;
        _blocks.EndAll(to);
        ReportUsage(response ?? default, to);
        to.Add(new StreamEvent.Failed(error));
    }

    private static void ReportUsage(JsonElement response, IList<StreamEvent> to)
    {
        if (ResponsesAnswerReader.Usage(response) is { } usage)
        {
            to.Add(new StreamEvent.UsageReported(usage));
        }
    }
}
