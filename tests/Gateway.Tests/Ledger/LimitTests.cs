using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;
using static Arda.Gateway.Tests.Ledger.Money;

namespace Arda.Gateway.Tests.Ledger;

/// <summary>Monthly limits of keys and connections: as exact as money (ruling 3).</summary>
public sealed class LimitTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<StoreKind> Both => Stores.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_key_spends_up_to_its_limit_and_not_a_nano_more(StoreKind kind)
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Payer() with { KeyMonthlyLimit = new(10 * Cent) };
        await node.Credits.TopupAsync(payer.Project, 1_000, "pi_1");

        await node.ChargeAsync(payer, 7 * Cent, 7 * Cent);
        var denial = await node.DenialAsync(payer, (3 * Cent) + 1);
        Assert.Equal(
            new Denial.KeyLimitReached(new(10 * Cent), new(7 * Cent), new((3 * Cent) + 1)),
            denial
        );
        await node.ChargeAsync(payer, 3 * Cent, 3 * Cent);
        Assert.IsType<Denial.KeyLimitReached>(await node.DenialAsync(payer, 1));

        // Another key of the project has its own limit, and one without has none.
        await node.ChargeAsync(payer with { Key = KeyId.New() }, 5 * Cent, 5 * Cent);
        await node.ChargeAsync(payer with { KeyMonthlyLimit = null }, 20 * Cent, 20 * Cent);
        await AssertBooksAsync(store, payer, 965 * Cent);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Of_100_concurrent_requests_a_connection_admits_what_its_limit_allows(
        StoreKind kind
    )
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Payer() with
        {
            Connection = ConnectionId.New(),
            ConnectionMonthlyLimit = new(10 * Cent),
        };
        await node.Credits.TopupAsync(payer.Project, 1_000, "pi_1");

        var outcomes = await Task.WhenAll(
            Enumerable
                .Range(0, 100)
                .Select(_ =>
                    Task.Run(async () => await node.Ledger.HoldAsync(Request(payer, Cent), Ct), Ct)
                )
        );

        List<Hold> holds = [];
        foreach (var outcome in outcomes)
        {
            if (outcome.Denied(out var denial, out var hold))
            {
                // Its own requests in flight hold the limit: that passes by itself.
                Assert.IsType<Denial.BalanceOnHold>(denial);
            }
            else
            {
                holds.Add(hold);
            }
        }

        Assert.Equal(10, holds.Count);
        // More than held: the limit is worth more than the operator's loss.
        await Task.WhenAll(holds.Select(hold => SettleAsync(hold, 2 * Cent)));
        Assert.IsType<Denial.ConnectionLimitReached>(await node.DenialAsync(payer, 1));
        await AssertBooksAsync(store, payer, 990 * Cent);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_lowered_limit_counts_from_the_next_request(StoreKind kind)
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Payer() with { KeyMonthlyLimit = new(100 * Cent) };
        await node.Credits.TopupAsync(payer.Project, 1_000, "pi_1");
        await node.ChargeAsync(payer, 4 * Cent, 4 * Cent);
        var running = await node.HoldAsync(payer, 2 * Cent);

        var lowered = payer with { KeyMonthlyLimit = new(8 * Cent) };
        Assert.IsType<Denial.BalanceOnHold>(await node.DenialAsync(lowered, 3 * Cent));
        Assert.IsType<Denial.KeyLimitReached>(await node.DenialAsync(lowered, 5 * Cent));
        await node.ChargeAsync(lowered, 2 * Cent, 2 * Cent);
        await SettleAsync(running, 2 * Cent);
        Assert.IsType<Denial.KeyLimitReached>(await node.DenialAsync(lowered, 1));

        await node.ChargeAsync(payer, 10 * Cent, 10 * Cent);
        await AssertBooksAsync(store, payer, 982 * Cent);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_limit_set_in_mid_month_counts_what_was_spent_before_it(StoreKind kind)
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Payer();
        await node.Credits.TopupAsync(payer.Project, 1_000, "pi_1");
        await node.ChargeAsync(payer, 9 * Cent, 9 * Cent);

        var limited = payer with { KeyMonthlyLimit = new(10 * Cent) };
        Assert.IsType<Denial.KeyLimitReached>(await node.DenialAsync(limited, 2 * Cent));
        var hold = await node.HoldAsync(limited, 5 * Cent, minimum: Cent / 2);
        Assert.Equal(new NanoUsd(Cent), hold.BaseMax);
        hold.Release();
        await AssertBooksAsync(store, payer, 991 * Cent);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task After_a_crash_a_limit_has_lost_nothing(StoreKind kind)
    {
        await using var store = await OpenAsync(kind);
        var payer = Payer() with { KeyMonthlyLimit = new(10 * Cent) };
        await using (var node = await LedgerNode.StartAsync(store))
        {
            await node.Credits.TopupAsync(payer.Project, 1_000, "pi_1");
            await node.ChargeAsync(payer, 2 * Cent, 2 * Cent);
            await node.HoldAsync(payer, 8 * Cent);
        }

        await using var next = await LedgerNode.StartAsync(store);
        await next.ChargeAsync(payer, 8 * Cent, 8 * Cent);
        Assert.IsType<Denial.KeyLimitReached>(await next.DenialAsync(payer, 1));
        await AssertBooksAsync(store, payer, 990 * Cent);
    }
}
