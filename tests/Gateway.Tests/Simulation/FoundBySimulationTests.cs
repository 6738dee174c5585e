using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Ledger.Store;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Simulation;

/// <summary>Bugs that seeds have found, each told alone.</summary>
public sealed class FoundBySimulationTests : IDisposable
{
    private const string Currency = "XTS";
    private const string Project = "prj_1";

    private static readonly LeasePolicy s_policy = new() { ExactBelow = default };

    private readonly SimulatedStore _store = new() { NowMs = 1_790_000_000_000 };
    private readonly LeaseBook _book = new(Project, s_policy, default);
    private readonly NodeIdentity _node;
    private long _number;

    public FoundBySimulationTests()
    {
        _store.Clear();
        _node = _store.Write(c => Nodes.Start(c, "n1", _store.NowMs)).Identity;
    }

    public void Dispose() => _store.DisposeAsync().AsTask().GetAwaiter().GetResult();

    [Fact]
    public void Who_stops_waiting_while_the_store_is_asked_does_not_take_anothers_answer()
    {
        HeldFunds[] holds = [NewHold(5), NewHold(6), NewHold(7)];
        _book.TryHold(holds[0], Now);
        _book.TryHold(holds[1], Now);
        var command = _book.Next(Now, () => "lse_1")!;
        _book.TryHold(holds[2], Now);
        _book.Release(holds[0]);

        var decision = Assert.Single(_book.Fail(command));
        Assert.Same(holds[1], decision.Hold);
        Assert.Equal(HoldState.Waiting, holds[2].State);
        Assert.True(_book.HasWork);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void A_providers_impossible_bill_does_not_enter_the_operators_books(long cogs)
    {
        TopUp(1_000);
        var hold = Held(100);
        var settlement = Settle(hold, FactsOf(80) with { Cogs = new(cogs) });
        Flush(settlement);

        Assert.InRange(settlement.Rows[0].Cogs.Value, 0, 1_000 * NanoUsd.PerUsd);
        AssertBooks();
    }

    [Fact]
    public void A_correction_that_is_found_by_a_retry_is_not_late()
    {
        TopUp(1_000);
        var hold = Held(100);
        var progress = _book.BookProgress(hold, FactsOf(80))!;
        var final = Settle(hold, FactsOf(50));
        var batch = Batch(progress, final);
        _store.Write(c => ChargeStore.Flush(c, batch, Currency, _store.NowMs));

        var retry = batch with { IsRetry = true };
        var again = _store.Write(c => ChargeStore.Flush(c, retry, Currency, _store.NowMs));
        Assert.DoesNotContain(again.Booked, row => row.IsLate);
    }

    [Fact]
    public void A_lease_that_is_lost_while_it_is_renewed_does_not_come_back_with_all_its_money()
    {
        TopUp(1_000);
        var hold = Held(600);
        var settlement = Settle(hold, FactsOf(600));
        // The answer to the renewal is on its way when the lease is taken back.
        _book.Invalidate();
        var renewal = (AcquireCommand)_book.Next(Now, () => "lse_2")!;
        var reply = Acquire(renewal);
        _store.NowMs += 10_000_000;
        _store.Write(c => Nodes.Sweep(c, mayDeclareDead: false, _store.NowMs));
        Flush(settlement);
        _book.Finish(renewal, reply, Now);

        Assert.Null(_book.Lease);
        Assert.True(_book.HasWork);
        AssertBooks();
    }

    [Fact]
    public void A_correction_does_not_put_back_what_a_refund_has_drawn()
    {
        TopUp(1_000);
        var hold = Held(100);
        var progress = _book.BookProgress(hold, FactsOf(80))!;
        Flush(progress);
        Shrink();
        Assert.Equal(RefundReservation.Reserved, Reserve(900));

        // A second, later top-up is what the rest of the refunded one is drawn before.
        TopUp(50);
        Flush(Settle(hold, FactsOf(0)));

        Assert.True(_store.Write(c => RefundStore.Failed(c, "re_1", _store.NowMs)));
        AssertBooks();
    }

    [Fact]
    public void Credit_that_a_correction_returns_still_ends_on_its_day()
    {
        var endsAt = _store.NowMs + 1_000;
        _store.Write(c =>
            CreditStore.Grant(c, Project, new(100), "g1", endsAt, Currency, _store.NowMs)
        );
        var hold = Held(100);
        Flush(_book.BookProgress(hold, FactsOf(100))!);
        Shrink();
        _store.NowMs = endsAt + 1;
        _store.Write(c =>
        {
            CreditStore.Tidy(c, Project, _store.NowMs);
            return true;
        });

        Flush(Settle(hold, FactsOf(0)));

        Assert.Equal([Project], CreditStore.DueToExpire(_store.Connection, _store.NowMs));
        AssertBooks();
    }

    private Moment Now => new(_store.NowMs * TimeSpan.TicksPerMillisecond, _store.NowMs);

    private static HeldFunds NewHold(long most) =>
        new(
            new HoldRequest
            {
                Id = GenerationId.New(),
                Payer = new() { Project = new(Project), Key = new("key_1") },
                BaseMax = new(most),
                Provider = "a",
                Model = "m",
            }
        );

    private HeldFunds Held(long most)
    {
        var hold = NewHold(most);
        Assert.False(_book.TryHold(hold, Now));
        var command = (AcquireCommand)_book.Next(Now, () => "lse_1")!;
        Assert.Null(Assert.Single(_book.Finish(command, Acquire(command), Now)).Denial);
        return hold;
    }

    private AcquireReply Acquire(AcquireCommand command) =>
        _store.Write(c => LeaseStore.Acquire(c, command, _node, s_policy, Currency, _store.NowMs));

    private void Shrink()
    {
        _book.RequestShrink();
        var command = (ShrinkCommand)_book.Next(Now, () => "lse_3")!;
        _book.Finish(
            command,
            _store.Write(c => LeaseStore.Shrink(c, command, _node, _store.NowMs))
        );
    }

    private Settlement Settle(HeldFunds hold, ChargeFacts facts)
    {
        _book.Settle(hold, facts, Now, out var settlement, out _);
        return settlement!;
    }

    private FlushBatch Batch(params IReadOnlyList<Settlement> settlements) =>
        new()
        {
            Id = "n1/1/" + ++_number,
            Node = _node,
            Number = _number,
            PreviousHash = "",
            Settlements = settlements,
        };

    private void Flush(Settlement settlement)
    {
        var batch = Batch(settlement) with { PreviousHash = LastHash() };
        var reply = _store.Write(c => ChargeStore.Flush(c, batch, Currency, _store.NowMs));
        _book.Flushed(settlement, [.. reply.Booked]);
    }

    private string LastHash() =>
        _store.Connection.QueryOne(
            "SELECT hash FROM flush ORDER BY n DESC LIMIT 1",
            row => row.GetString(0)
        ) ?? "";

    private void TopUp(long amount) =>
        _store.Write(c =>
            CreditStore.Topup(
                c,
                Project,
                new(amount),
                default,
                "pi_" + amount,
                Currency,
                _store.NowMs++
            )
        );

    private RefundReservation Reserve(long amount) =>
        _store.Write(c =>
            RefundStore.Reserve(c, Project, "pi_1000", new(amount), "re_1", _store.NowMs)
        );

    private void AssertBooks() =>
        Assert.Empty(
            LedgerVerification.Check(_store.Connection, TestContext.Current.CancellationToken)
        );

    private static ChargeFacts FactsOf(long used) =>
        new()
        {
            Base = new(used),
            Cogs = new(used),
            PriceVersion = "p1",
            PriceJson = "{}",
            Outcome = ChargeOutcome.Completed,
            Source = UsageSource.Provider,
            Usage = TokenUsage.Zero,
            Model = "m",
            Provider = "a",
            RouteJson = "{}",
        };
}
