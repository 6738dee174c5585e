using System.Buffers;

namespace Arda.Gateway.Wire.Responses;

/// <summary>Writes a finished <c>response</c>.</summary>
internal static class ResponsesAnswerWriter
{
    public static void Write(Answer answer, AnswerFrame frame, IBufferWriter<byte> to)
    {
        var hasRefusal = answer.Blocks.Any(block => block is Block.Refusal);
        var incomplete = ResponsesStopReasons.Incomplete(answer.Stop, hasRefusal);
        var items = OutputItems.Of(answer, frame).All;
        if (incomplete is not null && items.Count > 0)
        {
            items[^1].Status = "incomplete";
        }
        var facts = new ResponseFacts
        {
            Id = answer.Id.Length > 0 ? answer.Id : frame.Generation.Value,
            Status = incomplete is null ? "completed" : "incomplete",
            Incomplete = incomplete,
            NativeReason = answer.NativeStop,
            Usage = answer.Usage,
            Cost = frame.Cost,
        };
        using var json = WireJson.NewWriter(to);
        ResponseJson.Write(json, frame, facts, items);
    }
}
