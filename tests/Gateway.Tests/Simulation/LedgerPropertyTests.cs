using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Ledger.Store;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Simulation;

/// <summary>Properties of the store's operations, each over many seeds.</summary>
public sealed class LedgerPropertyTests
{
    private const string Currency = "XTS";
    private const string Project = "prj_1";
    private static readonly NodeIdentity s_node = new("n1", 1);

    [Fact]
    public void Any_prefix_of_the_events_that_is_delivered_again_changes_nothing()
    {
        using var once = new OwnedStore();
        using var again = new OwnedStore();
        for (ulong seed = 1; seed <= 60; seed++)
        {
            var dice = new Dice(seed);
            var events = Events(dice);
            once.Store.Clear();
            again.Store.Clear();
            List<Func<SimulatedStore, bool>> delivered = [];
            foreach (var happen in events)
            {
                // An event that was refused left nothing behind that a second one could find.
                if (!happen(once.Store))
                {
                    continue;
                }

                happen(again.Store);
                delivered.Add(happen);
                foreach (var earlier in delivered.Take((int)dice.UpTo(delivered.Count)))
                {
                    earlier(again.Store);
                }
            }

            Assert.Equal(JournalText.Balances(once.Store), JournalText.Balances(again.Store));
            // The batches here are nobody's, so they make no chain.
            Assert.DoesNotContain(
                LedgerVerification.Check(again.Store.Connection, Ct),
                finding => finding.Promise != "hash-chain"
            );
        }
    }

    [Fact]
    public void Whatever_is_lent_kept_and_taken_back_what_is_lent_is_the_sum_of_the_leases()
    {
        using var owned = new OwnedStore();
        var store = owned.Store;
        for (ulong seed = 1; seed <= 100; seed++)
        {
            store.Clear();
            var dice = new Dice(seed);
            store.Write(c =>
                CreditStore.Topup(c, Project, new(5_000), default, "pi", Currency, store.NowMs)
            );
            store.Write(c =>
                CreditStore.Grant(c, Project, new(300), "g", null, Currency, store.NowMs)
            );
            NodeIdentity[] nodes =
            [
                .. Enumerable
                    .Range(0, 3)
                    .Select(i => store.Write(c => Nodes.Start(c, "n" + i, store.NowMs)).Identity),
            ];
            List<string> leases = ["lse_none"];
            for (var step = 0; step < 60; step++)
            {
                store.NowMs += dice.Wide(30_000);
                Disturb(store, dice, dice.Any(nodes), leases, "lse_" + step);
                var (lent, unspent) = Sums(store);
                Assert.Equal(0, lent);
                Assert.Equal(5_300, unspent);
            }
        }
    }

