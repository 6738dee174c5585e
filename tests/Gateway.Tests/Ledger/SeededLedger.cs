using System.Data.Common;
using System.Globalization;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Ledger.Store;

namespace Arda.Gateway.Tests.Ledger;

/// <summary>
/// A few nodes, a few projects and one store, driven by one seed: every book, every command and
/// every lost answer happens when the seed says so. The core and the store's SQL are the real ones.
/// </summary>
internal sealed class SeededLedger
{
    private const string Currency = "XTS";
    private static readonly LeasePolicy s_policy = LeasePolicy.Shared;

    private readonly Seeded _random;
    private readonly DbConnection _connection;
    private readonly List<SeededNode> _nodes = [];
    private readonly Payer[] _payers;
    private readonly Dictionary<string, NanoUsd> _acknowledged = new(StringComparer.Ordinal);
    private long _nowMs = 1_790_000_000_000;
    private int _names;

    public SeededLedger(ulong seed, DbConnection connection)
    {
        (_random, _connection) = (new Seeded(seed), connection);
        _payers =
        [
            .. Enumerable
                .Range(0, 3)
                .Select(i => new Payer
                {
                    Project = new(Name("prj_")),
                    Key = new(Name("key_")),
                    Connection = i == 0 ? null : new ConnectionId(Name("con_")),
                    Reseller = i == 2 ? new ResellerId("rsl_1") : null,
                    GatewayMarkupBps = i * 111,
                    ResellerMarkupBps = i == 2 ? 1_500 : 0,
                    KeyMonthlyLimit = i == 1 ? new NanoUsd(300 * Money.Cent) : null,
                    ConnectionMonthlyLimit = i == 2 ? new NanoUsd(500 * Money.Cent) : null,
                }),
        ];
        for (var i = 0; i < 3; i++)
        {
            _nodes.Add(NewNode("n" + i));
        }
    }

    public Dictionary<string, int> Seen { get; } = new(StringComparer.Ordinal);

    public void Step()
    {
        _nowMs += _random.Up(2_000);
        var node = _nodes[(int)_random.Up(_nodes.Count - 1)];
        switch (_random.Up(21))
        {
            case <= 5:
                BeginHold(node);
                break;
            case <= 9:
                EndHold(node);
                break;
            case <= 12:
                Converse(node, node.BookOf(Any(_payers).Project.Value));
                break;
            case <= 15:
                Flush(node);
                break;
            case 16:
                ChangeWallet();
                break;
            case 17:
                TakeBack();
                break;
            case 18:
                node.Books.Values.ToList().ForEach(book => book.Tick(Now));
                break;
            case 19:
                Write(c => Nodes.Beat(c, node.Identity, _nowMs));
                Note("reclaim", Write(c => Nodes.Sweep(c, _random.OneIn(2), _nowMs)));
                break;
            case 20 when _random.OneIn(8):
                Crash(node);
                break;
            case 21 when _random.OneIn(8):
                _nowMs += 400_000;
                break;
        }

        Assert.All(
            _nodes.SelectMany(n => n.Books.Values).Select(b => b.Lease).OfType<NodeLease>(),
            lease => Assert.True(lease.Free >= NanoUsd.Zero && lease.Held >= NanoUsd.Zero)
        );
    }

    /// <summary>Ends everything that is open, and gives all leases back.</summary>
    public void Rest()
    {
        // Waiting holds are still answered, and what they got has to end as well.
        for (var round = 0; round < 20; round++)
        {
            foreach (var node in _nodes)
            {
                while (node.Holds.Count > 0)
                {
                    EndHold(node);
                }

                Flush(node, mayFail: false);
                foreach (var book in node.Books.Values)
                {
                    book.RequestShrink();
                    Converse(node, book, mayFail: false);
                    Converse(node, book, mayFail: false);
                }
            }
        }

        Assert.All(
            _nodes.SelectMany(node => node.Books.Values),
            book => Assert.Equal((0, 0), (book.OpenHolds, book.Waiting))
        );
        _nowMs += 800_000;
        Write(c => Nodes.Sweep(c, mayDeclareDead: false, _nowMs));
    }

    /// <summary>Everything that was acknowledged is there once, for the amount that was said.</summary>
    public void AssertBooks()
    {
        var findings = Write(c => LedgerVerification.Check(c, CancellationToken.None));
        Assert.Empty(findings);
        var charged = Write(c =>
            Arda.Gateway.Storage.Sql.Query(
                c,
                "SELECT id, CAST(SUM(paid + promo) AS BIGINT) FROM charge GROUP BY id",
                row => (Id: row.GetString(0), Sum: new NanoUsd(row.GetInt64(1)))
            )
        );
        var byId = charged.ToDictionary(c => c.Id, c => c.Sum, StringComparer.Ordinal);
        Assert.All(_acknowledged, said => Assert.Equal(said.Value, byId[said.Key]));
    }

    private Moment Now => new(_nowMs * TimeSpan.TicksPerMillisecond, _nowMs);

    private SeededNode NewNode(string name)
    {
        var start = Write(c => Nodes.Start(c, name, _nowMs));
        return new SeededNode(start);
    }

