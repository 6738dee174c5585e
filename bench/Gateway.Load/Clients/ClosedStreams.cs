using Arda.Gateway.Load.Machine;

namespace Arda.Gateway.Load.Clients;

/// <summary>A fixed number of streams at once; each worker starts the next when one has ended.</summary>
internal sealed class ClosedStreams(LoadRequest request, int streams, double warm, double seconds)
    : ILoad
{
    private const int StackBytes = 128 * 1024;

    private readonly Thread[] _threads = new Thread[streams];
    private volatile bool _stops;
    private long _answered;
    private long _errors;

    public void Warm()
    {
        for (var i = 0; i < streams; i++)
        {
            _threads[i] = new Thread(Work, StackBytes) { IsBackground = true };
            _threads[i].Start();
        }

        Clock.Sleep(warm);
    }

    public LoadResult Measure()
    {
        var (answered, errors) = (Interlocked.Read(ref _answered), Interlocked.Read(ref _errors));
        Clock.Sleep(seconds);
        return new LoadResult
        {
            Answered = Interlocked.Read(ref _answered) - answered,
            Errors = Interlocked.Read(ref _errors) - errors,
        };
    }

    public void Finish()
    {
        _stops = true;
        foreach (var thread in _threads)
        {
            thread.Join();
        }
    }

    private void Work()
    {
        using var exchange = new Exchange(request);
        while (!_stops)
        {
            ref var count = ref exchange.Run(Exchange.Now()).Ok ? ref _answered : ref _errors;
            Interlocked.Increment(ref count);
            exchange.Gaps.Clear();
        }
    }
}
