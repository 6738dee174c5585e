using Arda.Gateway.Kernel;

namespace Arda.Gateway.Ledger.Core;

/// <summary>
/// Money that the store lent to this node. The store alone says how much was granted; the node
/// alone knows how much of it is held and used. held + used never exceeds granted.
/// </summary>
internal sealed class NodeLease(string id)
{
    public string Id { get; } = id;

    public Funds Granted { get; set; }

    /// <summary>Turned into charges, durable yet or not.</summary>
    public Funds Used { get; set; }

    public NanoUsd Held { get; set; }

    public int OpenHolds { get; set; }

    /// <summary>Settlements that were taken from this lease and are not durable yet.</summary>
    public int Unflushed { get; set; }

    /// <summary>Of <see cref="Used"/>, what is durable.</summary>
    public NanoUsd Flushed { get; set; }

    /// <summary>From then on no new holds; those that run finish on what they have.</summary>
    public long GrantUntilTicks { get; set; }

    /// <summary>The store no longer knows this lease; what is still open ends on the late path.</summary>
    public bool IsLost { get; set; }

    public Dictionary<AllowanceKey, Allowance> Allowances { get; } = [];

    public NanoUsd Free => Granted.Total - Used.Total - Held;

    public bool IsUnused => OpenHolds == 0 && Unflushed == 0;
}

internal enum AllowanceScope
{
    Key,
    Connection,
}

internal readonly record struct AllowanceKey(AllowanceScope Scope, string Subject, int Month)
    : IComparable<AllowanceKey>
{
    public string ScopeName => Scope == AllowanceScope.Key ? "key" : "connection";

    // One order everywhere in which rows are locked.
    public int CompareTo(AllowanceKey other)
    {
        var scope = Scope.CompareTo(other.Scope);
        var subject = scope != 0 ? scope : string.CompareOrdinal(Subject, other.Subject);
        return subject != 0 ? subject : Month.CompareTo(other.Month);
    }

    public static bool operator <(AllowanceKey a, AllowanceKey b) => a.CompareTo(b) < 0;

    public static bool operator >(AllowanceKey a, AllowanceKey b) => a.CompareTo(b) > 0;

    public static bool operator <=(AllowanceKey a, AllowanceKey b) => a.CompareTo(b) <= 0;

    public static bool operator >=(AllowanceKey a, AllowanceKey b) => a.CompareTo(b) >= 0;
}

/// <summary>
/// The part of a monthly limit that the store lent to this node together with a lease: the second
/// dimension of the same escrow.
/// </summary>
internal sealed class Allowance(AllowanceKey key)
{
    public AllowanceKey Key { get; } = key;

    /// <summary>The limit under which it was granted. A payer with another one has to ask again.</summary>
    public NanoUsd Cap { get; set; }

    public NanoUsd Granted { get; set; }

    public NanoUsd Used { get; set; }

    public NanoUsd Held { get; set; }

    /// <summary>Charged in this month by all nodes, as far as this node knows.</summary>
    public NanoUsd MonthUsed { get; set; }

    public NanoUsd Free => Granted - Used - Held;

    /// <summary>Part of the limit that nobody holds or has used, at the last reading.</summary>
    public NanoUsd Unleased { get; set; }
}
