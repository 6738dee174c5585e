using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Connect;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Payments.Connect;

/// <summary>The user takes back money of which the reseller had a share: cases 58 and 61, and case
/// 59 of the ledger.</summary>
public sealed class TakeBackTests
{
    public static TheoryData<StoreKind, OtherSide> All => PaymentsRig.All;

    // It is still at the provider, so it is fetched.
    [Theory]
    [PaymentCase(58)]
    [MemberData(nameof(All))]
    public async Task A_dispute_after_the_payout_fetches_the_share_from_the_resellers_account(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var (owner, topup) = await rig.PaidOutAsync();
        // Of 100 dollars 60 were spent, 30 of them markup.
        await rig.DisputeAsync(topup.Id);

        var reversal = Assert.Single(rig.Wire.Calls, IsReversal);
        Assert.Contains("amount=3000", reversal.Form, StringComparison.Ordinal);
        await rig.AssertEarningsAsync(owner);
        // The user owes the rest of what was spent: the price without the markup.
        await rig.AssertBalanceAsync(-3000);
    }

    // It has gone to the bank.
    [Theory]
    [PaymentCase(58)]
    [MemberData(nameof(All))]
    public async Task What_is_no_longer_there_is_owed_a_loss_and_paid_by_the_next_earnings(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var (owner, topup) = await rig.PaidOutAsync();
        var account = (await rig.PayeeOfAsync(owner)).Account!;
        await rig.AtBankAsync(books => SimulatedBankPayouts.Pay(books, account));
        await rig.DisputeAsync(topup.Id);
        await rig.NextRoundAsync(hours: 25);

        Assert.Single(rig.Wire.Calls, IsReversal);
        Assert.Contains(Findings.TakeBackNotCovered, await rig.FindingsAsync());
        await rig.AssertEarningsAsync(owner, debt: 3000, paid: 3000);
        Assert.Equal(NanoUsd.FromCents(3000).Value, await NetAsync(rig, "reseller_loss"));

        // Another user's money, later on.
        var second = await rig.NewProjectAsync("second@example.org");
        await rig.FundOtherAsync(second, 20_000);
        await rig.EarnAsync(owner, 5600, second);
        // Another day than the first earnings had, by the clock of either store.
        await rig.AgeAsync(33);
        await rig.NextRoundAsync();
        await rig.AssertEarningsAsync(owner, available: 2600, paid: 3000);
        Assert.Equal(0, await NetAsync(rig, "reseller_loss"));
        await rig.NextRoundAsync(hours: 24 * 40);
        await rig.AssertEarningsAsync(owner, paid: 5600);
    }

