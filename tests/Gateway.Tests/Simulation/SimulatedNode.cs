using System.Globalization;
using Arda.Gateway.Ledger;
using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Ledger.Store;

namespace Arda.Gateway.Tests.Simulation;

/// <summary>One process: its books, what it has not flushed, and its clocks. A crash forgets it.</summary>
internal sealed class SimulatedNode(NodeStart start, LeasePolicy policy)
{
    public NodeIdentity Identity { get; } = start.Identity;

    public string Hash { get; set; } = start.LastHash;

    public long Number { get; set; } = 1;

    public Dictionary<string, LeaseBook> Books { get; } = new(StringComparer.Ordinal);

    /// <summary>Settled and not sent yet.</summary>
    public List<Settlement> Queue { get; } = [];

    /// <summary>Parts of a batch that the tables refused, next one last.</summary>
    public Stack<(List<Settlement> Settlements, bool IsRetry)> Halves { get; } = [];

    public FlushBatch? Flying { get; set; }

    public List<JournaledHold> JournalOpened { get; } = [];

    public List<string> JournalEnded { get; } = [];

    /// <summary>Journaled holds that have ended since the last batch was made.</summary>
    public List<string> Ended { get; } = [];

    public List<SimulatedRequest> Watched { get; } = [];

    public List<SimulatedRequest> Running { get; } = [];

    /// <summary>What arrives while the process stands still.</summary>
    public List<Action> Mailbox { get; } = [];

    public bool IsDead { get; set; }

    /// <summary>Nothing of it is on its way any more either.</summary>
    public bool IsGone { get; set; }

    public bool IsPaused { get; set; }

    /// <summary>False after it learned that another process has its name.</summary>
    public bool MaySpend { get; set; } = true;

    public long TicksOffset { get; set; }

    public long WallOffsetMs { get; set; }

    /// <summary>All that was taken from leases here and may not be in the store yet.</summary>
    public IEnumerable<Settlement> Unflushed =>
        Queue.Concat(Halves.SelectMany(half => half.Settlements)).Concat(Flying?.Settlements ?? []);

    public LeaseBook BookOf(string project)
    {
        if (!Books.TryGetValue(project, out var book))
        {
            Books[project] = book = new LeaseBook(project, policy, default);
        }

        return book;
    }

    public FlushBatch NewBatch(IReadOnlyList<Settlement> settlements) =>
        new()
        {
            Id = string.Create(
                CultureInfo.InvariantCulture,
                $"{Identity.Node}/{Identity.Epoch}/{Number}"
            ),
            Node = Identity,
            Number = Number,
            PreviousHash = Hash,
            Settlements = settlements,
            JournalOpened = [.. JournalOpened],
            JournalEnded = [.. JournalEnded],
        };

    public override string ToString() => $"{Identity.Node}.{Identity.Epoch}";
}

/// <summary>A request with what its client and its provider know of it.</summary>
internal sealed class SimulatedRequest(HoldRequest request) : HeldFunds(request)
{
    public required SimulatedNode Node { get; init; }

    /// <summary>Used so far at the provider's price.</summary>
    public long Used { get; set; }

    /// <summary>For each row, what the request costs with it at the provider's price.</summary>
    public List<Int128> CostWith { get; } = [];

    /// <summary>Its final figure breaks a promise of the tables.</summary>
    public bool IsPoison { get; set; }

    public bool IsQuarantined { get; set; }

    public ChargeFacts? Final { get; set; }

    /// <summary>What the client was told that it was charged.</summary>
    public long? Acknowledged { get; set; }
}
