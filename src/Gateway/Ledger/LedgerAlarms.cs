using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Arda.Gateway.Ledger;

/// <summary>What must not happen and did, or what costs the operator money. Each kind is counted
/// and logged; none of them stops a request by itself.</summary>
public sealed class LedgerAlarms(ILogger<LedgerAlarms> log)
{
    public const string Late = "late";
    public const string Absorbed = "absorbed";
    public const string Contradiction = "contradiction";
    public const string Garbage = "garbage_usage";
    public const string Quarantined = "quarantined";
    public const string Fenced = "fenced";
    public const string StoreDown = "store_down";
    public const string Crashed = "crashed_holds";
    public const string Broken = "broken_promise";
    public const string Recalled = "recalled";
    public const string RecallTimedOut = "recall_timed_out";

    private static readonly Meter s_meter = new("Arda.Gateway.Ledger");
    private static readonly Counter<long> s_counter = s_meter.CreateCounter<long>(
        "arda.ledger.alarms",
        description: "Ledger events that an operator should know of, by kind."
    );

    private readonly ConcurrentDictionary<string, long> _counts = new(StringComparer.Ordinal);

    public long CountOf(string kind) => _counts.GetValueOrDefault(kind);

    /// <summary>Expected in small numbers; counted only.</summary>
    internal void Count(string kind)
    {
        _counts.AddOrUpdate(kind, 1, static (_, n) => n + 1);
        s_counter.Add(1, new KeyValuePair<string, object?>("kind", kind));
    }

    internal void Raise(string kind, string subject, string detail)
    {
        Count(kind);
        log.LogError("Ledger alarm {Kind} on {Subject}: {Detail}", kind, subject, detail);
    }

    internal void Warn(string kind, string subject, string detail)
    {
        Count(kind);
        log.LogWarning("Ledger {Kind} on {Subject}: {Detail}", kind, subject, detail);
    }
}