    private void BeginHold(SeededNode node)
    {
        var payer = Any(_payers);
        var most = 1 + _random.Up(20 * Money.Cent);
        var request = new HoldRequest
        {
            Id = new(Name("gen_")),
            Payer = payer,
            BaseMax = new(most),
            MinimumBaseMax = _random.OneIn(3) ? new NanoUsd(1 + (most / 10)) : null,
            Provider = "simulated",
            Model = "sim/model",
        };
        var hold = new HeldFunds(request);
        if (node.BookOf(payer.Project.Value).TryHold(hold, Now))
        {
            node.Holds.Add(hold);
        }
    }

    private void EndHold(SeededNode node)
    {
        if (node.Holds.Count == 0)
        {
            return;
        }

        var hold = Any(node.Holds);
        var book = node.BookOf(hold.Request.Payer.Project.Value);
        var most = hold.BaseMax.Value;
        switch (_random.Up(5))
        {
            case 0 when hold.NextSeq == 0:
                book.Release(hold);
                break;
            case 1:
                book.TryExtend(hold, new(_random.Up(Money.Cent)), Now);
                return;
            case 2:
                if (book.BookProgress(hold, Facts(_random.Up(most))) is { } progress)
                {
                    node.Queue.Add(progress);
                }

                return;
            default:
                var used = _random.OneIn(8) ? most * 2 : _random.Up(most);
                var outcome = _random.OneIn(6)
                    ? ChargeOutcome.ProviderError
                    : ChargeOutcome.Completed;
                book.Settle(hold, Facts(used, outcome), Now, out var settled, out _);
                node.Queue.Add(settled!);
                break;
        }

        node.Holds.Remove(hold);
    }

    // One command of a book; its answer may be lost after the store has done it.
    private void Converse(SeededNode node, LeaseBook book, bool mayFail = true)
    {
        if (book.Next(Now, () => Name("lse_")) is not { } command)
        {
            return;
        }

        List<HoldDecision> decisions = [];
        var isLost = mayFail && _random.OneIn(12);
        switch (command)
        {
            case AcquireCommand acquire:
                var reply = Write(c =>
                    LeaseStore.Acquire(c, acquire, node.Identity, s_policy, "XTS", _nowMs)
                );
                decisions = isLost ? book.Fail(command) : book.Finish(acquire, reply, Now);
                AssertSound(decisions, acquire.Project);
                break;
            case ShrinkCommand shrink:
                var shrunk = Write(c => LeaseStore.Shrink(c, shrink, node.Identity, _nowMs));
                Note("lost lease", shrunk.IsLost ? 1 : 0);
                if (isLost)
                {
                    book.Fail(command);
                }
                else
                {
                    book.Finish(shrink, shrunk);
                }

                break;
            case RecallCommand recall:
                Note("recall", 1);
                foreach (var other in _nodes.Where(n => n != node && !_random.OneIn(4)))
                {
                    other.BookOf(recall.Project).RequestShrink();
                    Converse(other, other.BookOf(recall.Project));
                }

                book.Finish(recall);
                break;
        }

        Note("unknown", isLost ? 1 : 0);
        node.Holds.AddRange(decisions.Where(d => d.Denial is null).Select(d => d.Hold));
    }

    // Nobody is asked to pay while the store has what they need.
    private void AssertSound(List<HoldDecision> decisions, string project)
    {
        foreach (var decision in decisions)
        {
            if (decision.Denial is Denial.InsufficientBalance denial)
            {
                Note("denied", 1);
                var reading = Write(c => WalletReading.Of(c, project));
                var pending = _nodes
                    .SelectMany(n => n.Queue)
                    .Where(s => s.Hold.Request.Payer.Project.Value == project)
                    .SelectMany(s => s.Rows)
                    .Aggregate(NanoUsd.Zero, (sum, row) => sum + row.Split.Total);
                Assert.True((reading?.Balance ?? default) - pending < denial.Required);
            }
        }
    }

    private void Flush(SeededNode node, bool mayFail = true)
    {
        if (node.Queue.Count == 0)
        {
            return;
        }

        var count = mayFail ? 1 + (int)_random.Up(node.Queue.Count - 1) : node.Queue.Count;
        var batch = node.NewBatch(node.Queue[..count]);
        var reply = Write(c => ChargeStore.Flush(c, batch, Currency, _nowMs));
        if (mayFail && _random.OneIn(6))
        {
            // The answer was lost; before the retry other things may happen to its leases.
            Note("unknown", 1);
            if (_random.OneIn(2))
            {
                Write(c => Nodes.Sweep(c, mayDeclareDead: false, _nowMs + 800_000));
            }

            var again = Write(c =>
                ChargeStore.Flush(c, batch with { IsRetry = true }, Currency, _nowMs)
            );
            Assert.Equal(reply.Hash, again.Hash);
        }

        node.Queue.RemoveRange(0, count);
        Note("late", node.Acknowledge(batch, reply, _acknowledged));
    }

