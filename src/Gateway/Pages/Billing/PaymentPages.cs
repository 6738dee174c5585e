using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Pages.Parts;
using Arda.Gateway.Pages.Problems;
using Arda.Gateway.Payments;

namespace Arda.Gateway.Pages.Billing;

/// <summary>Payments with their receipts, and the refund of what is unspent of one. Giving money
/// back wants a fresh sign-in: it moves money.</summary>
internal sealed class PaymentPages(
    PortalDesk desk,
    Topups topups,
    Refunds refunds,
    Statements statements,
    PaymentReadings readings,
    PaymentsOptions options
)
{
    private const string Path = PortalDesk.OfProject + "/payments";
    private const string RefundPath = Path + "/{topup}/refund";
    private const int ShownMax = 100;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapSignedInPage(Path, on => desk.WithAsync(on, scope => ShowAsync(on, scope)));
        routes.MapSignedInPage(
            RefundPath,
            on => desk.WithAsync(on, scope => AskAsync(on, scope)),
            fresh: true
        );
        routes.MapSignedInForm(
            RefundPath,
            (on, form) => desk.WithAsync(on, scope => RefundAsync(on, scope, form)),
            RefundPath,
            fresh: true
        );
    }

    private async Task<IResult> ShowAsync(SignedIn on, PortalScope scope)
    {
        var project = scope.Project.Id;
        var given = await readings.RefundsAsync(project, on.Ct);
        List<PaymentLine> lines = [];
        foreach (var topup in (await topups.ListAsync(project, on.Ct)).Take(ShownMax))
        {
            lines.Add(
                new PaymentLine
                {
                    Topup = topup,
                    RefundableCents =
                        topup.State == TopupStates.Succeeded
                            ? await refunds.RefundableAsync(project, topup.Id, on.Ct)
                            : 0,
                    Refunds = [.. given.Where(refund => refund.Topup == topup.Id)],
                }
            );
        }

        var standing = await statements.StandingAsync(project, on.Ct);
        return Page.Of<PaymentsPage, PaymentsModel>(
            new PaymentsModel
            {
                Scope = scope,
                Lines = lines,
                Trouble = Trouble.Of(standing, await readings.DisputesAsync(project, on.Ct)),
                RefundDays = (int)options.RefundWindow.TotalDays,
            }
        );
    }

    private async Task<IResult> AskAsync(
        SignedIn on,
        PortalScope scope,
        string? typed = null,
        string? error = null
    )
    {
        var id = on.Route("topup");
        var listed = await topups.ListAsync(scope.Project.Id, on.Ct);
        var topup = listed.FirstOrDefault(one => one.Id == id);
        if (topup is null)
        {
            return Problem.NotFound(on.Http);
        }

        // What requests hold comes back first, so that the figure is what can be given.
        await statements.StandingAsync(scope.Project.Id, on.Ct);
        var most = await refunds.RefundableAsync(scope.Project.Id, id, on.Ct);
        return Page.Of<RefundPage, RefundModel>(
            new RefundModel
            {
                Scope = scope,
                Topup = topup,
                RefundableCents = most,
                Request = Ids.Make("rfd_"),
                Amount = typed ?? MoneyText.Typed(NanoUsd.FromCents(most)),
                Error = error,
            },
            error is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity
        );
    }

    private async Task<IResult> RefundAsync(SignedIn on, PortalScope scope, StrictForm form)
    {
        var typed = form["amount"];
        if (MoneyField.Read(typed).Denied(out _, out var read) || read.Amount is not { } amount)
        {
            return await AskAsync(on, scope, typed, "Write dollars and cents, such as 5 or 5.50.");
        }

        var asked = await refunds.RequestAsync(
            scope.Project.Id,
            on.Route("topup"),
            amount.CentsFloor,
            form["request"] ?? "",
            on.Ct
        );
        return asked.Denied(out var denial, out _)
            ? denial is Denial.InvalidRequest wrong
                ? await AskAsync(on, scope, typed, wrong.Message)
                : Problem.NotFound(on.Http)
            : Page.SeeOther(scope.Url("/payments"));
    }
}
