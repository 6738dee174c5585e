using System.Buffers;
using System.Text.Json;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Responses;

/// <summary>
/// The events of the items of one stream. Official accumulators build on every one of them: item
/// and part are added before their first delta and done after their last.
/// </summary>
internal sealed class ItemEvents(EventOutput events)
{
    private OutputItem? _item;
    private bool _isPartOpen;
    private bool _hasDelta;

    public bool HasOpenItem => _item is not null;

    /// <summary>Begins a block in its item, which is the open one or a new one.</summary>
    public void Begin(OutputItem item, IBufferWriter<byte> to)
    {
        if (_item != item)
        {
            _item = item;
            WriteItem("response.output_item.added"u8, to);
        }
        _hasDelta = false;
        _isPartOpen = false;
        if (item.IsMessage)
        {
            WritePart("response.content_part.added"u8, to);
            _isPartOpen = true;
        }
    }

    public void Delta(string text, IReadOnlyList<TokenLogprob>? logprobs, IBufferWriter<byte> to)
    {
        if (_item is not { } item || (text.Length == 0 && logprobs is null))
        {
            return;
        }
        if (item.Blocks[0] is Block.Reasoning && !_isPartOpen)
        {
            WriteSummaryPart("response.reasoning_summary_part.added"u8, "", to);
            _isPartOpen = true;
        }
        _hasDelta = true;
        var json = events.Begin(DeltaName(item), item, to);
        WritePlace(json, item);
        json.WriteString("delta"u8, text);
        if (item.Blocks[^1] is Block.Text)
        {
            LogprobsJson.Write(json, "logprobs"u8, logprobs ?? []);
        }
        events.End(to);
    }

    /// <summary>Ends the block that was begun last; <paramref name="whole"/> is what it became.</summary>
    public void EndBlock(Block whole, IBufferWriter<byte> to)
    {
        if (_item is not { } item)
        {
            return;
        }
        if (!_hasDelta && ContentOf(whole) is { Length: > 0 } unsaid)
        {
            Delta(unsaid, null, to);
        }
        item.Blocks[^1] = whole;
        switch (whole)
        {
            case Block.Text or Block.Refusal:
                EndPart(item, whole, to);
                break;
            case Block.Reasoning thought when _isPartOpen:
                EndThought(item, thought, to);
                break;
            case Block.ToolCall call:
                var json = events.Begin("response.function_call_arguments.done"u8, item, to);
                json.WriteString("name"u8, call.Name);
                json.WriteString("arguments"u8, call.ArgumentsJson);
                events.End(to);
                break;
        }
        _isPartOpen = false;
    }

    public void EndItem(string status, IBufferWriter<byte> to)
    {
        if (_item is not { } item)
        {
            return;
        }
        item.Status = status;
        WriteItem("response.output_item.done"u8, to);
        _item = null;
    }

    private static ReadOnlySpan<byte> DeltaName(OutputItem item) =>
        item.Blocks[^1] switch
        {
            Block.Refusal => "response.refusal.delta"u8,
            Block.Reasoning => "response.reasoning_summary_text.delta"u8,
            Block.ToolCall => "response.function_call_arguments.delta"u8,
            _ => "response.output_text.delta"u8,
        };

    private static string? ContentOf(Block whole) =>
        whole switch
        {
            Block.Text text => text.Value,
            Block.Refusal refusal => refusal.Value,
            Block.Reasoning thought => thought.Value,
            Block.ToolCall call => call.ArgumentsJson,
            _ => null,
        };

    private static void WritePlace(Utf8JsonWriter json, OutputItem item)
    {
        if (item.IsMessage)
        {
            json.WriteNumber("content_index"u8, item.Blocks.Count - 1);
        }
        else if (item.Blocks[0] is Block.Reasoning)
        {
            json.WriteNumber("summary_index"u8, 0);
        }
    }

    private void EndPart(OutputItem item, Block whole, IBufferWriter<byte> to)
    {
        var isRefusal = whole is Block.Refusal;
        var json = events.Begin(
            isRefusal ? "response.refusal.done"u8 : "response.output_text.done"u8,
            item,
            to
        );
        WritePlace(json, item);
        json.WriteString(isRefusal ? "refusal"u8 : "text"u8, ContentOf(whole));
        if (whole is Block.Text text)
        {
            LogprobsJson.Write(json, "logprobs"u8, text.Logprobs ?? []);
        }
        events.End(to);
        WritePart("response.content_part.done"u8, to);
    }

    private void EndThought(OutputItem item, Block.Reasoning thought, IBufferWriter<byte> to)
    {
        var json = events.Begin("response.reasoning_summary_text.done"u8, item, to);
        WritePlace(json, item);
        json.WriteString("text"u8, thought.Value);
        events.End(to);
        WriteSummaryPart("response.reasoning_summary_part.done"u8, thought.Value, to);
    }

    private void WriteItem(ReadOnlySpan<byte> name, IBufferWriter<byte> to)
    {
        var json = events.Begin(name, to);
        json.WriteNumber("output_index"u8, _item!.Index);
        json.WritePropertyName("item"u8);
        ItemJson.Write(json, _item);
        events.End(to);
    }

    private void WritePart(ReadOnlySpan<byte> name, IBufferWriter<byte> to)
    {
        var json = events.Begin(name, _item!, to);
        WritePlace(json, _item!);
        json.WritePropertyName("part"u8);
        ItemJson.WritePart(json, _item!.Blocks[^1]);
        events.End(to);
    }

    private void WriteSummaryPart(ReadOnlySpan<byte> name, string text, IBufferWriter<byte> to)
    {
        var json = events.Begin(name, _item!, to);
        WritePlace(json, _item!);
        json.WritePropertyName("part"u8);
        ItemJson.WriteSummary(json, text);
        events.End(to);
    }
}
