using System.Collections.Concurrent;
using System.Globalization;

namespace Arda.Gateway.Tests.Fuzz;

/// <summary>
/// Runs many numbered cases of one seed. <c>ARDA_FUZZ_SEED</c> takes another seed,
/// <c>ARDA_FUZZ_REQUESTS</c> another number of cases in all, and <c>ARDA_FUZZ_ONLY</c> runs one
/// case alone, as a failure says.
/// </summary>
internal static class FuzzRun
{
    private const int RequestsDefault = 100_000;
    private const int Parallel = 32;
    private const int FailuresShown = 5;

    public static ulong Seed { get; } = (ulong)Number("ARDA_FUZZ_SEED", 20_261_125);

    /// <param name="percent">Of all requests; the parts of all fuzz tests add up to 100.</param>
    public static int Cases(int percent) =>
        (int)(Number("ARDA_FUZZ_REQUESTS", RequestsDefault) * percent / 100);

    /// <param name="name">Of the part, so that parts do not repeat each other's cases.</param>
    /// <param name="count">How many.</param>
    /// <param name="runAsync">Runs the case of that number; what is wrong, or null.</param>
    public static async Task RunAsync(
        string name,
        int count,
        Func<SeededRandom, int, Task<string?>> runAsync
    )
    {
        var failures = new ConcurrentQueue<string>();
        var only = (int)Number("ARDA_FUZZ_ONLY", -1);
        var part = (ulong)name.Length << 40 | (byte)name[0];
        var numbers = only >= 0 ? [only] : Enumerable.Range(0, count);
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = Parallel,
            CancellationToken = TestContext.Current.CancellationToken,
        };
        await System.Threading.Tasks.Parallel.ForEachAsync(
            numbers,
            options,
            async (number, _) =>
            {
                if (failures.Count < FailuresShown)
                {
                    var wrong = await runAsync(SeededRandom.For(Seed ^ part, number), number);
                    if (wrong is not null)
                    {
                        failures.Enqueue(
                            $"ARDA_FUZZ_SEED={Seed} ARDA_FUZZ_ONLY={number} ({name}): {wrong}"
                        );
                    }
                }
            }
        );
        Assert.True(failures.IsEmpty, string.Join("\n\n", failures));
    }

    private static long Number(string variable, long otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
            ? long.Parse(text, CultureInfo.InvariantCulture)
            : otherwise;
}
