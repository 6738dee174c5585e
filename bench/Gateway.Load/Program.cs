using Arda.Gateway.Load;
using Arda.Gateway.Load.Machine;
using Arda.Gateway.Load.Mock;
using Arda.Gateway.Load.Run;
using Arda.Gateway.Load.Targets;

// One program plays every part of the rig, so that a run starts nothing that was not built with it.
try
{
    return args switch
    {
        ["mock", var url] => MockProvider.Serve(url),
        ["passthrough", var url, var upstream] => Passthrough.Serve(url, upstream),
        ["fsync", var directory] => FsyncProbe.Print(directory),
        ["measure", .. var rest] => Bench.Run(Options.Read(rest)),
        _ => throw new BenchException("say mock, passthrough, fsync or measure; see bench/run"),
    };
}
catch (BenchException wrong)
{
    Console.Error.WriteLine($"bench: {wrong.Message}");
    return 1;
}
