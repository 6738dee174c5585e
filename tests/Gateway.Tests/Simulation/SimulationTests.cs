using System.Diagnostics;
using System.Globalization;

namespace Arda.Gateway.Tests.Simulation;

/// <summary>
/// Thousands of seeded days of the money core. <c>ARDA_SIM_SEED=n</c> replays one alone with its
/// log; <c>ARDA_SIM_SEEDS</c> and <c>ARDA_SIM_STEPS</c> make a night of it.
/// </summary>
public sealed class SimulationTests
{
    private static readonly int s_seeds = Setting("ARDA_SIM_SEEDS") ?? 2_000;
    private static readonly int s_steps = Setting("ARDA_SIM_STEPS") ?? 4_000;

    [Fact]
    public void Whatever_happens_no_money_is_lost_made_or_taken_twice()
    {
        var started = Stopwatch.GetTimestamp();
        var only = Setting("ARDA_SIM_SEED");
        var run = new SimulationRun(s_steps);
        run.Play(
            only is { } seed ? [seed] : Enumerable.Range(1, s_seeds),
            withLog: only is not null
        );

        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        TestContext.Current.SendDiagnosticMessage(run.Describe(seconds));
        TestContext.Current.TestOutputHelper?.WriteLine(run.Describe(seconds));
        Assert.True(
            run.Failures.IsEmpty,
            $"{run.Failures.Count} seeds fail" + string.Concat(run.Failures.Take(20))
        );
        if (only is null)
        {
            // A run in which nothing rare happened would prove nothing.
            Assert.DoesNotContain(Sometimes.All, path => run.Seen(path) * 100 < run.Seeds);
        }
    }

    private static int? Setting(string name) =>
        int.TryParse(
            Environment.GetEnvironmentVariable(name),
            CultureInfo.InvariantCulture,
            out var number
        )
            ? number
            : null;
}
