using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Payments;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Ledger;

namespace Arda.Gateway.Tests.Payments;

/// <summary>What an owner is told at four fifths and at the end of a limit, once in each
/// month.</summary>
public sealed class LimitMailTests : PaymentTests
{
    public static TheoryData<StoreKind> Both => Storage.Stores.Both;

    [Theory]
    [PaymentCase(33)]
    [MemberData(nameof(All))]
    public async Task A_single_reload_that_passes_both_marks_tells_of_each_once(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.WithAutoReloadAsync(cap: 1000);
        await rig.SpendAndMoveAsync(600);
        await rig.AssertBalanceAsync(1400);
        Assert.Equal(
            [PaymentMailKinds.Cap100, PaymentMailKinds.Cap80, PaymentMailKinds.Reloaded],
            await KindsAsync(rig)
        );

        // Low again and again: nothing is charged, and nothing is told a second time.
        await rig.SpendAndMoveAsync(1000);
        await rig.SpendAndMoveAsync(100);
        Assert.Equal(3, (await rig.MailsAsync()).Count);
        Assert.Equal(PaymentStanding.CapReached, await rig.StandingAsync());

        // A new month begins anew.
        rig.Clock.Advance(TimeSpan.FromDays(31));
        await rig.MoveAsync();
        Assert.Equal(6, (await rig.MailsAsync()).Count);
        await rig.AssertBalanceAsync(1300);
    }

    [Theory]
    [PaymentCase(33)]
    [MemberData(nameof(All))]
    public async Task A_reload_that_is_declined_uses_nothing_of_the_cap(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.WithAutoReloadAsync(cap: 1000);
        await rig.DeclineAsync("card_declined", "generic_decline");
        await rig.SpendAndMoveAsync(600);
        Assert.Equal([PaymentMailKinds.ReloadDeclined], await rig.MailsAsync());

        await rig.AdvanceAsync(TimeSpan.FromHours(2), charges: 2);

        Assert.Equal(
            [
                PaymentMailKinds.Cap100,
                PaymentMailKinds.Cap80,
                PaymentMailKinds.ReloadDeclined,
                PaymentMailKinds.Reloaded,
            ],
            await KindsAsync(rig)
        );
        await rig.AssertBalanceAsync(1400);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task An_apps_limit_is_told_at_four_fifths_and_when_it_is_used_up(StoreKind kind)
    {
        await using var rig = await PaymentsRig.StartAsync(kind);
        await rig.FundAsync(2500);
        var connection = await ConnectAsync(rig, limitCents: 1000);

        await SpendAsync(rig, connection, 790);
        Assert.Empty(await rig.MailsAsync());
        await SpendAsync(rig, connection, 20);
        Assert.Equal([PaymentMailKinds.Limit80], await rig.MailsAsync());
        await SpendAsync(rig, connection, 100);
        Assert.Equal([PaymentMailKinds.Limit80], await rig.MailsAsync());
        await SpendAsync(rig, connection, 90);
        Assert.Equal([PaymentMailKinds.Limit100, PaymentMailKinds.Limit80], await KindsAsync(rig));

        // The next month has a limit of its own, and both marks at once.
        rig.Clock.Advance(TimeSpan.FromDays(31));
        await SpendAsync(rig, connection, 1000);
        await rig.MoveAsync();
        Assert.Equal(4, (await rig.MailsAsync()).Count);
    }

    private static async Task<List<string>> KindsAsync(PaymentsRig rig) =>
        [.. (await rig.MailsAsync()).Order(StringComparer.Ordinal)];

    private static async Task<ConnectionId> ConnectAsync(PaymentsRig rig, long limitCents)
    {
        var id = ConnectionId.New();
        await rig.Store.Database.WriteAsync(c =>
            c.Execute(
                """
                INSERT INTO connection(id, owner, project, app, state, scopes, markup_bps,
                    monthly_limit_nano_usd, created_at)
                VALUES(@id, 'usr_1', @project, 'gw_app_1', 'active', 'inference', 0, @limit, 0)
                """,
                ("id", id.Value),
                ("project", rig.Project.Value),
                ("limit", limitCents * NanoUsd.PerCent)
            )
        );
        return id;
    }

    private static async Task SpendAsync(PaymentsRig rig, ConnectionId connection, long cents)
    {
        var payer = rig.Payer() with
        {
            Connection = connection,
            ConnectionMonthlyLimit = NanoUsd.FromCents(1000),
        };
        var held = await rig.Get<SpendLedger>()
            .HoldAsync(Money.Request(payer, cents * NanoUsd.PerCent), PaymentsRig.Ct);
        Assert.False(held.Denied(out var denial, out var hold), $"denied: {denial}");
        await Money.SettleAsync(hold!, cents * NanoUsd.PerCent);
        rig.Clock.Advance(TimeSpan.FromMinutes(3));
        await rig.MoveAsync();
    }
}
