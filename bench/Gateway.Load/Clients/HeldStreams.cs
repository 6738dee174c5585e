using Arda.Gateway.Load.Machine;

namespace Arda.Gateway.Load.Clients;

/// <summary>Opens many streams and keeps all of them open until they are let go.</summary>
internal sealed class HeldStreams(LoadRequest request, int streams)
{
    private const int StackBytes = 128 * 1024;
    private const double OpenSecondsMax = 30;

    private readonly List<Thread> _threads = new(streams);
    private int _begun;
    private int _complete;

    /// <summary>Returns when each has had its first event, or enough time has passed.</summary>
    public int Open()
    {
        for (var i = 0; i < streams; i++)
        {
            var thread = new Thread(Work, StackBytes) { IsBackground = true };
            _threads.Add(thread);
            thread.Start();
        }

        var until = Exchange.Now() + (long)(OpenSecondsMax * 1e9);
        while (Volatile.Read(ref _begun) < streams && Exchange.Now() < until)
        {
            Clock.Sleep(0.05);
        }

        return Volatile.Read(ref _begun);
    }

    /// <summary>Waits for all ends; how many streams came to a proper one.</summary>
    public int Finish()
    {
        foreach (var thread in _threads)
        {
            thread.Join();
        }

        return _complete;
    }

    private void Work()
    {
        using var exchange = new Exchange(request)
        {
            Begun = () => Interlocked.Increment(ref _begun),
        };
        if (exchange.Run(Exchange.Now()).Ok)
        {
            Interlocked.Increment(ref _complete);
        }
    }
}
