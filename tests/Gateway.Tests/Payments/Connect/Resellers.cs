using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Connect;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Ledger;

namespace Arda.Gateway.Tests.Payments.Connect;

/// <summary>What resellers and their users do, step by step.</summary>
internal static class Resellers
{
    /// <summary>Its money can be used at once at the provider.</summary>
    public const string QuickCard = "4000000000000077";

    public static async Task<UserId> OwnerAsync(
        this PaymentsRig rig,
        string email = "reseller@example.net"
    )
    {
        Assert.False(EmailAddress.Read(email).Denied(out _, out var address));
        return (await rig.Get<People>().FindOrCreateAsync(address!)).Id;
    }

    public static async Task<Payee> OpenAccountAsync(this PaymentsRig rig, UserId owner)
    {
        var made = await rig.Get<Payees>()
            .EnsureAsync(owner, "gw_app_1", "https://app.example", "US", PaymentsRig.Ct);
        Assert.False(made.Denied(out var denial, out var payee), $"denied: {denial}");
        return payee!;
    }

    /// <summary>An owner whose form ended so, and what its event brought.</summary>
    public static async Task<UserId> ResellerAsync(
        this PaymentsRig rig,
        OnboardEnd end = OnboardEnd.Done,
        string email = "reseller@example.net"
    )
    {
        var owner = await rig.OwnerAsync(email);
        var payee = await rig.OpenAccountAsync(owner);
        await rig.AtBankAsync(books => SimulatedConnect.Onboard(books, payee.Account!, end));
        await rig.MoveAsync();
        return owner;
    }

    public static async Task<Payee> PayeeOfAsync(this PaymentsRig rig, UserId owner) =>
        (await rig.Get<Payees>().FindAsync(owner, PaymentsRig.Ct))!;

    /// <summary>The user pays twice that much: the markup of these apps is a hundred percent.</summary>
    public static async Task EarnAsync(
        this PaymentsRig rig,
        UserId owner,
        long cents,
        ProjectId? project = null
    )
    {
        var payer = new Payer
        {
            Project = project ?? rig.Project,
            Key = KeyId.New(),
            Reseller = new ResellerId(owner.Value),
            ResellerMarkupBps = 10_000,
        };
        var amount = cents * NanoUsd.PerCent;
        var held = await rig.Get<SpendLedger>()
            .HoldAsync(Money.Request(payer, amount), PaymentsRig.Ct);
        Assert.False(held.Denied(out var denial, out var hold), $"denied: {denial}");
        await Money.SettleAsync(hold!, amount);
    }

    /// <summary>Another user's balance, paid by card.</summary>
    public static async Task FundOtherAsync(
        this PaymentsRig rig,
        ProjectId project,
        long cents,
        string card = QuickCard
    )
    {
        while (cents > 0)
        {
            var part = Math.Min(cents, 10_000);
            var opened = await rig.Get<Topups>()
                .OpenAsync(project, part, saveCard: false, Journeys.Returns, PaymentsRig.Ct);
            Assert.False(opened.Denied(out var denial, out var page), $"denied: {denial}");
            var paid = await rig.PayAsync(page!, card);
            if (paid.Step is PayStep.AskBank)
            {
                await rig.PayAsync(page!, card, bankSays: true);
            }

            await rig.Get<Topups>().ReturnedAsync(project, page!.Id, PaymentsRig.Ct);
            await rig.MoveAsync();
            cents -= part;
        }
    }

    /// <summary>As if all charges had been made so many days earlier. History cannot be changed, so
    /// its guard is lifted for a moment.</summary>
    public static Task AgeAsync(this PaymentsRig rig, int days) =>
        rig.Store.Database.WriteAsync(connection =>
        {
            var isSqlite = rig.Store.Database.Kind is StoreKind.Sqlite;
            connection.ExecuteScript(
                isSqlite
                    ? "DROP TRIGGER charge_no_UPDATE"
                    : "ALTER TABLE charge DISABLE TRIGGER charge_append_only"
            );
            var changed = connection.Execute(
                "UPDATE charge SET at = at - @ms",
                ("ms", (long)TimeSpan.FromDays(days).TotalMilliseconds)
            );
            connection.Execute(
                "UPDATE reseller SET matured_to = matured_to - @days WHERE matured_to > 0",
                ("days", (long)days)
            );
            connection.ExecuteScript(
                isSqlite
                    ? """
                    CREATE TRIGGER charge_no_UPDATE BEFORE UPDATE ON charge
                    BEGIN SELECT RAISE(ABORT, 'charge is append-only'); END;
                    """
                    : "ALTER TABLE charge ENABLE TRIGGER charge_append_only"
            );
            return changed;
        });

    /// <summary>The next round of payouts, and what it sets going.</summary>
    public static async Task NextRoundAsync(this PaymentsRig rig, double hours = 1.1)
    {
        rig.Clock.Advance(TimeSpan.FromHours(hours));
        await rig.MoveAsync();
    }

    public static Task<ResellerReading> EarningsAsync(this PaymentsRig rig, UserId owner) =>
        rig.Get<ResellerEarnings>().ReadAsync(new ResellerId(owner.Value), PaymentsRig.Ct);

    public static Task<List<Payout>> PayoutsAsync(this PaymentsRig rig, UserId owner) =>
        rig.Get<Payouts>().ListAsync(new ResellerId(owner.Value), PaymentsRig.Ct);

    public static async Task<Payout> PayoutAsync(this PaymentsRig rig, UserId owner) =>
        Assert.Single(await rig.PayoutsAsync(owner));

    /// <summary>Everything adds up, and the reseller has so many cents of each.</summary>
    public static async Task AssertEarningsAsync(
        this PaymentsRig rig,
        UserId owner,
        long pending = 0,
        long available = 0,
        long held = 0,
        long inPayout = 0,
        long debt = 0,
        long paid = 0
    )
    {
        Assert.Empty(await LedgerVerification.RunAsync(rig.Store.Database, PaymentsRig.Ct));
        var expected = new ResellerReading(
            NanoUsd.FromCents(pending),
            NanoUsd.FromCents(available),
            NanoUsd.FromCents(held),
            NanoUsd.FromCents(inPayout),
            NanoUsd.FromCents(debt),
            NanoUsd.FromCents(paid)
        );
        Assert.Equal(expected, await rig.EarningsAsync(owner));
    }
}
