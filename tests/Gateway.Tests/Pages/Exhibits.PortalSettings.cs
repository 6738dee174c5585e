using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Pages;
using Arda.Gateway.Pages.Billing;
using Arda.Gateway.Payments;
using static Arda.Gateway.Tests.Pages.Billing.PortalSamples;
using static Arda.Gateway.Tests.Pages.Samples;

namespace Arda.Gateway.Tests.Pages;

// The settings and the books of the billing portal.
internal static partial class Exhibits
{
    private static readonly AutoReloadModel s_reload = new AutoReloadModel
    {
        Scope = Scope,
        Settings = Reload,
        Card = Card,
        Amounts = Amounts,
        ChargedThisMonthCents = 3_000,
        Last = Topup(TopupStates.Succeeded, isAuto: true),
        Next = "$10.00, as soon as the balance falls below $5.00.",
        Wish = Wish,
        AddMoney = Choice(),
        TakesPayments = true,
    };

    private static readonly CardModel s_card = new CardModel
    {
        Scope = Scope,
        Card = Card,
        Now = Now,
        Reload = Reload,
        Payment = PaymentStanding.Plain,
        Amounts = Choice(),
    };

    private static IEnumerable<Exhibit> PortalCards()
    {
        yield return new("portal-card", () => Page.Of<CardPage, CardModel>(s_card));
        yield return new(
            "portal-card-declined",
            () =>
                Page.Of<CardPage, CardModel>(
                    s_card with
                    {
                        Scope = LongScope,
                        Card = OldCard,
                        Reload = Reload with
                        {
                            Enabled = false,
                            OffReason = ReloadOffReasons.CardDeclined,
                        },
                        Payment = PaymentStanding.Declined,
                        Problem = "No card was saved.",
                    }
                )
        );
        yield return new(
            "portal-card-none",
            () => Page.Of<CardPage, CardModel>(s_card with { Card = null, Reload = null })
        );
        yield return new(
            "portal-card-remove",
            () =>
                Page.Of<PortalSurePage, PortalSureModel>(
                    new()
                    {
                        Scope = Scope,
                        Room = "Card",
                        Sure = new Arda.Gateway.Pages.Parts.SureModel
                        {
                            Title = "Remove this card",
                            Room = "Card",
                            Text = "Visa ending in 4242 can not be charged any more.",
                            More = ["Auto-reload pays with it and is turned off."],
                            Action = "/x",
                            Verb = "Remove the card",
                            BackUrl = "/y",
                        },
                    }
                )
        );
    }

    private static IEnumerable<Exhibit> PortalReload()
    {
        yield return new("portal-reload", () => Page.Of<AutoReloadPage, AutoReloadModel>(s_reload));
        yield return new(
            "portal-reload-error",
            () =>
                Page.Of<AutoReloadPage, AutoReloadModel>(
                    s_reload with
                    {
                        Scope = LongScope with
                        {
                            Errand = LongScope.Errand! with { Purpose = PortalPurposes.AutoReload },
                        },
                        Settings = Reload with
                        {
                            Enabled = false,
                            OffReason = ReloadOffReasons.CardDeclined,
                        },
                        Last = Topup(
                            TopupStates.Failed,
                            isAuto: true,
                            "The card has too little money on it."
                        ),
                        Next = null,
                        Wish = Wish with
                        {
                            Threshold = "five",
                            ThresholdError = "Write dollars and cents, such as 5 or 5.50.",
                            AmountError = "Choose one of the amounts that are offered.",
                            CapError = "A monthly cap is needed: at least one reload.",
                            ConsentError = "Tick the box: without your consent it stays off.",
                        },
                    }
                )
        );
    }

