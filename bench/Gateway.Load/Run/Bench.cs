using System.Runtime.InteropServices;
using Arda.Gateway.Load.Clients;
using Arda.Gateway.Load.Machine;
using Arda.Gateway.Load.Mock;
using Arda.Gateway.Load.Targets;

namespace Arda.Gateway.Load.Run;

/// <summary>One run: start all, look whether they answer rightly, measure in turns, report.</summary>
internal sealed class Bench(Options options, MockLink mock, IReadOnlyList<Target> targets)
{
    private const int HeldGapMilliseconds = 1000;
    private const double WarmSliceSeconds = 2;
    private const int CalmSlices = 2;
    private const double SteadyShare = 0.97;
    private const int StreamWarmParts = 6;

    private readonly List<Cell> _cells = [];
    private readonly List<double> _paced = [];
    private readonly long _startedAt = TimeProvider.System.GetTimestamp();

    public static int Run(Options options)
    {
        if (Environment.ProcessorCount != 1)
        {
            throw new BenchException("start me by bench/run, which keeps me on one core");
        }

        Directory.CreateDirectory(options.WorkDirectory);
        using var children = new Children(Path.Combine(options.WorkDirectory, "logs"));
        using var interrupted = OnEnd(PosixSignal.SIGINT, children);
        using var terminated = OnEnd(PosixSignal.SIGTERM, children);
        var disk = FsyncProbe.Measure(options.WorkDirectory, gapSeconds: 0);
        var lineup = new Lineup(options, children);
        using var mock = lineup.StartMock();
        var targets = new List<Target>();
        foreach (var name in options.Targets)
        {
            targets.Add(lineup.Start(name, mock));
            targets[^1].Freeze();
        }

        return new Bench(options, mock, targets).Run(disk);
    }

    private int Run((double P50, double P99) disk)
    {
        foreach (var target in targets)
        {
            Alone(target, () => Probe.Check(target));
        }

        Say($"all answer rightly: {string.Join(", ", targets.Select(t => t.Name))}");
        // First of all, while every process is as small as it starts.
        var held = targets.Select(Hold).ToList();
        // The rig's own parts first; then they are alike for the first target and the last.
        WarmUp(mock.AsTarget());
        foreach (var target in targets)
        {
            Alone(target, () => WarmUp(target));
        }

        for (var round = 0; round < options.Plan.Rounds; round++)
        {
            foreach (var measure in options.Plan.Measures)
            {
                MeasureAll(measure, round);
                if (measure == Measure.Open)
                {
                    // What a charge waits for at this load, in the minute in which it was measured.
                    var gap = 1 / Measure.RequestsPerSecond;
                    _paced.Add(FsyncProbe.Measure(options.WorkDirectory, gap).P50);
                }
            }
        }

        var peaks = targets.ToDictionary(
            target => target.Name,
            target => ProcessTree.PeakResidentBytes(target.Processes)
        );
        var report = new Report(
            options,
            targets,
            _cells,
            held,
            peaks,
            new Disk(disk.P50, disk.P99, _paced)
        );
        report.Write();
        return report.HasErrors ? 1 : 0;
    }

    // The order turns with each round, so that none is always the one after the others.
    private void MeasureAll(Measure measure, int round)
    {
        for (var i = 0; i < targets.Count; i++)
        {
            var target = targets[(i + round) % targets.Count];
            var cell = Alone(target, () => MeasureOnce(target, measure, round));
            if (cell.IsDisturbed)
            {
                // Once more, and the quieter of the two counts, whatever it shows.
                var again = Alone(target, () => MeasureOnce(target, measure, round));
                cell = again.Spent.OthersShare < cell.Spent.OthersShare ? again : cell;
            }

            _cells.Add(cell);
            Say(
                $"round {round + 1} {measure.Name} {target.Name}: {cell.PerSecond:F0}/s, target "
                    + $"core {cell.Spent.TargetCoreShare:P0}, others {cell.Spent.OthersShare:P0}"
                    + (cell.Load.Errors > 0 ? $", {cell.Load.Errors} errors" : "")
            );
        }
    }

