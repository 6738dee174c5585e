using Arda.Gateway.Billing.Portal;
using Arda.Gateway.Kernel;
using Arda.Gateway.Pages;
using Arda.Gateway.Pages.Billing;
using Arda.Gateway.Payments;
using static Arda.Gateway.Tests.Pages.Billing.PortalSamples;
using static Arda.Gateway.Tests.Pages.Samples;

namespace Arda.Gateway.Tests.Pages;

// The billing portal.
internal static partial class Exhibits
{
    private static readonly BalanceModel s_balance = new BalanceModel
    {
        Scope = Scope,
        Standing = Standing(2_345, held: 12, promo: 500),
        Card = Card,
        Reload = Reload,
        Latest = Books(),
        TakesPayments = true,
    };

    private static readonly AddMoneyModel s_addMoney = new AddMoneyModel
    {
        Scope = Sent,
        Standing = Standing(3, held: 1),
        Payment = PaymentStanding.Plain,
        Amounts = Choice(),
    };

    private static IEnumerable<Exhibit> Portal()
    {
        yield return new("portal-balance", () => Page.Of<BalancePage, BalanceModel>(s_balance));
        yield return new(
            "portal-balance-trouble",
            () =>
                Page.Of<BalancePage, BalanceModel>(
                    s_balance with
                    {
                        Scope = LongScope,
                        Standing = Standing(0, debt: 1_234, frozen: true),
                        Trouble = Troubled,
                        Card = null,
                        Reload = Reload with
                        {
                            Enabled = false,
                            OffReason = ReloadOffReasons.Disputed,
                        },
                        IsTestMoney = true,
                    }
                )
        );
        yield return new(
            "portal-balance-empty",
            () =>
                Page.Of<BalancePage, BalanceModel>(
                    s_balance with
                    {
                        Standing = Standing(0),
                        Card = null,
                        Reload = null,
                        Latest = [],
                        TakesPayments = false,
                    }
                )
        );
        yield return new(
            "portal-chooser",
            () =>
                Page.Of<ChooserPage, ChooserModel>(
                    new() { Projects = [Line(Personal, 2_345), Line(Long, 99, frozen: true)] }
                )
        );
        yield return new(
            "portal-chooser-empty",
            () => Page.Of<ChooserPage, ChooserModel>(new() { Projects = [] })
        );
        yield return new(
            "portal-link",
            () => Page.Of<LinkPage, LinkModel>(new() { Action = "/billing/open/gw_ps_1" }),
            SignedIn: false
        );
        yield return new(
            "portal-link-gone",
            () => Page.Of<LinkGonePage, LinkGoneModel>(new() { SwitchId = "ps_1" })
        );
    }

    private static IEnumerable<Exhibit> PortalMoney()
    {
        yield return new("portal-topup", () => Page.Of<AddMoneyPage, AddMoneyModel>(s_addMoney));
        yield return new(
            "portal-topup-error",
            () =>
                Page.Of<AddMoneyPage, AddMoneyModel>(
                    s_addMoney with
                    {
                        Scope = LongScope,
                        Trouble = Troubled,
                        Payment = PaymentStanding.Declined,
                        Amounts = Choice("Choose one of the amounts that are offered."),
                        Card = OldCard,
                        HasLeft = true,
                    }
                )
        );
        yield return new(
            "portal-topup-confirm",
            () =>
                Page.Of<AddMoneyPage, AddMoneyModel>(
                    s_addMoney with
                    {
                        Payment = PaymentStanding.ActionRequired,
                        WaitingCents = 1_000,
                        Scope = Sent with
                        {
                            Errand = Errand("Margin Notes") with
                            {
                                Purpose = PortalPurposes.PaymentAction,
                                SuggestsAutoReload = true,
                            },
                        },
                    }
                )
        );
    }

    private static IEnumerable<Exhibit> PortalPaid()
    {
        yield return new(
            "portal-topup-off",
            () =>
                Page.Of<AddMoneyPage, AddMoneyModel>(
                    s_addMoney with
                    {
                        Scope = Scope,
                        Payment = PaymentStanding.CapReached,
                        Amounts = Choice() with { IsOff = true },
                    }
                )
        );
        foreach (
            var state in (string[])
                [
                    TopupStates.Succeeded,
                    TopupStates.Open,
                    TopupStates.Processing,
                    TopupStates.Failed,
                    TopupStates.Expired,
                    TopupStates.Quarantined,
                ]
        )
        {
            yield return new(
                "portal-paid-" + state,
                () =>
                    Page.Of<PaidPage, PaidModel>(
                        new()
                        {
                            Scope = state == TopupStates.Failed ? LongScope : Scope,
                            Topup = Topup(state),
                            Standing = Standing(2_845, debt: 5),
                            Card = Card,
                        }
                    )
            );
        }
    }

    private static IEnumerable<Exhibit> PortalReturns()
    {
        yield return new(
            "portal-return",
            () =>
                Page.Of<ReturnPage, ReturnModel>(
                    new()
                    {
                        Errand = Errand("Margin Notes") with { IsDone = true },
                        Status = PortalStatus.Funded,
                        Balance = NanoUsd.FromCents(2_500),
                        PortalUrl = "/billing",
                    }
                )
        );
        yield return new(
            "portal-return-app",
            () =>
                Page.Of<ReturnPage, ReturnModel>(
                    new()
                    {
                        Errand = LongScope.Errand!,
                        Status = PortalStatus.Cancelled,
                        Balance = NanoUsd.Zero,
                        PortalUrl = "/billing",
                    }
                )
        );
        yield return new(
            "portal-return-nowhere",
            () =>
                Page.Of<ReturnPage, ReturnModel>(
                    new()
                    {
                        Errand = Errand("x") with
                        {
                            AppName = null,
                            ReturnAddress = null,
                            IsDone = true,
                        },
                        Status = PortalStatus.LimitsChanged,
                        Balance = NanoUsd.Zero,
                        PortalUrl = "/billing",
                    }
                )
        );
    }
}
