using Arda.Gateway.Accounts;
using Arda.Gateway.Developers;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Pages.Parts;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Connect;

namespace Arda.Gateway.Pages.Billing;

/// <summary>
/// Words for what the payments room has to tell. Each mail says what happened, what it means for
/// requests, and leads to the page where its reader can act; opening that page changes nothing.
/// </summary>
internal sealed partial class PaymentLetters(
    Projects projects,
    People people,
    Apps apps,
    Mailer mailer,
    EdgeOptions edge,
    ILogger<PaymentLetters> log
)
{
    private sealed record Letter(string Subject, string Text, string Page);

    /// <summary>Throws where the mail could not be handed over, so that it is tried again
    /// later.</summary>
    public async Task SendAsync(PaymentMail mail, CancellationToken ct)
    {
        if (mail.Person is { } person)
        {
            await SendToPersonAsync(mail, person, ct);
            return;
        }

        if (
            await projects.FindAsync(mail.Project, ct) is not { } project
            || await people.FindAsync(project.Owner, ct) is not { Email.Length: > 0 } owner
        )
        {
            // Both may have gone since it was written; then there is nobody to tell.
            return;
        }

        if (!mailer.CanSend)
        {
            LogNowhere(log, mail.Kind, mail.Project.Value);
            return;
        }

        var letter = await OfLimitsAsync(mail, project.Name, ct) ?? Write(mail, project.Name);
        var link = edge.PublicUrl + PortalScope.Address(project.Slug, letter.Page, errand: null);
        await DeliverAsync(owner.Email, letter.Subject, letter.Text, link);
    }

    // About payouts, not about a project. The link makes its reader sign in; it is none of the
    // provider's own, which are never mailed.
    private async Task SendToPersonAsync(PaymentMail mail, UserId id, CancellationToken ct)
    {
        if (await people.FindAsync(id, ct) is not { Email.Length: > 0 } person)
        {
            return;
        }

        if (!mailer.CanSend)
        {
            LogNowhere(log, mail.Kind, id.Value);
            return;
        }

        var (subject, text) = PayoutLetters.Of(mail);
        await DeliverAsync(person.Email, subject, text, edge.PublicUrl + PayeeLinks.RefreshPath);
    }

    private async Task DeliverAsync(string to, string subject, string text, string link)
    {
        if (!await mailer.DeliverAsync(Mails.Of(to, subject, $"{text}\n\n{link}")))
        {
            throw new IOException("The mail could not be handed over.");
        }
    }

    private async Task<Letter?> OfLimitsAsync(
        PaymentMail mail,
        string project,
        CancellationToken ct
    )
    {
        var known = mail.Kind is PaymentMailKinds.Limit80 or PaymentMailKinds.Limit100;
        if (!known)
        {
            return null;
        }

        var app = mail.Detail is { } id ? await apps.FindAsync(new AppId(id), ct) : null;
        var name = app?.Name ?? "A connected app";
        return mail.Kind == PaymentMailKinds.Limit80
            ? new(
                $"{name} has used most of its monthly limit: {project}",
                $"""
                {name} has used at least 80 % of the {Dollars(mail)} that you let it spend from
                {project} in a month. At the limit its requests are refused until the next month
                begins; other apps and keys go on.

                Look at the limit, or raise it, here:
                """,
                "/limits"
            )
            : new(
                $"{name} has reached its monthly limit: {project}",
                $"""
                {name} has used up the {Dollars(mail)} that you let it spend from {project} in a
                month. Its requests are refused until the next month begins; other apps and keys go
                on.

                Raise the limit here, if you want it to go on:
                """,
                "/limits"
            );
    }

    private static Letter Write(PaymentMail mail, string project) =>
        OfBalance(mail, project)
        ?? OfReloads(mail, project)
        ?? OfBounds(mail, project)
        ?? OfTheRest(mail, project);

    private static Letter? OfBalance(PaymentMail mail, string project) =>
        mail.Kind switch
        {
            PaymentMailKinds.LowBalance => new(
                $"Low balance: {project}",
                $"""
                {project} has {Dollars(mail)} left. At zero, requests of your apps and keys are
                refused until there is money again.

                Add money here, or turn on auto-reload so that it does not run out:
                """,
                "/topup"
            ),
            PaymentMailKinds.TopupFailed => new(
                $"Your payment of {Dollars(mail)} did not go through",
                $"""
                The payment of {Dollars(mail)} for {project} failed. {Because(mail)} Nothing was
                added to the balance.

                Try again, with another card if you like:
                """,
                "/topup"
            ),
            _ => null,
        };

    private static Letter? OfReloads(PaymentMail mail, string project) =>
        mail.Kind switch
        {
            PaymentMailKinds.Reloaded => new(
                $"{Dollars(mail)} added to {project}",
                $"""
                The balance of {project} was low, so auto-reload charged your saved card
                {Dollars(mail)}, as you allowed it to.

                The receipt, and the switch to turn this off, are here:
                """,
                "/payments"
            ),
            PaymentMailKinds.ReloadDeclined => new(
                $"Your card was declined for {project}",
                $"""
                Auto-reload wanted to charge {Dollars(mail)} for {project}. {Because(mail)} It is
                tried again by itself; requests go on as long as there is balance.

                You can use another card, or add money yourself:
                """,
                "/card"
            ),
            PaymentMailKinds.ActionNeeded => new(
                $"Your bank wants you to confirm a payment for {project}",
                $"""
                Auto-reload wanted to charge {Dollars(
                    mail
                )} for {project}, and your bank asks you to
                confirm it. Nothing was charged. Auto-reload waits for you; requests go on as long as
                there is balance.

                Pay it here, where your bank can ask you:
                """,
                "/topup"
            ),
            PaymentMailKinds.ReloadOff => new(
                $"Auto-reload is off for {project}",
                $"""
                Auto-reload for {project} was turned off. {ReloadWords.Off(mail.Detail)} Nothing is
                charged any more, and requests stop when the balance is used up.

                Put it right and turn it on again here:
                """,
                "/auto-reload"
            ),
            _ => null,
        };

    private static Letter? OfBounds(PaymentMail mail, string project) =>
        mail.Kind switch
        {
            PaymentMailKinds.Cap80 => new(
                $"Auto-reload has used most of its monthly cap: {project}",
                $"""
                With its latest charge auto-reload has used at least 80 % of the {Dollars(
                    mail
                )} that
                you allow it for {project} in a month. When the cap is reached it charges nothing
                more until the next month begins.

                Look at the cap, or raise it, here:
                """,
                "/auto-reload"
            ),
            PaymentMailKinds.Cap100 => new(
                $"Auto-reload has reached its monthly cap: {project}",
                $"""
                Auto-reload can charge nothing more for {project} this month: the {Dollars(
                    mail
                )} that
                you allow it are used up, or another reload would go beyond them. Requests stop when
                the balance is used up; reloads go on when the next month begins.

                Raise the cap here, or add money once:
                """,
                "/auto-reload"
            ),
            PaymentMailKinds.CardExpires => new(
                $"Your saved card expires soon: {project}",
                $"""
                The card that pays the reloads of {project} expires within a month. Auto-reload stops
                with it.

                Save its successor here:
                """,
                "/card"
            ),
            _ => null,
        };

    private static Letter OfTheRest(PaymentMail mail, string project) =>
        mail.Kind switch
        {
            PaymentMailKinds.Disputed => new(
                $"{project} is frozen: a payment was disputed",
                $"""
                The payment of {Dollars(mail)} for {project} was disputed at the bank of its card.
                Until that is decided nothing new can be spent from {project}, and auto-reload is off.

                If that was a mistake, ask your bank to withdraw the dispute. What happens next is
                told here:
                """,
                ""
            ),
            PaymentMailKinds.DisputeWon => new(
                $"The dispute about {project} is over",
                $"""
                The dispute about {Dollars(
                    mail
                )} is over and the money is back in {project}. Auto-reload
                stays off until you turn it on again.

                See the balance here:
                """,
                ""
            ),
            PaymentMailKinds.RefundDone => new(
                $"{Dollars(mail)} is on its way back to you",
                $"""
                {Dollars(mail)} was taken out of {project} and given back to your card. Banks need
                some days to show it.

                All payments and refunds are here:
                """,
                "/payments"
            ),
            PaymentMailKinds.RefundFailed => new(
                $"A refund of {Dollars(mail)} did not work",
                $"""
                Your bank did not take the refund of {Dollars(mail)}. The money is back in {project}
                and can be spent.

                All payments and refunds are here:
                """,
                "/payments"
            ),
            _ => throw new InvalidOperationException($"No words for a mail of kind {mail.Kind}."),
        };

    private static string Because(PaymentMail mail) =>
        mail.Detail is { Length: > 0 } why ? why : "The card was declined.";

    private static string Dollars(PaymentMail mail) =>
        MoneyText.Balance(NanoUsd.FromCents(mail.Cents ?? 0));

    [LoggerMessage(
        1,
        LogLevel.Warning,
        "A mail of the kind {Kind} for {Project} has nowhere to go: no mail server is configured."
    )]
    private static partial void LogNowhere(ILogger log, string kind, string project);
}
