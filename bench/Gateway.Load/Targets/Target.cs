using Arda.Gateway.Load.Machine;

namespace Arda.Gateway.Load.Targets;

/// <summary>Something that answers inference requests, and the processes that it costs.</summary>
internal sealed record Target(string Name, Uri Url, string Version)
{
    /// <summary>No gateway at all: the mock itself.</summary>
    public const string Direct = "direct";

    public const string Nginx = "nginx";
    public const string Kestrel = "kestrel";
    public const string Ours = "ours";
    public const string OursPostgres = "ours-postgres";

    public static readonly string[] Known = [Direct, Nginx, Kestrel, Ours, OursPostgres];

    public string Key { get; init; } = "sk-bench";

    public string ChatModel { get; init; } = "bench/chat";

    public string MessagesModel { get; init; } = "bench/messages";

    /// <summary>The gateway's own processes; their children count with them.</summary>
    public int[] Processes { get; init; } = [];

    /// <summary>Those of its database, which shares its core and is counted apart.</summary>
    public int[] Stores { get; init; } = [];

    public bool IsOurs => Name is Ours or OursPostgres;

    /// <summary>While another target is measured this one does nothing at all.</summary>
    public void Freeze() => ProcessTree.Signal([.. Processes, .. Stores], ProcessTree.Stop);

    public void Thaw()
    {
        ProcessTree.Signal([.. Processes, .. Stores], ProcessTree.Continue);
        if (Processes.Length > 0)
        {
            // Timers that fell due meanwhile run before anything is measured.
            Clock.Sleep(0.3);
        }
    }
}
