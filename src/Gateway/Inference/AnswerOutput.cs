using System.Buffers;
using System.IO.Pipelines;

namespace Arda.Gateway.Inference;

/// <summary>
/// The way to the client. With an Idempotency-Key everything that is sent is also kept, so that a
/// retry hears the same answer again. After the client left, bytes go nowhere but into that copy.
/// </summary>
internal sealed class AnswerOutput : IBufferWriter<byte>
{
    private readonly Exchange _exchange;
    private readonly PipeWriter _pipe;
    private readonly ArrayBufferWriter<byte>? _copy;
    private ArrayBufferWriter<byte>? _nowhere;
    private volatile bool _stopped;
    private Memory<byte> _lent;
    private bool _lentByPipe;

    public AnswerOutput(Exchange exchange)
    {
        _exchange = exchange;
        _pipe = exchange.Http.Response.BodyWriter;
        _copy = exchange.Replay?.Bytes;
    }

    public IBufferWriter<byte> Writer => this;

    public bool HasStarted { get; private set; }

    public void StopSending() => _stopped = true;

    /// <summary>The headers are complete. They leave with the first bytes: on their own they would
    /// be a packet more, just before the one that is waited for.</summary>
    public void Start() => HasStarted = true;

    public async ValueTask FlushAsync()
    {
        if (!_stopped)
        {
            await _pipe.FlushAsync();
        }
    }

    /// <summary>Keeps the answer for replay, if asked to, before its last bytes leave.</summary>
    public async ValueTask CompleteAsync(Replays replays, bool wasCharged, bool isWhole)
    {
        if (_exchange.Replay is { } replay)
        {
            await replays.EndAsync(replay, _exchange, wasCharged, isWhole);
        }

        await FlushAsync();
    }

    public void Advance(int count)
    {
        _copy?.Write(_lent.Span[..count]);
        if (_lentByPipe)
        {
            _pipe.Advance(count);
        }
        else
        {
            _nowhere!.ResetWrittenCount();
        }
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        _lentByPipe = !_stopped;
        return _lent = _lentByPipe
            ? _pipe.GetMemory(sizeHint)
            : (_nowhere ??= new ArrayBufferWriter<byte>(4096)).GetMemory(sizeHint);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
}
