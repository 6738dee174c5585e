using System.Text.Json;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Chat;

/// <summary>Reads a finished <c>chat.completion</c> of any host.</summary>
internal static class ChatAnswerReader
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

    private static Answer Read(JsonElement root)
    {
        var answer = new Answer
        {
            Id = root.Text("id"u8) ?? "",
            Model = root.Text("model"u8) ?? "",
            Blocks = [],
            Stop = StopReason.Error,
            Usage = Usage(root),
        };
        if (root.Member("error"u8) is not null)
        {
            // Some hosts answer 200 and put the error inside.
            var error = UpstreamErrors.Read(0, root);
            return answer with { NativeStop = error.Code ?? error.Message };
        }
        if (root.Member("choices"u8) is not { ValueKind: JsonValueKind.Array })
        {
            throw new WireFormatException("The answer has no choices.");
        }
        // The model carries one answer; n > 1 stays in this format and passes as bytes.
        var choice = root.Items("choices"u8).FirstOrDefault();
        return choice.ValueKind == JsonValueKind.Object
            ? ReadChoice(answer, choice)
            : answer with
            {
                NativeStop = "no_choices",
            };
    }

    /// <summary>The usage of an answer or a chunk, with the tier that stands beside it.</summary>
    public static Kernel.TokenUsage? Usage(JsonElement root)
    {
        if (root.Object("usage"u8) is not { } said)
        {
            return null;
        }
        var counts = UsageCounts.Read(said);
        counts.ServiceTier ??= Tier(root);
        return counts.IsSaid ? counts.ToUsage() : null;
    }

    private static string? Tier(JsonElement root)
    {
        if (root.Member("service_tier"u8) is not { ValueKind: JsonValueKind.String } tier)
        {
            return null;
        }
        var reader = new Utf8JsonReader(tier.RawUtf8());
        reader.Read();
        return ServiceTiers.Read(ref reader);
    }

    private static Answer ReadChoice(Answer answer, JsonElement choice)
    {
        var message = new ChatMessageReader();
        var steps = new List<StreamEvent>();
        if (choice.Object("message"u8) is { } said)
        {
            message.Read(said, choice, answer.Id, steps);
        }
        message.Blocks.EndAll(steps);
        var finish = choice.NonEmptyText("finish_reason"u8) ?? "missing";
        var stopSequence = choice.NonEmptyText("stop_reason"u8); // vLLM
        var reason = ChatStopReasons.Read(
            finish,
            message.Blocks.HasToolCalls,
            message.Blocks.HasRefusal
        );
        var isBySequence = reason == StopReason.EndTurn && stopSequence is not null;
        return answer with
        {
            Blocks = [.. steps.OfType<StreamEvent.BlockStopped>().Select(step => step.Block)],
            Stop = isBySequence ? StopReason.StopSequence : reason,
            NativeStop = choice.NonEmptyText("native_finish_reason"u8) ?? finish,
            StopSequence = stopSequence,
        };
    }
}
