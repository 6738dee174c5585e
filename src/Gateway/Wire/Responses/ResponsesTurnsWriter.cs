using System.Text.Json;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Responses;

/// <summary>Writes turns as <c>instructions</c> and <c>input</c> items.</summary>
internal sealed class ResponsesTurnsWriter(
    Utf8JsonWriter json,
    UpstreamTarget target,
    RequestGaps gaps
)
{
    private readonly ResponsesPartWriter _parts = new(json, gaps);

    public void Write(IReadOnlyList<Turn> turns)
    {
        var instructions = turns
            .SelectMany(turn => turn.Blocks)
            .OfType<Block.Text>()
            .FirstOrDefault(text => ItemBag.IsInstructions(text));
        if (instructions is not null)
        {
            json.WriteString("instructions"u8, instructions.Value);
        }
        json.WriteStartArray("input"u8);
        foreach (var turn in turns.Where(turn => !turn.Blocks.Any(ItemBag.IsInstructions)))
        {
            if (turn.Role == Role.Assistant)
            {
                WriteAssistant(turn.Blocks);
            }
            else
            {
                WriteOther(turn);
            }
        }
        json.WriteEndArray();
    }

    private void WriteOther(Turn turn)
    {
        foreach (var result in turn.Blocks.OfType<Block.ToolResult>())
        {
            gaps.DropIf(result.IsError, "is_error");
            json.WriteStartObject();
            json.WriteString("type"u8, "function_call_output"u8);
            json.WriteString("call_id"u8, ToolCallIds.ForOpenAiResponses(result.CallId));
            _parts.WriteContent("output", result.Content);
            json.WriteEndObject();
        }
        var rest = turn.Blocks.Where(block => block is not Block.ToolResult).ToList();
        if (rest.Count == 0)
        {
            return;
        }
        json.WriteStartObject();
        json.WriteString("type"u8, "message"u8);
        json.WriteString(
            "role"u8,
            turn.Role switch
            {
                Role.System => "system",
                Role.Developer => target.Provider is "openai" or "azure" ? "developer" : "system",
                _ => "user",
            }
        );
        _parts.WriteContent("content", rest);
        json.WriteEndObject();
    }

    private void WriteAssistant(IReadOnlyList<Block> blocks)
    {
        for (var i = 0; i < blocks.Count; i++)
        {
            switch (blocks[i])
            {
                case Block.Text { Value.Length: 0 }:
                    break;
                case Block.Text or Block.Refusal:
                    i += WriteMessage(blocks, i) - 1;
                    break;
                case Block.ToolCall call:
                    ItemJson.WriteCall(
                        json,
                        call,
                        ToolCallIds.ForOpenAiResponses(call.Id),
                        ItemBag.Id(call),
                        "completed"
                    );
                    break;
                case Block.Reasoning thought:
                    WriteThought(thought, i + 1 < blocks.Count ? blocks[i + 1] : null);
                    break;
                case Block.Opaque { Content.Vendor: Vendor.OpenAi } own:
                    own.Content.Json.WriteTo(json);
                    break;
                default:
                    gaps.Drop("input");
                    break;
            }
        }
    }

    // Parts of one message stand together; a text of another message, or of none, on its own.
    private int WriteMessage(IReadOnlyList<Block> blocks, int start)
    {
        var id = ItemBag.Id(blocks[start]);
        var count = 1;
        while (
            id is not null
            && start + count < blocks.Count
            && blocks[start + count] is Block.Text or Block.Refusal
            && ItemBag.Id(blocks[start + count]) == id
        )
        {
            count++;
        }
        var parts = blocks.Skip(start).Take(count).Select(WithoutLogprobs).ToList();
        ItemJson.WriteMessage(json, parts, id, "completed");
        return count;
    }

    private static Block WithoutLogprobs(Block block) =>
        block is Block.Text text ? text with { Logprobs = null } : block;

    /// <summary>
    /// A thought goes back only to its own vendor and only with what that vendor encrypted: without
    /// it, it would be looked up in a store that holds nothing. Its id is bound to the id of the item
    /// after it (400 "without its required following item"); where that was lost on the way, the id
    /// stays out and the encrypted content speaks for itself.
    /// </summary>
    private void WriteThought(Block.Reasoning thought, Block? following)
    {
        if (thought is not { Source: Vendor.OpenAi, Redacted: not null } || following is null)
        {
            gaps.Drop("input.reasoning");
            return;
        }
        var followingId =
            following is Block.Reasoning next ? next.ItemId
            : following is Block.Opaque own ? own.Content.Json.NonEmptyText("id"u8)
            : ItemBag.Id(following);
        ItemJson.WriteThought(json, thought, followingId is null ? null : thought.ItemId);
    }
}
