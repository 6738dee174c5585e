using System.Buffers;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Planning;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Inference;

/// <summary>
/// One streamed answer from the upstream's first event to the last byte. The relay loop and the
/// once-a-second tick share the response; a gate lets one of them write at a time.
/// </summary>
internal sealed class StreamedAnswer(Exchange exchange, InferenceDesk desk) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly CancellationTokenSource _upstreamCancel = new();
    private readonly AnswerOutput _output = new(exchange);
    private readonly long _startedAt = desk.Time.GetTimestamp();
    private long _lastWriteAt = desk.Time.GetTimestamp();
    private volatile Denial? _cutBecause;
    private volatile bool _timedOut;
    private volatile bool _clientLeft;
    private OpenStream? _open;
    private StreamProgress? _progress;

    private sealed record OpenStream(OpenAnswer Answer, UpstreamEvents Events, IRelay Relay)
    {
        /// <summary>What the first event gave, waiting for the headers to go before it.</summary>
        public required ArrayBufferWriter<byte> First { get; init; }

        public required RelayStep FirstStep { get; init; }
    }

    /// <summary>Runs the stream to its end and settles it, whatever happens on either side.</summary>
    public async Task RunAsync()
    {
        desk.Live.Add(this, exchange.Caller.Key);
        if (desk.Keys.RevokedLately(exchange.Caller.Key) is { } revoked)
        {
            // Between the judgement of the key and the line above.
            Cut(revoked);
        }

        var left = exchange.Http.RequestAborted.UnsafeRegister(
            static stream => ((StreamedAnswer)stream!).ClientLeft(),
            this
        );
        try
        {
            var opened = await OpenAsync();
            if (opened.Denied(out var denial, out var open))
            {
                Settlements.Release(exchange);
                await RefuseAsync(denial);
                return;
            }

            _progress = new StreamProgress(exchange, desk, open.Answer.Candidate);
            _open = open;
            var end = await RelayAsync(open);
            await FinishAsync(open, end);
        }
        finally
        {
            await left.DisposeAsync();
            desk.Live.Remove(this);
            if (_open is { } open)
            {
                open.Events.Dispose();
                await open.Answer.Response.DisposeAsync();
            }
        }
    }

    public void Dispose()
    {
        _upstreamCancel.Dispose();
        _gate.Dispose();
    }

    /// <summary>Called once a second from the node's one timer.</summary>
    /// <param name="now">The time.</param>
    /// <param name="mustEnd">The node leaves: better ended and charged than cut and lost.</param>
    public void Tick(long now, bool mustEnd)
    {
        if (mustEnd || desk.Time.GetElapsedTime(_startedAt, now) > desk.Options.RequestDurationMax)
        {
            _timedOut = true;
            CancelUpstream();
        }
        else if (desk.Time.GetElapsedTime(_lastWriteAt, now) >= desk.Options.KeepAliveAfter)
        {
            _ = KeepAliveAsync(now);
        }
    }

    public void Cut(Denial why)
    {
        _cutBecause = why;
        CancelUpstream();
    }

    private void ClientLeft()
    {
        _clientLeft = true;
        _output.StopSending();
        // Read to its end: for the true count where the provider bills a cancelled stream in full,
        // begun or not; for the retry where the client said that it would ask again.
        var asked = _open?.Answer.Candidate ?? exchange.Trying;
        if (
            exchange.Replay is not null
            || (asked is not null && desk.Upstreams.BillsOnDisconnect(asked.Offer.ProviderId))
        )
        {
            _upstreamCancel.CancelAfter(desk.Options.DrainAfterDisconnectMax);
        }
        else
        {
            CancelUpstream();
        }
    }

    private void CancelUpstream()
    {
        try
        {
            _upstreamCancel.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The stream ended in the same moment.
        }
    }

    private async ValueTask<Outcome<OpenStream>> OpenAsync()
    {
        try
        {
            return await desk.Attempts.FirstGoodAsync<OpenStream>(
                exchange,
                ReadFirstEventAsync,
                _upstreamCancel.Token
            );
        }
        catch (OperationCanceledException) when (_upstreamCancel.IsCancellationRequested)
        {
            return _cutBecause
                ?? new Denial.ProviderUnavailable(exchange.Scan.Model, TimeSpan.FromSeconds(5));
        }
    }

    // An answer counts as begun with its first event: until then another offer may still take over.
    private async ValueTask<Attempt<OpenStream>> ReadFirstEventAsync(OpenAnswer answer)
    {
        var frame = exchange.FrameFor(answer.Candidate);
        IRelay relay = answer.IsPassthrough
            ? new PassthroughRelay(answer.Client, frame)
            : new TranslatedRelay(answer.Upstream, answer.Client, frame);
        var events = new UpstreamEvents(answer.Response.Body);
        var first = new ArrayBufferWriter<byte>(512);
        try
        {
            while (true)
            {
                while (events.TryNext(out var raw))
                {
                    var step = relay.Handle(raw.Span, first);
                    if (step == RelayStep.Failed)
                    {
                        events.Dispose();
                        return new Attempt<OpenStream>(null, relay.Error);
                    }

                    if (step != RelayStep.Silent)
                    {
                        var open = new OpenStream(answer, events, relay)
                        {
                            First = first,
                            FirstStep = step,
                        };
                        return new Attempt<OpenStream>(open, null);
                    }
                }

                if (!await events.FillAsync(_upstreamCancel.Token))
                {
                    events.Dispose();
                    return new Attempt<OpenStream>(null, CutStream.Error);
                }
            }
        }
        catch (Exception fault) when (BrokenStreams.Are(fault, _upstreamCancel.Token))
        {
            events.Dispose();
            return new Attempt<OpenStream>(null, CutStream.Error);
        }
    }

    private async Task<StreamEnd> RelayAsync(OpenStream open)
    {
        exchange.Watch?.FirstToken();
        await WriteAsync(open.First.WrittenMemory);
        if (open.FirstStep == RelayStep.Ended)
        {
            return StreamEnd.Complete;
        }

        try
        {
            do
            {
                if (await RelayBufferedAsync(open) is { } end)
                {
                    return end;
                }
            } while (await open.Events.FillAsync(_upstreamCancel.Token));

            return await CloseAsync(open);
        }
        catch (OperationCanceledException) when (_upstreamCancel.IsCancellationRequested)
        {
            return _cutBecause is not null ? StreamEnd.Cut
                : _timedOut ? StreamEnd.Truncated
                : StreamEnd.ClientLeft;
        }
        catch (Exception fault) when (BrokenStreams.Are(fault, _upstreamCancel.Token))
        {
            return StreamEnd.ProviderFailed;
        }
    }

    // Everything that one read brought goes out with one flush: the cost of a stream is per packet.
    private async ValueTask<StreamEnd?> RelayBufferedAsync(OpenStream open)
    {
        StreamEnd? end = null;
        await _gate.WaitAsync();
        try
        {
            var sent = false;
            while (end is null && open.Events.TryNext(out var raw))
            {
                var step = open.Relay.Handle(raw.Span, _output.Writer);
                sent |= step == RelayStep.Sent;
                end = step switch
                {
                    RelayStep.Ended => StreamEnd.Complete,
                    RelayStep.Failed => StreamEnd.ProviderFailed,
                    _ => _progress!.Allows(open.Relay.Meter) ? null : StreamEnd.Truncated,
                };
            }

            if (sent)
            {
                _lastWriteAt = desk.Time.GetTimestamp();
                await FlushAsync();
            }
        }
        finally
        {
            _gate.Release();
        }

        return end;
    }

    private async Task<StreamEnd> CloseAsync(OpenStream open)
    {
        await _gate.WaitAsync();
        try
        {
            // A last event may lack its blank line.
            var rest = open.Events.Rest;
            var step = rest.IsEmpty
                ? RelayStep.Silent
                : open.Relay.Handle(rest.Span, _output.Writer);
            step = step is RelayStep.Ended or RelayStep.Failed
                ? step
                : open.Relay.Close(_output.Writer);
            return step == RelayStep.Ended ? StreamEnd.Complete : StreamEnd.ProviderFailed;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task FinishAsync(OpenStream open, StreamEnd end)
    {
        if (end != StreamEnd.Complete)
        {
            CancelUpstream();
        }

        var candidate = open.Answer.Candidate;
        var bill = MeteredBill.OfStream(exchange, candidate, open.Relay.Meter);
        var settled = await Settlements.SettleAsync(exchange, open.Answer, bill, end);
        await _gate.WaitAsync();
        try
        {
            var isBooked = !settled.Denied(out var denial, out var charge);
            if (isBooked)
            {
                WriteEnd(open, end, bill, charge!);
            }
            else
            {
                open.Relay.Fail(Facts(denial!), _output.Writer);
            }

            // What failed at the provider was free, and a retry runs.
            var wasCharged = end != StreamEnd.ProviderFailed;
            var isWhole = isBooked && end is (StreamEnd.Complete or StreamEnd.Truncated);
            await _output.CompleteAsync(desk.Replays, wasCharged, isWhole);
        }
        finally
        {
            _gate.Release();
        }
    }

    private void WriteEnd(OpenStream open, StreamEnd end, MeteredBill bill, Cost cost)
    {
        switch (end)
        {
            case StreamEnd.Complete or StreamEnd.ClientLeft:
                open.Relay.Complete(bill.Usage, cost, _output.Writer);
                break;
            case StreamEnd.Truncated:
                open.Relay.Truncate(bill.Usage, cost, _output.Writer);
                break;
            default:
                var why =
                    _cutBecause
                    ?? new Denial.ProviderUnavailable(exchange.Scan.Model, TimeSpan.FromSeconds(5));
                open.Relay.Fail(Facts(why), _output.Writer);
                break;
        }
    }

    private async Task RefuseAsync(Denial denial)
    {
        Settlements.Refused(exchange, denial);
        await _gate.WaitAsync();
        try
        {
            if (_clientLeft || !_output.HasStarted)
            {
                await RefuseWholeAsync(denial);
                return;
            }

            var candidate = exchange.Trying ?? exchange.Route.Candidates[0];
            var writer = WireCodecs
                .For(exchange.Dialect)
                .NewStreamWriter(exchange.FrameFor(candidate));
            writer.Fail(Facts(denial), _output.Writer);
            await _output.CompleteAsync(desk.Replays, wasCharged: false, isWhole: false);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task RefuseWholeAsync(Denial denial)
    {
        if (exchange.Replay is { } replay)
        {
            await desk.Replays.EndAsync(replay, exchange, wasCharged: false, isWhole: false);
        }

        if (!_clientLeft)
        {
            desk.Headers.ApplyBalance(exchange.Http, exchange.Caller);
            await Errors.WriteAsync(exchange.Http, denial, exchange.Dialect);
        }
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        await _gate.WaitAsync();
        try
        {
            Start(_open!.Answer.Candidate);
            _output.Writer.Write(bytes.Span);
            _lastWriteAt = desk.Time.GetTimestamp();
            await FlushAsync();
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task KeepAliveAsync(long now)
    {
        if (!await _gate.WaitAsync(TimeSpan.Zero))
        {
            return;
        }

        try
        {
            _lastWriteAt = now;
            var candidate =
                _open?.Answer.Candidate ?? exchange.Trying ?? exchange.Route.Candidates[0];
            Start(candidate);
            WireCodecs
                .For(exchange.Dialect)
                .NewStreamWriter(exchange.FrameFor(candidate))
                .KeepAlive(_output.Writer);
            await FlushAsync();
        }
        catch (ObjectDisposedException)
        {
            // The stream ended in the same moment.
        }
        finally
        {
            _gate.Release();
        }
    }

    private void Start(Candidate candidate)
    {
        if (!_output.HasStarted)
        {
            exchange.CommittedModel = candidate.Model.Id;
            desk.Headers.ApplyToStream(exchange, candidate);
            _output.Start();
        }
    }

    private ValueTask FlushAsync() => _output.FlushAsync();

    private ErrorFacts Facts(Denial denial) =>
        Errors.FactsOf(exchange.Http, denial, exchange.Dialect);
}
