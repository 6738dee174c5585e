using System.Collections.Concurrent;
using System.Globalization;

namespace Arda.Gateway.Tests.Simulation;

/// <summary>Many seeds, on all processors; each is a world of its own.</summary>
internal sealed class SimulationRun(int steps)
{
    private const int LogLinesMax = 4_000;

    private readonly ConcurrentDictionary<string, int> _seen = new(StringComparer.Ordinal);
    private long _events;
    private long _commits;
    private int _seeds;

    public ConcurrentQueue<string> Failures { get; } = [];

    public int Seeds => _seeds;

    public int Seen(string path) => _seen.GetValueOrDefault(path);

    public void Play(IEnumerable<int> seeds, bool withLog)
    {
        using var queue = new BlockingCollection<int>();
        foreach (var seed in seeds)
        {
            queue.Add(seed);
        }

        queue.CompleteAdding();
        Parallel.For(
            0,
            Environment.ProcessorCount,
            _ =>
            {
                using var store = new OwnedStore();
                foreach (var seed in queue.GetConsumingEnumerable())
                {
                    Play(seed, store.Store, withLog);
                }
            }
        );
    }

    /// <summary>The first of these seeds that fails, and why; null where none does. The door of
    /// the mutation test, which runs it in an assembly of its own.</summary>
    public static string? FirstFailure(int seeds, int steps)
    {
        using var store = new OwnedStore();
        for (var seed = 1; seed <= seeds; seed++)
        {
            try
            {
                new MoneySimulation((ulong)seed, store.Store, log: null, set: null).Run(steps);
            }
#pragma warning disable CA1031 // Whatever breaks is what was looked for.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                return $"seed {seed}: {fault.GetType().Name}: {fault.Message}";
            }
        }

        return null;
    }

    public string Describe(double seconds) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{_seeds} seeds, {_events} events, {_commits} commits in {seconds:0.0} s; seeds with "
        )
        + string.Join(
            ", ",
            Sometimes.All.Select(path => $"{path} {Seen(path) * 100.0 / Math.Max(1, _seeds):0.0} %")
        );

    private void Play(int seed, SimulatedStore store, bool withLog)
    {
        List<string>? log = withLog ? [] : null;
        MoneySimulation? day = null;
        try
        {
            day = new MoneySimulation((ulong)seed, store, log, set: null);
            day.Run(steps);
        }
#pragma warning disable CA1031 // The seed is the finding; every kind of failure is shown alike.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            var lines = string.Join('\n', (log ?? []).TakeLast(LogLinesMax));
            var why = withLog ? fault.ToString() : $"{fault.GetType().Name} {fault.Message}";
            Failures.Enqueue($"{lines}\nARDA_SIM_SEED={seed} ARDA_SIM_STEPS={steps}: {why}");
        }

        Interlocked.Increment(ref _seeds);
        Interlocked.Add(ref _events, day?.Events ?? 0);
        Interlocked.Add(ref _commits, day?.Commits ?? 0);
        foreach (var path in day?.Seen ?? [])
        {
            _seen.AddOrUpdate(path, 1, static (_, times) => times + 1);
        }
    }

    private sealed class OwnedStore : IDisposable
    {
        public SimulatedStore Store { get; } = new();

        public void Dispose() => Store.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