    // The same for a refund of spent money.
    [Theory]
    [PaymentCase(58)]
    [MemberData(nameof(All))]
    public async Task A_refund_of_spent_money_in_the_dashboard_takes_its_share_back(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var (owner, topup) = await rig.PaidOutAsync();
        var charge = await rig.ChargeOfAsync(topup.Id);
        // The 40 that are unspent, and half of the 60 that are.
        await rig.AtBankAsync(books => SimulatedRefunds.Make(books, books.Find(charge)!, 7000, []));
        await rig.MoveAsync();
        await rig.MoveAsync();
        await rig.AssertEarningsAsync(owner, paid: 1500);
        await rig.AssertBalanceAsync(-1500);

        await rig.AtBankAsync(books => SimulatedRefunds.Make(books, books.Find(charge)!, 3000, []));
        await rig.MoveAsync();
        await rig.MoveAsync();
        await rig.AssertEarningsAsync(owner);
        await rig.AssertBalanceAsync(-3000);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task What_the_wallet_still_covers_costs_no_reseller_anything(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var (owner, topup) = await rig.PaidOutAsync();
        await rig.FundAsync(10_000);

        await rig.DisputeAsync(topup.Id);

        await rig.AssertEarningsAsync(owner, paid: 3000);
        await rig.AssertBalanceAsync(4000);
        Assert.DoesNotContain(rig.Wire.Calls, IsReversal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_dispute_that_is_won_gives_the_reseller_its_share_again(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var (owner, topup) = await rig.PaidOutAsync();
        var dispute = await rig.DisputeAsync(topup.Id);
        await rig.AssertEarningsAsync(owner);

        await rig.AtBankAsync(books => SimulatedDisputes.Close(books, dispute, "won"));
        await rig.MoveAsync();

        await rig.AssertEarningsAsync(owner, available: 3000);
        await rig.AssertBalanceAsync(4000);
    }

    // First half: before it is paid out.
    [Theory]
    [PaymentCase(61)]
    [MemberData(nameof(All))]
    public async Task While_a_payment_is_disputed_what_was_earned_from_it_is_not_paid(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var owner = await rig.ResellerAsync();
        var topup = await rig.FundAsync(10_000, card: Resellers.QuickCard);
        await rig.EarnAsync(owner, 3000);
        await rig.AgeAsync(31);
        var charge = await rig.ChargeOfAsync(topup.Id);
        var dispute = await rig.Provider.RunAsync(books =>
            SimulatedDisputes.Open(books, charge, isInquiry: false).Text("id")
        );
        await rig.MoveAsync();
        await rig.NextRoundAsync();
        await rig.AssertEarningsAsync(owner, held: 3000);

        await rig.AtBankAsync(books => SimulatedDisputes.Withdraw(books, dispute));
        await rig.MoveAsync();
        await rig.AssertEarningsAsync(owner, held: 3000, debt: 3000);
        await rig.AtBankAsync(books => SimulatedDisputes.Close(books, dispute, "lost"));
        await rig.MoveAsync();

        await rig.AssertEarningsAsync(owner);
        Assert.Empty(await rig.TransfersAtProviderAsync());
    }

    // Second half: the reseller pays himself.
    [Theory]
    [PaymentCase(61)]
    [MemberData(nameof(All))]
    public async Task What_looks_like_the_resellers_own_money_waits_for_the_operator(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var owner = await rig.ResellerAsync(email: "Grace.Hopper@gmail.com");
        var own = await rig.NewProjectAsync("Grace.Hopper@gmail.com");
        var alias = await rig.NewProjectAsync("gracehopper+test@googlemail.com");
        var card = await rig.NewProjectAsync("somebody@example.org");
        var honest = rig.Project;
        // The same card pays for the reseller's own project and for a stranger's.
        await rig.FundOtherAsync(own, 10_000, "4242424242424242");
        await rig.FundOtherAsync(card, 10_000, "4242424242424242");
        await rig.FundOtherAsync(alias, 10_000, "4000003800000446");
        await rig.FundAsync(10_000, card: Resellers.QuickCard);
        foreach (var project in new[] { own, alias, card, honest })
        {
            await rig.EarnAsync(owner, 3000, project);
        }

        await rig.AgeAsync(31);
        await rig.NextRoundAsync();

        await rig.AssertEarningsAsync(owner, held: 9000, paid: 3000);
        Assert.Equal(3, (await rig.FindingsAsync()).Count(f => f == Findings.OwnAccount));
        var reasons = (
            await rig.Get<ResellerEarnings>().ListHeldAsync(PaymentsRig.Ct)
        ).ToDictionary(held => held.Project, held => held.Reason);
        Assert.Equal(OwnAccounts.OwnProject, reasons[own]);
        Assert.Equal(OwnAccounts.SamePerson, reasons[alias]);
        Assert.Equal(OwnAccounts.OwnCard, reasons[card]);

        await DecideAsync(rig, owner, alias, isForfeit: false);
        await DecideAsync(rig, owner, own, isForfeit: true);
        await rig.AssertEarningsAsync(owner, available: 3000, held: 3000, paid: 3000);
        Assert.Equal(-NanoUsd.FromCents(3000).Value, await NetAsync(rig, "earnings_forfeited"));
        // What is decided stays decided.
        await rig.NextRoundAsync();
        await rig.AssertEarningsAsync(owner, available: 3000, held: 3000, paid: 3000);
    }

    // A stolen card that pays for many accounts, none of which is the reseller's.
    [Theory]
    [PaymentCase(61)]
    [MemberData(nameof(All))]
    public async Task One_card_that_pays_for_many_people_waits_for_the_operator(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var owner = await rig.ResellerAsync();
        List<ProjectId> sharing = [];
        foreach (var name in new[] { "ada", "bea", "cleo" })
        {
            var project = await rig.NewProjectAsync($"{name}@example.org");
            await rig.FundOtherAsync(project, 10_000, "4242424242424242");
            sharing.Add(project);
        }

        // Two people may well share a card.
        var pair = await rig.NewProjectAsync("dora@example.org");
        await rig.FundOtherAsync(pair, 10_000);
        await rig.FundAsync(10_000, card: Resellers.QuickCard);
        foreach (var project in sharing.Append(pair).Append(rig.Project))
        {
            await rig.EarnAsync(owner, 2000, project);
        }

        await rig.AgeAsync(31);
        await rig.NextRoundAsync();

        await rig.AssertEarningsAsync(owner, held: 6000, paid: 4000);
        var held = await rig.Get<ResellerEarnings>().ListHeldAsync(PaymentsRig.Ct);
        Assert.Equal(sharing.ToHashSet(), held.Select(one => one.Project).ToHashSet());
        Assert.All(held, one => Assert.Equal(OwnAccounts.SharedCard, one.Reason));
    }

    [Theory]
    [InlineData("A.b+x@Gmail.com", "ab@gmail.com")]
    [InlineData("a.b@googlemail.com", "ab@gmail.com")]
    [InlineData("A.b+x@Example.com", "a.b@example.com")]
    public void An_address_names_its_mailbox(string email, string mailbox) =>
        Assert.Equal(mailbox, OwnAccounts.Mailbox(email));

    private static Task DecideAsync(
        PaymentsRig rig,
        UserId owner,
        ProjectId project,
        bool isForfeit
    ) =>
        rig.Store.Database.WriteAsync(connection =>
            rig.Get<ResellerEarnings>()
                .Change(connection, new ResellerId(owner.Value))
                .EndHold(project, isForfeit, note: "looked at")
        );

    private static Task<long> NetAsync(PaymentsRig rig, string account) =>
        rig.ReadAsync(connection =>
            connection.QueryOne(
                """
                SELECT CAST(COALESCE(SUM(debits - credits), 0) AS BIGINT) FROM acct WHERE id = @id
                """,
                row => row.GetInt64(0),
                ("id", account)
            )
        );

    private static bool IsReversal(SentCall call) =>
        call.Method == "POST" && call.Path.EndsWith("/reversals", StringComparison.Ordinal);
}
