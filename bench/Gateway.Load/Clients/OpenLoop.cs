using Arda.Gateway.Load.Machine;

namespace Arda.Gateway.Load.Clients;

/// <summary>
/// A constant number of requests per second, whatever becomes of them. Request i is due at
/// start + i / rate and its latency counts from there, so that a stall of the target shows in every
/// request that it kept waiting.
/// </summary>
internal sealed class OpenLoop(LoadRequest request, double rate, double warm, double seconds)
    : ILoad
{
    // More than are ever in flight unless the target stalls for a while.
    private const int Workers = 64;
    private const int StackBytes = 256 * 1024;

    private readonly Sample[] _samples = new Sample[(int)(rate * (warm + seconds))];
    private readonly int _warmCount = (int)(rate * warm);
    private readonly Exchange[] _exchanges = new Exchange[Workers];
    private readonly Thread[] _threads = new Thread[Workers];
    private long _startAt;
    private int _next = -1;

    public void Warm()
    {
        _startAt = Exchange.Now() + 100_000_000;
        for (var i = 0; i < Workers; i++)
        {
            var exchange = _exchanges[i] = new Exchange(request);
            _threads[i] = new Thread(() => Work(exchange), StackBytes) { IsBackground = true };
            _threads[i].Start();
        }

        Clock.SleepUntil(_startAt + (long)(warm * 1e9));
    }

    public LoadResult Measure()
    {
        foreach (var thread in _threads)
        {
            thread.Join();
        }

        var measured = _samples[_warmCount..];
        var good = measured.Where(sample => sample.Ok).ToArray();
        return new LoadResult
        {
            Answered = good.Length,
            Errors = measured.Length - good.Length,
            Total = [.. good.Select(sample => sample.Total)],
            First = [.. good.Select(sample => sample.First)],
            Gaps = [.. _exchanges.SelectMany(exchange => exchange.Gaps)],
        };
    }

    public void Finish()
    {
        foreach (var exchange in _exchanges)
        {
            exchange.Dispose();
        }
    }

    // A worker that is free takes the next request and sleeps until it is due.
    private void Work(Exchange exchange)
    {
        Clock.SleepPrecisely();
        int index;
        while ((index = Interlocked.Increment(ref _next)) < _samples.Length)
        {
            var dueAt = _startAt + (long)(index * 1e9 / rate);
            Clock.SleepUntil(dueAt);
            _samples[index] = exchange.Run(dueAt);
            if (index < _warmCount)
            {
                exchange.Gaps.Clear();
            }
        }
    }
}
