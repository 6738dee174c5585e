using System.Collections.Concurrent;

namespace Arda.Gateway.Storage;

/// <summary>
/// Threads of the store's own for work that blocks. On the pool, a few transactions that wait for
/// each other's rows take every thread there is; the pool adds one or two a second, and until then
/// nobody carries on the transaction that the others wait for.
/// </summary>
internal sealed class WriterThreads : IDisposable
{
    private readonly BlockingCollection<Action> _queue = [];

    public WriterThreads(int count)
    {
        for (var i = 0; i < count; i++)
        {
            new Thread(Run) { Name = "postgres-writer", IsBackground = true }.Start();
        }
    }

    /// <summary>In the caller's context, so that traces show whose work it is.</summary>
    public Task<T> Enqueue<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var context = ExecutionContext.Capture();
        try
        {
            _queue.Add(() =>
            {
                if (context is null)
                {
                    Complete(done, work);
                }
                else
                {
                    ExecutionContext.Run(context, _ => Complete(done, work), null);
                }
            });
        }
        catch (InvalidOperationException)
        {
            done.SetException(new StoreUnavailableException("The store is closing.", false, null));
        }

        return done.Task;
    }

    /// <summary>What is queued is still done; the threads end after it.</summary>
    public void Dispose() => _queue.CompleteAdding();

    private void Run()
    {
        foreach (var work in _queue.GetConsumingEnumerable())
        {
            work();
        }
    }

    private static void Complete<T>(TaskCompletionSource<T> done, Func<T> work)
    {
        try
        {
            done.SetResult(work());
        }
#pragma warning disable CA1031 // Whatever it was belongs to whoever asked.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            done.SetException(exception);
        }
    }
}
