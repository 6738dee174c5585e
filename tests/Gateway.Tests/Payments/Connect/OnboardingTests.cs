using Arda.Gateway.Kernel;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Connect;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Payments.Connect;

/// <summary>The reseller's account, until money can reach it: cases 50 to 54 and 60.</summary>
public sealed class OnboardingTests
{
    public static TheoryData<StoreKind, OtherSide> All => PaymentsRig.All;

    private static CancellationToken Ct => PaymentsRig.Ct;

    [Theory]
    [PaymentCase(50)]
    [MemberData(nameof(All))]
    public async Task A_form_left_half_way_is_continued_by_a_new_link_to_the_same_account(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var owner = await rig.ResellerAsync(OnboardEnd.LeftHalfway);

        Assert.Equal(PayeeReadiness.Incomplete, await rig.Get<Payees>().JudgeAsync(owner, Ct));
        var payee = await rig.PayeeOfAsync(owner);
        Assert.False(payee.DetailsSubmitted);
        Assert.Equal(("incomplete", "external_account"), (payee.Status, payee.Needs.Single()));

        var again = await rig.OpenAccountAsync(owner);
        Assert.Equal(payee.Account, again.Account);
        var (a, b) = (await LinkAsync(rig, again), await LinkAsync(rig, again));
        Assert.NotEqual(a, b);
        Assert.Single(rig.Wire.Calls, call => call.Path == "/v1/accounts");
    }

    // Two nodes, a lost answer, a double click.
    [Theory]
    [PaymentCase(50)]
    [MemberData(nameof(All))]
    public async Task An_account_whose_answer_was_lost_is_made_once(StoreKind kind, OtherSide other)
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var owner = await rig.OwnerAsync();
        await rig.TroubleAsync(SimulatedFault.LostAfterEffect, "/v1/accounts", times: 3);
        var lost = await rig.Get<Payees>().EnsureAsync(owner, "gw_app_1", null, "US", Ct);
        Assert.True(lost.Denied(out var denial, out _));
        Assert.IsType<Denial.PaymentsUnavailable>(denial);

        await rig.OpenAccountAsync(owner);

