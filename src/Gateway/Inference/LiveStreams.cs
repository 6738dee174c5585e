using System.Collections.Concurrent;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Inference;

/// <summary>
/// All streams that are running on this node. One timer for all of them drives keep-alives,
/// deadlines and progress, so that the relay itself needs no timer per read.
/// </summary>
internal sealed class LiveStreams(TimeProvider time, Drain drain) : BackgroundService
{
    private static readonly TimeSpan TickEvery = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<StreamedAnswer, KeyId> _streams = new();

    public int Count => _streams.Count;

    public void Add(StreamedAnswer stream, KeyId key) => _streams.TryAdd(stream, key);

    public void Remove(StreamedAnswer stream) => _streams.TryRemove(stream, out _);

    /// <summary>Ruling 1: running streams of a revoked key end, settled for what was delivered.</summary>
    public void CutKey(KeyId key, Denial why)
    {
        foreach (var (stream, owner) in _streams)
        {
            if (owner == key)
            {
                stream.Cut(why);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TickEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var now = time.GetTimestamp();
                var mustEnd = drain.IsEnding(now);
                foreach (var (stream, _) in _streams)
                {
                    stream.Tick(now, mustEnd);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Shutdown: running streams are drained by the server, not by us.
        }
    }
}
