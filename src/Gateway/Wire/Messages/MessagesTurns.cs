namespace Arda.Gateway.Wire.Messages;

/// <summary>
/// Turns as Anthropic accepts them: system text apart, neighbours of one role in one message, the
/// results of a turn's calls first in the message after it, no empty text.
/// </summary>
internal sealed class MessagesTurns(RequestProblems problems, DroppedParameters dropped)
{
    internal sealed record Message(bool IsAssistant, List<Block> Blocks);

    public List<Block> System { get; } = [];

    public List<Message> Messages { get; } = [];

    public static bool IsOwnThought(Block block) =>
        block
            is Block.Reasoning { Source: Vendor.Anthropic, Signature: not null }
                or Block.Reasoning { Source: Vendor.Anthropic, Redacted: not null };

    public static MessagesTurns Of(
        Conversation conversation,
        RequestProblems problems,
        DroppedParameters dropped
    )
    {
        var turns = new MessagesTurns(problems, dropped);
        foreach (var turn in conversation.Turns)
        {
            turns.Add(turn);
        }
        turns.Messages.RemoveAll(message => message.Blocks.Count == 0);
        turns.MergeNeighbours();
        foreach (var message in turns.Messages.Where(message => !message.IsAssistant))
        {
            var ordered = message.Blocks.OrderBy(b => b is Block.ToolResult ? 0 : 1).ToList();
            message.Blocks.Clear();
            message.Blocks.AddRange(ordered);
        }
        return turns;
    }

    private void Add(Turn turn)
    {
        if (turn.Role is Role.System or Role.Developer)
        {
            foreach (var block in turn.Blocks)
            {
                if (block is not Block.Text)
                {
                    problems.Unsupported("system", "Claude takes only text as system prompt.");
                }
                AddTo(System, block);
            }
            return;
        }
        var message = new Message(turn.Role == Role.Assistant, []);
        Messages.Add(message);
        foreach (var block in turn.Blocks)
        {
            if (Sayable(block, message.IsAssistant) is { } sayable)
            {
                AddTo(message.Blocks, sayable);
            }
        }
    }

    // Anthropic refuses a text without a visible character, and a cache mark on it.
    private static void AddTo(List<Block> blocks, Block block)
    {
        if (block is not Block.Text text || !string.IsNullOrWhiteSpace(text.Value))
        {
            blocks.Add(block);
            return;
        }
        if (text.Cache is { } mark && blocks is [.., var last] && last is not Block.Reasoning)
        {
            blocks[^1] = last with { Cache = last.Cache ?? mark };
        }
    }

    private Block? Sayable(Block block, bool isAssistant)
    {
        switch (block)
        {
            case Block.Refusal refusal:
                return new Block.Text(refusal.Value) { Cache = refusal.Cache };
            case Block.Reasoning when !IsOwnThought(block):
                // Another vendor's signature is 400 "Invalid signature", none at all too.
                dropped.Add("reasoning_history");
                return null;
            case Block.Opaque { Content.Vendor: not Vendor.Anthropic } when isAssistant:
                dropped.Add("server_tool_history");
                return null;
            case Block.Opaque { Content.Vendor: not Vendor.Anthropic }:
                problems.Unsupported(
                    "messages.content",
                    "A part of a message is of a kind that only another provider reads."
                );
                return null;
            default:
                return block;
        }
    }

    private void MergeNeighbours()
    {
        // Forwards, so that each block moves once, however many messages there are.
        var merged = new List<Message>();
        foreach (var message in Messages)
        {
            if (merged is [.., var last] && last.IsAssistant == message.IsAssistant)
            {
                last.Blocks.AddRange(message.Blocks);
            }
            else
            {
                merged.Add(message);
            }
        }
        Messages.Clear();
        Messages.AddRange(merged);
    }
}