        await rig.AtBankAsync(books => Assert.Single(books.All("account")));
    }

    // The provider's half; the gateway's is in PayoutEndpointTests.
    [Theory]
    [PaymentCase(51)]
    [MemberData(nameof(All))]
    public async Task A_link_that_was_used_or_is_old_leads_to_where_another_one_is_made(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var payee = await rig.OpenAccountAsync(await rig.OwnerAsync());
        var (once, old) = (await LinkAsync(rig, payee), await LinkAsync(rig, payee));

        Assert.True((await OpenAsync(rig, once)).IsGood);
        var used = await OpenAsync(rig, once);
        rig.Clock.Advance(TimeSpan.FromMinutes(10));
        var late = await OpenAsync(rig, old);

        Assert.Equal((false, false), (used.IsGood, late.IsGood));
        Assert.EndsWith(PayeeLinks.RefreshPath, used.RefreshUrl, StringComparison.Ordinal);
        Assert.EndsWith(PayeeLinks.ReturnPath, used.ReturnUrl, StringComparison.Ordinal);
    }

    [Theory]
    [PaymentCase(52)]
    [MemberData(nameof(All))]
    public async Task A_form_that_is_done_is_not_enough_while_papers_are_looked_at(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var owner = await rig.ResellerAsync(OnboardEnd.Verifying);
        var payee = await rig.PayeeOfAsync(owner);
        Assert.Equal((true, "verifying"), (payee.DetailsSubmitted, payee.Status));
        Assert.Equal(PayeeReadiness.Incomplete, await rig.Get<Payees>().JudgeAsync(owner, Ct));

        // The papers were good, and nobody has told us yet: it is asked, not remembered.
        await rig.SwitchAsync(new SimulatedSwitches { Lost = 1 });
        await rig.AtBankAsync(books =>
            SimulatedConnect.Onboard(books, payee.Account!, OnboardEnd.Done)
        );
        Assert.False((await rig.PayeeOfAsync(owner)).IsComplete);
        Assert.Equal(PayeeReadiness.Complete, await rig.Get<Payees>().JudgeAsync(owner, Ct));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task While_the_provider_does_not_answer_nobody_says_that_it_is_complete(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var owner = await rig.ResellerAsync();
        await rig.TroubleAsync(SimulatedFault.Down, "/v1/accounts", times: 3);

        Assert.Equal(PayeeReadiness.Unknown, await rig.Get<Payees>().JudgeAsync(owner, Ct));
        Assert.True((await rig.PayeeOfAsync(owner)).IsComplete);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task What_is_due_later_leaves_an_account_complete_and_says_by_when(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var owner = await rig.ResellerAsync();
        var account = (await rig.PayeeOfAsync(owner)).Account!;

        await rig.AtBankAsync(books =>
            SimulatedConnect.Ask(books, account, "individual.id_number", isOverdue: false)
        );
        await rig.MoveAsync();

        var payee = await rig.PayeeOfAsync(owner);
        Assert.Equal((true, "action_needed"), (payee.IsComplete, payee.Status));
        Assert.Equal(rig.Clock.GetUtcNow().AddDays(14).Date, payee.NeedsBy?.Date);
        Assert.DoesNotContain(PayoutMailKinds.Held, await rig.MailsAsync());
    }

    [Theory]
    [PaymentCase(53)]
    [MemberData(nameof(All))]
    public async Task An_account_that_can_no_longer_be_paid_earns_on_and_its_owner_is_told_once(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var owner = await rig.ResellerAsync();
        var account = (await rig.PayeeOfAsync(owner)).Account!;
        await rig.FundAsync(10_000, card: Resellers.QuickCard);
        await rig.EarnAsync(owner, 3000);
        await rig.AgeAsync(31);
        await rig.SwitchAsync(new SimulatedSwitches { Copies = 3 });
        await rig.AtBankAsync(books =>
            SimulatedConnect.Ask(books, account, "individual.id_number", isOverdue: true)
        );
        await rig.NextRoundAsync();

        Assert.Equal("restricted", (await rig.PayeeOfAsync(owner)).Status);
        Assert.Empty(await rig.PayoutsAsync(owner));
        await rig.AssertEarningsAsync(owner, available: 3000);
        Assert.Equal([PayoutMailKinds.Held], await rig.MailsAsync());

        await rig.AtBankAsync(books => SimulatedConnect.Onboard(books, account, OnboardEnd.Done));
        await rig.MoveAsync();
        await rig.NextRoundAsync();
        await rig.AssertEarningsAsync(owner, paid: 3000);
    }

    [Theory]
    [PaymentCase(54)]
    [MemberData(nameof(All))]
    public async Task An_account_that_has_left_holds_its_earnings_until_there_is_another(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var owner = await rig.ResellerAsync();
        var first = (await rig.PayeeOfAsync(owner)).Account!;
        await rig.FundAsync(10_000, card: Resellers.QuickCard);
        await rig.EarnAsync(owner, 3000);
        await rig.AgeAsync(31);
        await rig.AtBankAsync(books => SimulatedConnect.Deauthorize(books, first));
        await rig.MoveAsync();

        var left = await rig.PayeeOfAsync(owner);
        Assert.Equal((null, "none"), (left.Account, left.Status));
        Assert.Equal([PayoutMailKinds.Held], await rig.MailsAsync());
        Assert.Equal(PayeeReadiness.None, await rig.Get<Payees>().JudgeAsync(owner, Ct));
        // What one account answers says nothing about our key.
        Assert.False(rig.Get<StripeHealth>().IsResting);
        await rig.NextRoundAsync();
        await rig.AssertEarningsAsync(owner, available: 3000);

        await rig.ResellerAsync();
        Assert.NotEqual(first, (await rig.PayeeOfAsync(owner)).Account);
        await rig.NextRoundAsync();
        await rig.AssertEarningsAsync(owner, paid: 3000);
    }

    [Theory]
    [PaymentCase(60)]
    [MemberData(nameof(All))]
    public async Task An_owner_that_the_provider_rejects_is_the_operators_task(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        List<(UserId, bool)> told = [];
        rig.Get<Payees>().Rejected = (_, who, isRejected) => told.Add((who, isRejected));
        var owner = await rig.ResellerAsync();
        var account = (await rig.PayeeOfAsync(owner)).Account!;
        await rig.FundAsync(10_000, card: Resellers.QuickCard);
        await rig.EarnAsync(owner, 3000);
        await rig.AgeAsync(31);

        await rig.AtBankAsync(books =>
            SimulatedConnect.Onboard(books, account, OnboardEnd.Rejected)
        );
        await rig.MoveAsync();
        await rig.NextRoundAsync();

        Assert.Equal("rejected", (await rig.PayeeOfAsync(owner)).Status);
        Assert.Contains(Findings.PayeeRejected, await rig.FindingsAsync());
        Assert.Equal([(owner, true)], told.Distinct());
        await rig.AssertEarningsAsync(owner, available: 3000);
        Assert.Empty(await rig.TransfersAtProviderAsync());
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task What_no_event_told_is_read_the_next_day(StoreKind kind, OtherSide other)
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var owner = await rig.ResellerAsync();
        var account = (await rig.PayeeOfAsync(owner)).Account!;
        await rig.SwitchAsync(new SimulatedSwitches { Lost = 1 });
        await rig.AtBankAsync(books =>
            SimulatedConnect.Ask(books, account, "individual.id_number", isOverdue: true)
        );
        await rig.MoveAsync();
        Assert.True((await rig.PayeeOfAsync(owner)).IsComplete);

        await rig.NextRoundAsync(hours: 25);

        Assert.False((await rig.PayeeOfAsync(owner)).IsComplete);
    }

    // Events of connected accounts have an endpoint and a secret of their own.
    [Theory]
    [MemberData(nameof(All))]
    public async Task An_event_of_an_account_signed_with_neither_secret_is_refused(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.SwitchAsync(new SimulatedSwitches { Forged = true });
        var owner = await rig.ResellerAsync();
        Assert.False((await rig.PayeeOfAsync(owner)).IsComplete);
        Assert.All(rig.Answers, status => Assert.Equal(400, status));

        await rig.SwitchAsync(new SimulatedSwitches());
        await rig.NextRoundAsync();
        Assert.True((await rig.PayeeOfAsync(owner)).IsComplete);
        Assert.NotEqual(rig.Provider.WebhookSecret, rig.Provider.ConnectSecret);
    }

    private static async Task<string> LinkAsync(PaymentsRig rig, Payee payee)
    {
        var made = await rig.Get<PayeeLinks>().OnboardingAsync(payee, Ct);
        Assert.False(made.Denied(out _, out var url));
        return url!;
    }

    private static async Task<(bool IsGood, string RefreshUrl, string ReturnUrl)> OpenAsync(
        PaymentsRig rig,
        string url
    ) =>
        (
            await rig.Provider.RunAsync(books =>
                SimulatedConnect.OpenLink(books, url[(url.LastIndexOf('/') + 1)..])
            )
        )!.Value;
}
