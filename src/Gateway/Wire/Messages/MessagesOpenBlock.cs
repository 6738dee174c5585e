using System.Text;
using System.Text.Json;

namespace Arda.Gateway.Wire.Messages;

/// <summary>The block of a stream that is being written: what its deltas have brought so far.</summary>
internal sealed class MessagesOpenBlock(int index, Block start)
{
    private readonly StringBuilder _text = new();
    private readonly StringBuilder _signature = new();
    private readonly List<JsonElement> _citations = [];
    private readonly Dictionary<string, JsonElement> _merged = new(StringComparer.Ordinal);

    public int Index => index;

    public Block Start => start;

    public bool HasText => _text.Length > 0;

    public void Append(string text) => _text.Append(text);

    public void Sign(string signature) => _signature.Append(signature);

    public void Cite(JsonElement citation) => _citations.Add(citation);

    /// <summary>A delta of a block we do not model: its members join those of the block, a string
    /// continues the one that is there.</summary>
    public void Merge(JsonElement delta)
    {
        if (start is not Block.Opaque opaque || delta.ValueKind != JsonValueKind.Object)
        {
            return;
        }
        if (delta.Text("partial_json"u8) is { } piece)
        {
            _text.Append(piece);
            return;
        }
        if (JsonOutput.Rest(delta, "type") is not { } rest)
        {
            return;
        }
        foreach (var member in rest.EnumerateObject())
        {
            var before = _merged.TryGetValue(member.Name, out var merged)
                ? merged
                : opaque.Content.Json.Member(Encoding.UTF8.GetBytes(member.Name));
            _merged[member.Name] =
                member.Value.ValueKind == JsonValueKind.String
                && before is { ValueKind: JsonValueKind.String } first
                    ? Joined(first.Lenient() + member.Value.Lenient())
                    : member.Value;
        }
    }

    public Block Finish() =>
        start switch
        {
            Block.Text text => text with { Value = _text.ToString(), Bag = Cited(text.Bag) },
            Block.Reasoning { Redacted: null } thought => MessagesBlocks.Thinking(
                _text.ToString(),
                _signature.ToString(),
                thought.Source
            ),
            Block.ToolCall call => call with { ArgumentsJson = HasText ? _text.ToString() : "{}" },
            Block.Opaque opaque => new Block.Opaque(
                opaque.Content with
                {
                    Json = Completed(opaque.Content.Json),
                }
            ),
            _ => start,
        };

    private VendorBag? Cited(VendorBag? bag)
    {
        if (_citations.Count == 0)
        {
            return bag;
        }
        var json = WireJson.Build(writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("citations"u8);
            foreach (var citation in _citations)
            {
                writer.WriteRaw(citation);
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        });
        return new VendorBag(Vendor.Anthropic, json);
    }

    private JsonElement Completed(JsonElement block)
    {
        if ((_merged.Count == 0 && !HasText) || block.ValueKind != JsonValueKind.Object)
        {
            return block;
        }
        var own = HasText ? [.. _merged.Keys, "input"] : _merged.Keys.ToArray();
        var rest = JsonOutput.Rest(block, own);
        return WireJson.Build(writer =>
        {
            writer.WriteStartObject();
            foreach (var member in rest?.EnumerateObject() ?? default)
            {
                writer.WritePropertyName(member.Name);
                writer.WriteRaw(member.Value);
            }
            foreach (var (name, value) in _merged)
            {
                writer.WritePropertyName(name);
                writer.WriteRaw(value);
            }
            if (HasText)
            {
                writer.WritePropertyName("input"u8);
                writer.WriteArguments(_text.ToString());
            }
            writer.WriteEndObject();
        });
    }

    private static JsonElement Joined(string text) =>
        WireJson.Build(writer => writer.WriteStringValue(text));
}
