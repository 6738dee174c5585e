using System.Text;

namespace Arda.Gateway.Wire.OpenAi;

/// <summary>
/// Puts the pieces of blocks, however an upstream mixes them, into the order that stream steps
/// promise: one open block at a time, numbered from 0. What arrives for another block than the open
/// one waits until its turn.
/// </summary>
internal sealed class BlockSequence
{
    private readonly Queue<Lane> _waiting = new();
    private int _next;

    /// <summary>A block in the making.</summary>
    public sealed class Lane(Block head)
    {
        /// <summary>The block's identity without content; what is learnt late is put in here.</summary>
        public Block Head { get; set; } = head;

        public bool IsEnded { get; internal set; }

        public bool IsSigned => Signature is not null;

        /// <summary>Nothing more is owed: only a call's arguments can be seen to be unfinished.</summary>
        internal bool IsWhole => Head is not Block.ToolCall || Balance.IsClosed;

        internal JsonBalance Balance;

        internal StringBuilder Content { get; } = new();

        internal StringBuilder? Signature { get; set; }

        internal List<TokenLogprob>? Logprobs { get; set; }
    }

    public Lane? Open { get; private set; }

    public bool HasWaiting => _waiting.Count > 0;

    public bool HasBlocks { get; private set; }

    public bool HasToolCalls { get; private set; }

    public bool HasRefusal { get; private set; }

    public Lane Begin(Block head, IList<StreamEvent> to)
    {
        HasBlocks = true;
        HasToolCalls |= head is Block.ToolCall;
        HasRefusal |= head is Block.Refusal;
        var lane = new Lane(head);
        if (Open is null)
        {
            Start(lane, to);
        }
        else
        {
            _waiting.Enqueue(lane);
        }
        return lane;
    }

    public void Append(
        Lane lane,
        string text,
        IList<StreamEvent> to,
        IReadOnlyList<TokenLogprob>? logprobs = null
    )
    {
        if (lane.IsEnded || (text.Length == 0 && logprobs is null))
        {
            return;
        }
        lane.Content.Append(text);
        if (lane.Head is Block.ToolCall)
        {
            lane.Balance.Follow(text);
        }
        if (logprobs is not null)
        {
            (lane.Logprobs ??= []).AddRange(logprobs);
        }
        if (lane == Open)
        {
            to.Add(Delta(lane, text, logprobs));
        }
    }

    public void Sign(Lane lane, string signature, IList<StreamEvent> to)
    {
        if (lane.IsEnded || signature.Length == 0)
        {
            return;
        }
        (lane.Signature ??= new StringBuilder()).Append(signature);
        if (lane == Open)
        {
            to.Add(new StreamEvent.SignatureDelta(_next, signature));
        }
    }

    /// <summary>Adds what of the whole content has not come in pieces: some hosts say it only at the
    /// end.</summary>
    public void Complete(Lane lane, string? whole, IList<StreamEvent> to)
    {
        if (whole is null || whole.Length <= lane.Content.Length)
        {
            return;
        }
        var soFar = lane.Content.ToString();
        if (whole.StartsWith(soFar, StringComparison.Ordinal))
        {
            Append(lane, whole[soFar.Length..], to);
        }
    }

    public void End(Lane lane, IList<StreamEvent> to)
    {
        if (lane.IsEnded)
        {
            return;
        }

        lane.IsEnded = true;
        while (Open is { IsEnded: true } ended)
        {
            Stop(ended, to);
            if (_waiting.TryDequeue(out var following))
            {
                Start(following, to);
            }
        }
    }

    /// <summary>For formats that do not say where a block ends: the next one ends it, unless it is a
    /// call that is not whole yet.</summary>
    public void Advance(IList<StreamEvent> to)
    {
        while (HasWaiting && Open is { IsWhole: true } lane)
        {
            End(lane, to);
        }
    }

    public Lane Follow(Block head, IList<StreamEvent> to)
    {
        var lane = Begin(head, to);
        Advance(to);
        return lane;
    }

    public void EndAll(IList<StreamEvent> to)
    {
        while (Open is { } lane)
        {
            End(lane, to);
        }
    }

    private void Start(Lane lane, IList<StreamEvent> to)
    {
        Open = lane;
        to.Add(new StreamEvent.BlockStarted(_next, lane.Head));
        if (lane.Content.Length > 0 || lane.Logprobs is not null)
        {
            to.Add(Delta(lane, lane.Content.ToString(), lane.Logprobs?.ToArray()));
        }
        if (lane.Signature is { } signature)
        {
            to.Add(new StreamEvent.SignatureDelta(_next, signature.ToString()));
        }
    }

    private void Stop(Lane lane, IList<StreamEvent> to)
    {
        if (lane is { Head: Block.ToolCall, Content.Length: 0 })
        {
            lane.Content.Append("{}");
            to.Add(Delta(lane, "{}", null));
        }
        to.Add(new StreamEvent.BlockStopped(_next, Whole(lane)));
        _next++;
        Open = null;
    }

    private StreamEvent Delta(Lane lane, string text, IReadOnlyList<TokenLogprob>? logprobs) =>
        lane.Head switch
        {
            Block.ToolCall => new StreamEvent.ToolArgumentsDelta(_next, text),
            Block.Reasoning => new StreamEvent.ReasoningDelta(_next, text),
            Block.Refusal => new StreamEvent.RefusalDelta(_next, text),
            _ => new StreamEvent.TextDelta(_next, text) { Logprobs = logprobs },
        };

    private static Block Whole(Lane lane)
    {
        var content = lane.Content.ToString();
        return lane.Head switch
        {
            Block.Text text => text with { Value = content, Logprobs = lane.Logprobs },
            Block.Refusal refusal => refusal with { Value = content },
            Block.ToolCall call => call with { ArgumentsJson = content },
            Block.Reasoning thought => thought with
            {
                Value = content,
                Signature = lane.Signature?.ToString() ?? thought.Signature,
            },
            var whole => whole,
        };
    }
}
