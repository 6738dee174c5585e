using System.Buffers;
using System.IO.Pipelines;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Providers.Simulated;

/// <summary>
/// Streams an answer in the words of its format, at a readable pace, and goes wrong where it is
/// told to. One token is one event.
/// </summary>
internal sealed class SimulatedStream(
    SimulatedAnswer answer,
    TokenUsage? usage,
    Directives directives,
    WireFormat format,
    AnswerFrame frame,
    SimulationOptions options,
    TimeProvider time
)
{
    private readonly IStreamWriter _writer = WireCodecs.For(format).NewStreamWriter(frame);
    private readonly ArrayBufferWriter<byte> _events = new(512);
    private int _contentEvents;

    /// <summary>Thrown into the body: the connection is gone.</summary>
    private sealed class CutException() : IOException("The simulated provider cut the connection.");

    public async Task WriteAsync(SimulatedContent to, string requestId)
    {
        Exception? end = null;
        try
        {
            await WriteAsync(to.Writer, requestId, to.Left);
        }
        catch (OperationCanceledException)
        {
            // The reader left.
        }
        catch (CutException cut)
        {
            end = cut;
        }
        catch (Exception broken) when (broken is not OutOfMemoryException)
        {
            end = new IOException("The simulated provider failed to write its answer.", broken);
        }

        await to.Writer.CompleteAsync(end);
    }

    private async Task WriteAsync(PipeWriter to, string requestId, CancellationToken left)
    {
        await DelayAsync(directives.FirstToken ?? options.FirstToken, left);
        _writer.Write(new StreamEvent.Started(frame.Generation.Value, frame.Model), _events);
        if (usage is not null)
        {
            // Anthropic says the prompt's size at the start.
            _writer.Write(new StreamEvent.UsageReported(usage), _events);
        }

        await FlushAsync(to, left);
        for (var i = 0; i < answer.Blocks.Count; i++)
        {
            var block = answer.Blocks[i];
            _writer.Write(new StreamEvent.BlockStarted(i, Empty(block)), _events);
            foreach (var step in Deltas(i, block))
            {
                if (await GoesWrongAsync(to, requestId, left))
                {
                    return;
                }

                _writer.Write(step, _events);
                _contentEvents++;
                await FlushAsync(to, left);
                await DelayAsync(PerToken, left);
            }

            _writer.Write(new StreamEvent.BlockStopped(i, block), _events);
        }

        if (await GoesWrongAsync(to, requestId, left))
        {
            return;
        }

        _writer.Write(
            new StreamEvent.Finished(answer.Stop, NativeStops.Of(format, answer), answer.StopSequence),
            _events
        );
        _writer.Complete(usage, null, _events);
        await FlushAsync(to, left);
    }

    private TimeSpan PerToken =>
        directives.PerToken
        ?? (
            options.TokensPerSecond > 0
                ? TimeSpan.FromSeconds(1d / options.TokensPerSecond)
                : TimeSpan.Zero
        );

    private async ValueTask<bool> GoesWrongAsync(
        PipeWriter to,
        string requestId,
        CancellationToken left
    )
    {
        if (_contentEvents >= directives.CutAfter)
        {
            await FlushAsync(to, left);
            throw new CutException();
        }

        if (_contentEvents >= directives.HangAfter)
        {
            await FlushAsync(to, left);
            await Task.Delay(Timeout.InfiniteTimeSpan, time, left);
        }

        if (_contentEvents >= directives.GarbageAfter)
        {
            _events.Write("data: {\"this is\": not JSON\n\n"u8);
            await FlushAsync(to, left);
            return true;
        }

        if (_contentEvents < (directives.ErrorAfter ?? int.MaxValue))
        {
            return false;
        }

        var error = new VendorErrorJson.VendorError(529, "Overloaded") { RequestId = requestId };
        VendorErrorJson.WriteEvent(format, error, _events);
        await FlushAsync(to, left);
        return true;
    }

    private static IEnumerable<StreamEvent> Deltas(int index, Block block)
    {
        switch (block)
        {
            case Block.Text text:
                var i = 0;
                foreach (var token in SimulatedTokens.Split(text.Value))
                {
                    yield return new StreamEvent.TextDelta(index, token)
                    {
                        Logprobs = text.Logprobs is { } all ? [all[i]] : null,
                    };
                    i++;
                }

                break;
            case Block.Refusal refusal:
                foreach (var token in SimulatedTokens.Split(refusal.Value))
                {
                    yield return new StreamEvent.RefusalDelta(index, token);
                }

                break;
            case Block.Reasoning reasoning:
                foreach (var token in SimulatedTokens.Split(reasoning.Value))
                {
                    yield return new StreamEvent.ReasoningDelta(index, token);
                }

                if (reasoning.Signature is { } signature)
                {
                    yield return new StreamEvent.SignatureDelta(index, signature);
                }

                break;
            case Block.ToolCall call:
                foreach (var token in SimulatedTokens.Split(call.ArgumentsJson))
                {
                    yield return new StreamEvent.ToolArgumentsDelta(index, token);
                }

                break;
        }
    }

    private static Block Empty(Block block) =>
        block switch
        {
            Block.Text => new Block.Text(""),
            Block.Refusal => new Block.Refusal(""),
            Block.Reasoning reasoning => reasoning.Redacted is null
                ? reasoning with
                {
                    Value = "",
                    Signature = null,
                }
                : reasoning with
                {
                    Value = "",
                },
            Block.ToolCall call => call with { ArgumentsJson = "{}" },
            _ => block,
        };

    private async ValueTask FlushAsync(PipeWriter to, CancellationToken left)
    {
        if (usage is null)
        {
            UsageRemoval.FromEvents(_events.WrittenSpan, to);
        }
        else
        {
            to.Write(_events.WrittenSpan);
        }

        _events.ResetWrittenCount();
        var flushed = await to.FlushAsync(left);
        if (flushed.IsCompleted)
        {
            throw new OperationCanceledException("Nobody reads this answer any more.");
        }
    }

    private Task DelayAsync(TimeSpan delay, CancellationToken left) =>
        delay > TimeSpan.Zero ? Task.Delay(delay, time, left) : Task.CompletedTask;
}

/// <summary>The vendors' own words for why an answer ended.</summary>
internal static class NativeStops
{
    public static string Of(WireFormat format, SimulatedAnswer answer) =>
        format switch
        {
            WireFormat.AnthropicMessages => answer.Stop switch
            {
                StopReason.StopSequence => "stop_sequence",
                StopReason.ToolUse => "tool_use",
                StopReason.MaxTokens => "max_tokens",
                StopReason.Refusal or StopReason.ContentFilter => "refusal",
                _ => "end_turn",
            },
            WireFormat.GeminiGenerate => answer.Stop switch
            {
                StopReason.MaxTokens => "MAX_TOKENS",
                StopReason.Refusal => "PROHIBITED_CONTENT",
                StopReason.ContentFilter => "SAFETY",
                StopReason.Error => "MALFORMED_FUNCTION_CALL",
                _ => "STOP",
            },
            _ => answer.Stop switch
            {
                StopReason.ToolUse => "tool_calls",
                StopReason.MaxTokens => "length",
                StopReason.Refusal or StopReason.ContentFilter => "content_filter",
                _ => "stop",
            },
        };
}