    private Cell MeasureOnce(Target target, Measure measure, int round)
    {
        mock.Pace(measure.GapMilliseconds);
        var load = measure.Load(target, options.Plan);
        load.Warm();
        var start = Moment.Now(target, mock);
        var result = load.Measure();
        var spent = Moment.Now(target, mock).Since(start);
        load.Finish();
        return new Cell(target.Name, measure.Name, round, result) { Spent = spent };
    }

    // Every path that is measured later, so that no cell pays for the compiler.
    private void WarmUp(Target target)
    {
        var seconds = options.Plan.FirstWarmSeconds;
        if (seconds == 0)
        {
            return;
        }

        mock.Pace(0);
        WarmUntilSteady(target, seconds);
        var stream = LoadRequest.Chat(target, RequestBodies.SmallBytes, stream: true);
        foreach (var gap in new[] { 0, Measure.PacedGapMilliseconds })
        {
            mock.Pace(gap);
            var streams = new ClosedStreams(stream, 64, seconds / StreamWarmParts, 0);
            streams.Warm();
            streams.Finish();
        }
    }

    // One rule for all: until a request costs no less than before. A large program takes longer to
    // be compiled well than a small one, and neither is what a server costs that has run a while.
    private void WarmUntilSteady(Target target, double secondsMax)
    {
        var request = LoadRequest.Chat(target, RequestBodies.SmallBytes, stream: false);
        var load = new Saturation(request, 32, WarmSliceSeconds, 0);
        var (least, calm, spent) = (double.MaxValue, 0, 0.0);
        for (; calm < CalmSlices && spent < secondsMax; spent += WarmSliceSeconds)
        {
            var start = Moment.Now(target, mock);
            load.Warm();
            var slice = Moment.Now(target, mock).Since(start);
            var cost = slice.Target / slice.Served;
            calm = cost >= least * SteadyShare ? calm + 1 : 0;
            least = Math.Min(least, cost);
        }

        Say($"{target.Name}: warm after {spent:F0} s, {least:F3} ms/request");
    }

    private Held Hold(Target target) =>
        Alone(
            target,
            () =>
            {
                mock.Pace(0);
                var request = LoadRequest.Chat(target, RequestBodies.SmallBytes, stream: true);
                // The first requests load code, which is not what a stream costs.
                var first = new OpenLoop(request, 50, 1, 0);
                first.Warm();
                first.Measure();
                first.Finish();
                Clock.Sleep(options.Plan.HeldSeconds);
                var before = ProcessTree.ResidentBytes(target.Processes);
                mock.Pace(HeldGapMilliseconds);
                var streams = new HeldStreams(request, options.Plan.HeldStreams);
                var open = streams.Open();
                Clock.Sleep(options.Plan.HeldSeconds);
                var with = ProcessTree.ResidentBytes(target.Processes);
                mock.Pace(0);
                var held = new Held(target.Name, open, streams.Finish(), before, with);
                Say($"{target.Name}: {held.Complete} of {options.Plan.HeldStreams} streams held");
                return held;
            }
        );

    private static void Alone(Target target, Action act) =>
        Alone(
            target,
            () =>
            {
                act();
                return true;
            }
        );

    private static T Alone<T>(Target target, Func<T> act)
    {
        target.Thaw();
        try
        {
            return act();
        }
        finally
        {
            target.Freeze();
        }
    }

    private static PosixSignalRegistration OnEnd(PosixSignal signal, Children children) =>
        PosixSignalRegistration.Create(
            signal,
            _ =>
            {
                children.Dispose();
                Environment.Exit(130);
            }
        );

    private void Say(string what) =>
        Console.Error.WriteLine(
            $"{TimeProvider.System.GetElapsedTime(_startedAt).TotalSeconds, 5:F0} s  {what}"
        );
}

/// <summary>Resident bytes of a target without and with many open streams.</summary>
internal sealed record Held(string Target, int Open, int Complete, long Before, long With)
{
    public double KilobytesPerStream => (With - Before) / 1024d / Open;
}
