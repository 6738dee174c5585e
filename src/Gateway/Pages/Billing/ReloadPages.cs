using System.Globalization;
using Arda.Gateway.Billing.Portal;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Pages.Parts;
using Arda.Gateway.Payments;

namespace Arda.Gateway.Pages.Billing;

/// <summary>
/// Auto-reload: off until its owner agrees to a threshold, an amount and a monthly cap. Because it
/// lets a saved card be charged without anybody there, it is turned on with a fresh sign-in only.
/// </summary>
internal sealed class ReloadPages(
    PortalDesk desk,
    AutoReloads reloads,
    Cards cards,
    Topups topups,
    PaymentReadings readings,
    Statements statements,
    AddMoneyForm addMoney,
    PaymentsOptions options,
    TimeProvider time
)
{
    private const string Path = PortalDesk.OfProject + "/auto-reload";
    private const long UsualThresholdCents = 500;
    private const int CapIsTimes = 4;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapSignedInPage(Path, on => desk.WithAsync(on, scope => ShowAsync(on, scope)));
        routes.MapSignedInForm(Path, (on, f) => desk.WithAsync(on, s => SaveAsync(on, s, f)), Path);
        routes.MapSignedInForm(
            Path + "/off",
            (on, _) => desk.WithAsync(on, scope => TurnOffAsync(scope)),
            Path
        );
    }

    private async Task<IResult> ShowAsync(SignedIn on, PortalScope scope, ReloadWish? wish = null)
    {
        var project = scope.Project.Id;
        var settings = await reloads.FindAsync(project, on.Ct);
        var listed = await topups.ListAsync(project, on.Ct);
        var standing = await statements.StandingAsync(project, on.Ct);
        var charged = await readings.ReloadedThisMonthCentsAsync(project, on.Ct);
        var card = await cards.FindAsync(project, on.Ct);
        var last = listed.FirstOrDefault(one => one.IsAuto);
        return Page.Of<AutoReloadPage, AutoReloadModel>(
            new AutoReloadModel
            {
                Scope = scope,
                Settings = settings,
                Card = card,
                IsCardExpired = card?.IsExpired(time.GetUtcNow()) == true,
                Amounts = [.. options.TopupAmountsCents.Order()],
                ChargedThisMonthCents = charged,
                Last = last,
                Next = ReloadWords.NextCharge(
                    settings,
                    last,
                    charged,
                    standing.Wallet,
                    time.GetUtcNow()
                ),
                Wish = wish ?? Remembered(on) ?? WishOf(scope, settings),
                AddMoney = addMoney.Of(scope),
                TakesPayments = options.IsOn,
            },
            wish is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity
        );
    }

    private async Task<IResult> SaveAsync(SignedIn on, PortalScope scope, StrictForm form)
    {
        var wish = new ReloadWish
        {
            Threshold = form["threshold"],
            AmountCents = AddMoneyForm.CentsOf(form["amount"]),
            Cap = form["cap"],
        };
        var threshold = CentsOf(wish.Threshold, "5");
        var cap = CentsOf(wish.Cap, "40");
        wish = wish with { ThresholdError = threshold.Error, CapError = cap.Error };
        if (form["consent"] != "yes")
        {
            wish = wish with { ConsentError = "Tick the box: without your consent it stays off." };
        }

        if (wish.IsWrong)
        {
            return await ShowAsync(on, scope, wish);
        }

        if (!on.Session.IsFresh)
        {
            // What was typed comes back with the page; the consent is asked for anew.
            Destinations.Keep(on.Http, Remember(scope, threshold.Cents, wish, cap.Cents));
            return Page.SeeOther("/sign-in/again");
        }

        if (await TurnOnAsync(on, scope, threshold.Cents, wish.AmountCents, cap.Cents) is { } no)
        {
            return await ShowAsync(on, scope, Mistaken(wish, no));
        }

        return scope.Errand is { Purpose: PortalPurposes.AutoReload }
            ? await desk.FinishAsync(scope, PortalOutcome.Saved, scope.Url("/auto-reload"))
            : Page.SeeOther(scope.Url("/auto-reload"));
    }

    private async Task<Denial?> TurnOnAsync(
        SignedIn on,
        PortalScope scope,
        long threshold,
        long amount,
        long cap
    )
    {
        var card = await cards.FindAsync(scope.Project.Id, on.Ct);
        return await reloads.TurnOnAsync(
            scope.Project.Id,
            threshold,
            amount,
            cap,
            card is null ? "" : ReloadWords.Consent(scope.Project.Name, card)
        );
    }

    private async Task<IResult> TurnOffAsync(PortalScope scope)
    {
        await reloads.TurnOffAsync(scope.Project.Id);
        return Page.SeeOther(scope.Url("/auto-reload"));
    }

    private ReloadWish WishOf(PortalScope scope, AutoReload? settings)
    {
        var suggested = addMoney.Of(scope).Chosen;
        var amount =
            settings is not null && options.TopupAmountsCents.Contains(settings.AmountCents)
                ? settings.AmountCents
                : suggested;
        return new ReloadWish
        {
            Threshold = Dollars(settings?.ThresholdCents ?? UsualThresholdCents),
            AmountCents = amount,
            Cap = Dollars(Math.Max(settings?.MonthlyCapCents ?? 0, CapIsTimes * amount)),
        };
    }

    private static string Remember(PortalScope scope, long threshold, ReloadWish wish, long cap)
    {
        var url = scope.Url("/auto-reload");
        var mark = url.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{url}{mark}t={threshold}&a={wish.AmountCents}&c={cap}"
        );
    }

    private static ReloadWish? Remembered(SignedIn on)
    {
        var query = on.Http.Request.Query;
        return query.ContainsKey("t")
            ? new ReloadWish
            {
                Threshold = Dollars(AddMoneyForm.CentsOf(query["t"])),
                AmountCents = AddMoneyForm.CentsOf(query["a"]),
                Cap = Dollars(AddMoneyForm.CentsOf(query["c"])),
            }
            : null;
    }

    private static ReloadWish Mistaken(ReloadWish wish, Denial denial) =>
        denial is Denial.InvalidRequest wrong
            ? wrong.Param switch
            {
                "threshold_cents" => wish with { ThresholdError = wrong.Message },
                "cap_cents" => wish with { CapError = wrong.Message },
                "amount_cents" => wish with { AmountError = wrong.Message },
                _ => wish with { ConsentError = wrong.Message },
            }
            : wish with
            {
                ConsentError = "That is not possible right now.",
            };

    private static (long Cents, string? Error) CentsOf(string? typed, string example) =>
        MoneyField.Read(typed).Denied(out _, out var amount) || amount.Amount is not { } given
            ? (0, $"Write dollars and cents, such as {example} or {example}.50.")
            : (given.CentsFloor, null);

    private static string Dollars(long cents) => MoneyText.Typed(NanoUsd.FromCents(cents));
}
