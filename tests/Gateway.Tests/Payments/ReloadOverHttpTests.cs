using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Simulated;

namespace Arda.Gateway.Tests.Payments;

/// <summary>Auto-reload as it happens: requests over sockets, workers that run by
/// themselves.</summary>
public sealed class ReloadOverHttpTests
{
    // An HTTP client may send again by itself what was cut off, so no test counts on a number.
    private const int Many = 1_000;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [PaymentCase(31)]
    [InlineData(OtherSide.Simulated)]
    [InlineData(OtherSide.Stripe)]
    public async Task Five_hundred_requests_at_two_nodes_across_the_threshold_are_one_charge(
        OtherSide other
    )
    {
        await using var nodes = await ReloadNodes.StartAsync(other, nodes: 2);
        await nodes.OnTheEdgeAsync();
        // The provider is away at first, so the reload stays open while both nodes look again.
        await nodes.SwitchAsync(
            new SimulatedSwitches
            {
                Troubles = [new(SimulatedFault.Down, "/v1/payment_intents", Many)],
            }
        );

        await nodes.AskAsync(500);
        await nodes.UntilChargeRestsAsync();
        await nodes.LookAgainAsync();
        await nodes.SwitchAsync(new SimulatedSwitches());
        nodes.Advance(TimeSpan.FromMinutes(1));
        await nodes.UntilReloadIsAsync(TopupStates.Succeeded);

        await AssertOneChargeAndOneCreditAsync(nodes, requests: 500);
    }

    [Theory]
    [PaymentCase(25, 31)]
    [InlineData(OtherSide.Stripe)]
    public async Task Requests_at_two_nodes_and_a_time_out_after_the_charge_are_one_charge(
        OtherSide other
    )
    {
        await using var nodes = await ReloadNodes.StartAsync(other, nodes: 2);
        await nodes.OnTheEdgeAsync();
        await nodes.SwitchAsync(
            new SimulatedSwitches
            {
                Troubles = [new(SimulatedFault.LostAfterEffect, "/v1/payment_intents", Many)],
                Lost = Many,
            }
        );

        await nodes.AskAsync(100);
        await nodes.UntilChargeRestsAsync();
        Assert.Equal(1, await nodes.PaymentsAtProviderAsync());
        await nodes.LookAgainAsync();
        await nodes.SwitchAsync(new SimulatedSwitches { Lost = Many });
        nodes.Advance(TimeSpan.FromMinutes(1));
        await nodes.UntilReloadIsAsync(TopupStates.Succeeded);

        await AssertOneChargeAndOneCreditAsync(nodes, requests: 100);
    }

    [Fact]
    [PaymentCase(20)]
    public async Task A_card_that_declines_is_tried_three_times_then_it_is_off_and_its_owner_told()
    {
        await using var nodes = await ReloadNodes.StartAsync(OtherSide.Simulated, nodes: 1);
        await nodes.OnTheEdgeAsync("4000000000000341");

        await nodes.AskAsync(1);
        await nodes.UntilReloadIsAsync(TopupStates.Retrying);
        await UntilMailsAsync(nodes, 1);
        nodes.Advance(TimeSpan.FromMinutes(61));
        await UntilMailsAsync(nodes, 2);
        nodes.Advance(TimeSpan.FromHours(24) + TimeSpan.FromMinutes(1));
        await nodes.UntilReloadIsAsync(TopupStates.Failed);
        await UntilMailsAsync(nodes, 3);

        Assert.Equal(3, await nodes.PaymentsAtProviderAsync());
        var mails = Mails(nodes);
        Assert.Equal("Auto-reload is off for Demo", mails[^1].Subject);
        Assert.Contains("declined", mails[^1].Text, StringComparison.Ordinal);
        Assert.Equal(2, mails.Count(mail => mail.Subject == "Your card was declined for Demo"));
        Assert.All(mails, mail => Assert.Equal("demo@example.com", mail.To));
        // What is there can still be spent, and nothing is ever charged again.
        nodes.Advance(TimeSpan.FromDays(3));
        await nodes.AskAsync(1);
        await nodes.Get<PaymentWorker>().TickAsync(Ct);
        Assert.Equal(3, await nodes.PaymentsAtProviderAsync());
        var settings = await nodes.Get<AutoReloads>().FindAsync(nodes.Project, Ct);
        Assert.Equal(ReloadOffReasons.CardDeclined, settings!.OffReason);
    }

    private static async Task AssertOneChargeAndOneCreditAsync(ReloadNodes nodes, int requests)
    {
        // Long after, with every node looking once more, it is still one.
        nodes.Advance(TimeSpan.FromMinutes(5));
        await nodes.LookAgainAsync();
        Assert.Equal(1, await nodes.PaymentsAtProviderAsync());
        var reload = Assert.Single(await nodes.ReloadsAsync());
        Assert.Equal(1, await nodes.CountAsync("transfer", $"id = 'topup:{reload.Payment}'"));
        Assert.Equal(2, await nodes.CountAsync("transfer", "kind = 'topup'"));
        Assert.Equal(
            requests,
            await nodes.CountAsync("charge", $"project = '{nodes.Project.Value}'")
        );
        // 25 of the demo, 5 paid by hand, 10 by the reload, less what the requests cost.
        Assert.InRange(
            (await nodes.BalanceAsync()).Value,
            NanoUsd.FromCents(3500).Value,
            NanoUsd.FromCents(4000).Value - 1
        );
        await nodes.AssertBooksAsync();
    }

    private static Task UntilMailsAsync(ReloadNodes nodes, int many) =>
        ReloadNodes.UntilAsync(() => Task.FromResult(Mails(nodes).Count >= many));

    // The oldest first.
    private static List<DevMail> Mails(ReloadNodes nodes) =>
        [
            .. nodes
                .Get<DevMailbox>()
                .Mails.Where(mail =>
                    mail.Subject.Contains("uto-reload", StringComparison.Ordinal)
                    || mail.Subject.Contains("declined", StringComparison.Ordinal)
                )
                .Reverse(),
        ];
}
