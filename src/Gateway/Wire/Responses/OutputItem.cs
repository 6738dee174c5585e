using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Responses;

/// <summary>One item of <c>output</c>: a message with its parts, a call, a thought.</summary>
internal sealed class OutputItem(int index, string id, Block first)
{
    public int Index => index;

    public string Id => id;

    /// <summary>Its blocks; more than one only in a message.</summary>
    public List<Block> Blocks { get; } = [first];

    public bool IsMessage => first is Block.Text or Block.Refusal;

    public string Status { get; set; } = "in_progress";

    /// <summary>Texts in a row are parts of one message, unless their ids or phases say otherwise.</summary>
    public bool Takes(Block block) =>
        IsMessage
        && Status == "in_progress"
        && block is Block.Text or Block.Refusal
        && (ItemBag.Id(block) is not { } own || own == id)
        && ItemBag.Phase(block) == ItemBag.Phase(first);
}

/// <summary>Makes the items of one answer: numbered, and no two of one id.</summary>
internal sealed class OutputItems(AnswerFrame frame)
{
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    public List<OutputItem> All { get; } = [];

    /// <summary>The item that takes this block, a new one if need be; null for what this format
    /// cannot show (another vendor's server tools).</summary>
    public OutputItem? Place(Block block)
    {
        if (All.Count > 0 && All[^1].Takes(block))
        {
            All[^1].Blocks.Add(block);
            return All[^1];
        }
        if (PrefixOf(block) is not { } prefix)
        {
            return null;
        }
        var own = block is Block.Reasoning thought ? thought.ItemId : ItemBag.Id(block);
        var id =
            own is not null && _ids.Add(own)
                ? own
                : $"{prefix}_{frame.Generation.Value}_{All.Count}";
        var item = new OutputItem(All.Count, id, block);
        All.Add(item);
        return item;
    }

    public static OutputItems Of(Answer answer, AnswerFrame frame)
    {
        var items = new OutputItems(frame);
        foreach (var block in answer.Blocks)
        {
            items.Place(block);
        }
        foreach (var item in items.All)
        {
            item.Status = "completed";
        }
        return items;
    }

    private static string? PrefixOf(Block block) =>
        block switch
        {
            Block.Text or Block.Refusal => "msg",
            Block.ToolCall => "fc",
            Block.Reasoning => "rs",
            Block.Image { Source.Base64: not null } => "ig",
            Block.Opaque { Content.Vendor: Vendor.OpenAi } => "item",
            _ => null,
        };
}
