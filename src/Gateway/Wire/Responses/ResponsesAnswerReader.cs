using System.Text.Json;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Responses;

/// <summary>Reads a finished <c>response</c> object.</summary>
internal static class ResponsesAnswerReader
{
    public static Answer Read(ReadOnlyMemory<byte> body)
    {
        using var document = AnswerInput.ParseObject(body);
        try
        {
            return Read(document.RootElement);
        }
        catch (InvalidOperationException e)
        {
            throw new WireFormatException("The upstream sent text that is not Unicode.", e);
        }
    }

    public static TokenUsage? Usage(JsonElement response)
    {
        if (response.Object("usage"u8) is not { } said)
        {
            return null;
        }
        var counts = UsageCounts.Read(said);
        counts.OutputSearches = response.Items("output"u8).LongCount(IsSearch);
        if (response.Member("service_tier"u8) is { ValueKind: JsonValueKind.String } tier)
        {
            var reader = new Utf8JsonReader(tier.RawUtf8());
            reader.Read();
            counts.ServiceTier ??= ServiceTiers.Read(ref reader);
        }
        return counts.IsSaid ? counts.ToUsage() : null;
    }

    // Opening a page or looking into it is part of the search that found it.
    private static bool IsSearch(JsonElement item) =>
        item.Text("type"u8) == "web_search_call"
        && (item.Object("action"u8)?.Text("type"u8) ?? "search") == "search";

    private static Answer Read(JsonElement root)
    {
        if (root.Member("output"u8) is not { ValueKind: JsonValueKind.Array })
        {
            if (root.Member("error"u8) is null)
            {
                throw new WireFormatException("The answer has no output.");
            }
        }
        var id = root.Text("id"u8) ?? "";
        var blocks = new List<Block>();
        foreach (var item in root.Items("output"u8))
        {
            blocks.AddRange(ResponsesItemReader.Read(item, id, blocks.Count));
        }
        var (reason, native) = ResponsesStopReasons.Read(
            root,
            blocks.Exists(block => block is Block.ToolCall),
            blocks.Exists(block => block is Block.Refusal)
        );
        return new Answer
        {
            Id = id,
            Model = root.Text("model"u8) ?? "",
            Blocks = blocks,
            Stop = reason,
            NativeStop = native,
            Usage = Usage(root),
        };
    }
}