    [Fact]
    public void The_journals_alone_rebuild_every_balance()
    {
        using var owned = new OwnedStore();
        for (ulong seed = 1; seed <= 60; seed++)
        {
            new MoneySimulation(seed, owned.Store, log: null, set: null).Run(steps: 500);

            Assert.Equal(JournalText.Balances(owned.Store), JournalText.Rebuilt(owned.Store));
        }
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static List<Func<SimulatedStore, bool>> Events(Dice dice)
    {
        List<Func<SimulatedStore, bool>> events = [];
        for (var i = 0; i < 12; i++)
        {
            var id = "x" + i;
            var amount = new NanoUsd(dice.Wide(1_000_000));
            var half = new NanoUsd(amount.Value / 2);
            events.Add(store => TopUp(store, id, amount));
            switch (dice.UpTo(3))
            {
                case 0:
                    events.Add(store => Withdraw(store, id, amount + half));
                    events.Add(store =>
                        store.Write(c => DisputeStore.Won(c, Project, id, store.NowMs))
                    );
                    break;
                case 1 when half > NanoUsd.Zero:
                    var isDone = dice.OneIn(2);
                    events.Add(store => Reserve(store, id, half));
                    events.Add(store =>
                        store.Write(c =>
                            isDone
                                ? RefundStore.Done(c, id, store.NowMs)
                                : RefundStore.Failed(c, id, store.NowMs)
                        )
                    );
                    break;
                case 2:
                    events.Add(store => Grant(store, id, amount));
                    break;
                case 3:
                    events.Add(LateCharge(id, amount, i));
                    break;
            }
        }

        return events;
    }

    private static bool TopUp(SimulatedStore store, string id, NanoUsd amount) =>
        store.Write(c => CreditStore.Topup(c, Project, amount, default, id, Currency, store.NowMs));

    private static bool Grant(SimulatedStore store, string id, NanoUsd amount) =>
        store.Write(c => CreditStore.Grant(c, Project, amount, id, null, Currency, store.NowMs));

    private static bool Reserve(SimulatedStore store, string id, NanoUsd amount) =>
        store.Write(c => RefundStore.Reserve(c, Project, id, amount, id, store.NowMs))
        == RefundReservation.Reserved;

    private static bool Withdraw(SimulatedStore store, string id, NanoUsd amount) =>
        store.Write(c =>
            DisputeStore.Withdrawn(c, Project, id, id, amount, default, Currency, store.NowMs)
        )
            is { } effect
        && effect.FromWallet + effect.Debt == amount;

    // A batch whose lease nobody knows: the path on which its own id is all that protects it.
    private static Func<SimulatedStore, bool> LateCharge(string id, NanoUsd amount, int number)
    {
        var request = new HoldRequest
        {
            Id = new("gen_" + id),
            Payer = new()
            {
                Project = new(Project),
                Key = new("key_1"),
                Reseller = new("rsl_1"),
                ResellerMarkupBps = 700,
            },
            BaseMax = amount,
            Provider = "a",
            Model = "m",
        };
        var hold = new HeldFunds(request)
        {
            State = HoldState.Held,
            BaseMax = amount,
            Lease = new("lse_lost") { IsLost = true, OpenHolds = 1 },
        };
        hold.Amount = hold.Remaining = hold.Lease.Held = hold.TotalOf(amount);
        hold.Lease.Granted = new(hold.Amount, default);
        var book = new LeaseBook(Project, LeasePolicy.Shared, default);
        book.Settle(hold, FactsOf(amount), default, out var settlement, out _);
        var batch = new FlushBatch
        {
            Id = "n1/1/" + number,
            Node = s_node,
            Number = number,
            PreviousHash = "",
            Settlements = [settlement!],
            IsRetry = true,
        };
        return store =>
            store.Write(c => ChargeStore.Flush(c, batch, Currency, store.NowMs)).Booked.Count == 1;
    }

    // Commands as a confused node would send them: any lease, any part of it, in any order.
    private static void Disturb(
        SimulatedStore store,
        Dice dice,
        NodeIdentity node,
        List<string> leases,
        string newLease
    )
    {
        switch (dice.UpTo(3))
        {
            case 0:
                var acquire = new AcquireCommand(
                    Project,
                    dice.Any(leases),
                    newLease,
                    Grow: dice.OneIn(2),
                    Open: dice.OneIn(2),
                    new(dice.Wide(3_000)),
                    new(dice.Wide(3_000)),
                    [],
                    0
                );
                store.Write(c =>
                    LeaseStore.Acquire(c, acquire, node, LeasePolicy.Shared, Currency, store.NowMs)
                );
                leases.Add(newLease);
                break;
            case 1:
                var lease = dice.Any(leases);
                var shrink = new ShrinkCommand(
                    Project,
                    lease,
                    AnyOf(dice, GrantedOf(store, lease)),
                    [],
                    Close: dice.OneIn(3)
                );
                store.Write(c => LeaseStore.Shrink(c, shrink, node, store.NowMs));
                break;
            case 2:
                store.Write(c => Nodes.Sweep(c, dice.OneIn(2), store.NowMs));
                break;
            default:
                store.Write(c => LeaseStore.Recall(store, c, Project, node.Node));
                break;
        }
    }

    private static Funds AnyOf(Dice dice, Funds granted) =>
        new(new(dice.UpTo(granted.Paid.Value)), new(dice.UpTo(granted.Promo.Value)));

    private static Funds GrantedOf(SimulatedStore store, string lease) =>
        store.Connection.QueryOne(
            "SELECT paid, promo FROM lease WHERE id = @id",
            row => new Funds(new(row.GetInt64(0)), new(row.GetInt64(1))),
            ("id", lease)
        );

    private static (long Lent, long Unspent) Sums(SimulatedStore store) =>
        store.Connection.QueryOne(
            """
            SELECT paid_leased + promo_leased - COALESCE((SELECT SUM(paid - paid_folded
                + promo - promo_folded) FROM lease WHERE state = 'open'), 0),
                paid_in - paid_out + promo_in - promo_out
            FROM wallet
            """,
            row => (row.GetInt64(0), row.GetInt64(1))
        );

    private static ChargeFacts FactsOf(NanoUsd used) =>
        new()
        {
            Base = used,
            Cogs = used,
            PriceVersion = "p1",
            PriceJson = "{}",
            Outcome = ChargeOutcome.Completed,
            Source = UsageSource.Provider,
            Usage = TokenUsage.Zero,
            Model = "m",
            Provider = "a",
            RouteJson = "{}",
        };

    private sealed class OwnedStore : IDisposable
    {
        public SimulatedStore Store { get; } = new() { NowMs = 1_790_000_000_000 };

        public void Dispose() => Store.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