    private void ChangeWallet()
    {
        var payer = Any(_payers);
        var project = payer.Project.Value;
        var external = Name("x");
        var amount = new NanoUsd(Money.Cent * (1 + _random.Up(300)));
        Write(c =>
            _random.OneIn(3)
                ? CreditStore.Grant(
                    c,
                    project,
                    amount,
                    external,
                    _random.OneIn(2) ? _nowMs + 100_000 : null,
                    Currency,
                    _nowMs
                )
                : CreditStore.Topup(c, project, amount, new(3), external, Currency, _nowMs)
        );
        // A webhook that comes twice.
        Write(c => CreditStore.Topup(c, project, amount, new(3), "w" + external, Currency, _nowMs));
        Assert.False(
            Write(c =>
                CreditStore.Topup(c, project, amount, new(3), "w" + external, Currency, _nowMs)
            )
        );
        Tell(project);
    }

    private void TakeBack()
    {
        var project = Any(_payers).Project.Value;
        var id = Name("d");
        var amount = new NanoUsd(Money.Cent * (1 + _random.Up(100)));
        if (_random.OneIn(2))
        {
            Write(c => CreditStore.OpenAndLock(c, project, Currency));
            Write(c =>
                DisputeStore.Withdrawn(c, project, id, null, amount, new(5), Currency, _nowMs)
            );
            if (!_random.OneIn(4))
            {
                Assert.True(Write(c => DisputeStore.Won(c, project, id, _nowMs)));
            }
        }
        else
        {
            Write(c => CreditStore.Topup(c, project, amount, default, id, Currency, _nowMs));
            var reserved = Write(c =>
                RefundStore.Reserve(c, project, id, new(Money.Cent), "r" + id, _nowMs)
            );
            if (reserved == RefundReservation.Reserved)
            {
                Write(c =>
                    _random.OneIn(2)
                        ? RefundStore.Failed(c, "r" + id, _nowMs)
                        : RefundStore.Done(c, "r" + id, _nowMs)
                );
            }
        }

        Tell(project);
    }

    private void Crash(SeededNode node)
    {
        Note("crash", 1);
        _nodes.Remove(node);
        _nodes.Add(NewNode(node.Identity.Node));
    }

    private void Tell(string project) => _nodes.ForEach(node => node.BookOf(project).Invalidate());

    private void Note(string what, int times)
    {
        if (times > 0)
        {
            Seen[what] = Seen.GetValueOrDefault(what) + times;
        }
    }

    private T Write<T>(Func<DbConnection, T> work)
    {
        Arda.Gateway.Storage.Sql.ExecuteScript(_connection, "BEGIN");
        var result = work(_connection);
        Arda.Gateway.Storage.Sql.ExecuteScript(_connection, "COMMIT");
        return result;
    }

    private static ChargeFacts Facts(long used, ChargeOutcome outcome = ChargeOutcome.Completed) =>
        Money.Facts(used, outcome);

    private T Any<T>(IReadOnlyList<T> of) => of[(int)_random.Up(of.Count - 1)];

    // Names that sort by age, as real ids do.
    private string Name(string prefix) =>
        prefix + (++_names).ToString("D8", CultureInfo.InvariantCulture);
}

/// <summary>One node's memory; a crash forgets it.</summary>
internal sealed class SeededNode(NodeStart start)
{
    private string _hash = start.LastHash;
    private long _number = 1;

    public NodeIdentity Identity { get; } = start.Identity;

    public Dictionary<string, LeaseBook> Books { get; } = new(StringComparer.Ordinal);

    public List<HeldFunds> Holds { get; } = [];

    public List<Settlement> Queue { get; } = [];

    public LeaseBook BookOf(string project)
    {
        if (!Books.TryGetValue(project, out var book))
        {
            Books[project] = book = new LeaseBook(project, LeasePolicy.Shared, default);
        }

        return book;
    }

    public FlushBatch NewBatch(IReadOnlyList<Settlement> settlements) =>
        new()
        {
            Id = string.Create(
                CultureInfo.InvariantCulture,
                $"{Identity.Node}/{Identity.Epoch}/{_number}"
            ),
            Node = Identity,
            Number = _number,
            PreviousHash = _hash,
            Settlements = settlements,
        };

    /// <returns>How many rows took the late path.</returns>
    public int Acknowledge(
        FlushBatch batch,
        FlushReply reply,
        Dictionary<string, NanoUsd> acknowledged
    )
    {
        _number++;
        _hash = reply.Hash;
        var at = 0;
        foreach (var settlement in batch.Settlements)
        {
            var rows = reply.Booked.Skip(at).Take(settlement.Rows.Count).ToArray();
            at += rows.Length;
            BookOf(settlement.Hold.Request.Payer.Project.Value).Flushed(settlement, rows);
            if (settlement.IsFinal)
            {
                var hold = settlement.Hold;
                var isFree = settlement.Rows[^1].Facts.Outcome == ChargeOutcome.ProviderError;
                var most = isFree ? NanoUsd.Zero : hold.TotalOf(hold.SettledBase);
                Assert.InRange(hold.BookedCharged.Value, 0, most.Value);
                acknowledged[settlement.Hold.Request.Id.Value] = settlement.Hold.BookedCharged;
            }
        }

        return reply.Booked.Count(row => row.IsLate);
    }
}