    private static IEnumerable<Exhibit> MorePortalReload()
    {
        yield return new(
            "portal-reload-waits",
            () =>
                Page.Of<AutoReloadPage, AutoReloadModel>(
                    s_reload with
                    {
                        Last = Topup(TopupStates.NeedsAction, isAuto: true),
                        Next = "None before you confirm $25.00.",
                        Card = OldCard,
                        IsCardExpired = true,
                    }
                )
        );
        yield return new(
            "portal-reload-never",
            () =>
                Page.Of<AutoReloadPage, AutoReloadModel>(
                    s_reload with
                    {
                        Settings = null,
                        Card = null,
                        Last = null,
                        Next = null,
                        ChargedThisMonthCents = 0,
                    }
                )
        );
    }

    private static IEnumerable<Exhibit> PortalLists()
    {
        var margin = Connection("Margin Notes", limit: NanoUsd.FromCents(420));
        var paused = Connection(LongName, ConnectionState.Paused);
        yield return new(
            "portal-limits",
            () =>
                Page.Of<LimitsPage, LimitsModel>(
                    new()
                    {
                        Scope = Sent,
                        Apps = [margin, paused],
                        Keys = [Key("Laptop"), Key(LongName, limited: false) with { }],
                        Sender = margin.Id,
                        Mistake = new(paused.Id.Value, "many", "Write dollars and cents."),
                    }
                )
        );
        yield return new(
            "portal-limits-empty",
            () =>
                Page.Of<LimitsPage, LimitsModel>(
                    new()
                    {
                        Scope = Scope,
                        Apps = [],
                        Keys = [],
                    }
                )
        );
        yield return new(
            "portal-history",
            () =>
                Page.Of<HistoryPage, HistoryModel>(
                    new()
                    {
                        Scope = LongScope,
                        Lines = Books(),
                        IsFirstPage = false,
                        OlderUrl = "/older",
                    }
                )
        );
        yield return new(
            "portal-history-empty",
            () =>
                Page.Of<HistoryPage, HistoryModel>(
                    new()
                    {
                        Scope = Scope,
                        Lines = [],
                        IsFirstPage = true,
                    }
                )
        );
    }

    private static IEnumerable<Exhibit> PortalPayments()
    {
        PaymentLine Paid(Topup topup, long rest, params RefundOfTopup[] refunds) =>
            new()
            {
                Topup = topup,
                RefundableCents = rest,
                Refunds = refunds,
            };
        RefundOfTopup Refunded(string state) =>
            new("top_1", new Refund("rfd_1", 1_000, state, null), Now);
        yield return new(
            "portal-payments",
            () =>
                Page.Of<PaymentsPage, PaymentsModel>(
                    new()
                    {
                        Scope = Sent,
                        Lines =
                        [
                            Paid(Topup(TopupStates.Open), 0),
                            Paid(Topup(TopupStates.Succeeded), 1_500, Refunded("succeeded")),
                            Paid(Topup(TopupStates.Succeeded, isAuto: true), 0, Refunded("failed")),
                            Paid(Topup(TopupStates.NeedsAction, isAuto: true), 0),
                            Paid(
                                Topup(TopupStates.Failed, isAuto: true, "The card was declined."),
                                0,
                                Refunded("pending")
                            ),
                        ],
                        Trouble = Troubled with { IsFrozen = false, Open = [] },
                        RefundDays = 30,
                    }
                )
        );
        yield return new(
            "portal-payments-empty",
            () =>
                Page.Of<PaymentsPage, PaymentsModel>(
                    new()
                    {
                        Scope = Scope,
                        Lines = [],
                        RefundDays = 0,
                    }
                )
        );
        foreach (var rest in (long[])[1_500, 0])
        {
            yield return new(
                "portal-refund-" + rest,
                () =>
                    Page.Of<RefundPage, RefundModel>(
                        new()
                        {
                            Scope = Scope,
                            Topup = Topup(TopupStates.Succeeded),
                            RefundableCents = rest,
                            Request = "rfd_1",
                            Amount = "20.00",
                            Error =
                                rest == 0
                                    ? null
                                    : "That part of the top-up is spent or in use; choose a smaller amount.",
                        }
                    )
            );
        }
    }
}
