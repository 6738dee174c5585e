using Arda.Gateway.Kernel;
using Arda.Gateway.Pages.Parts;
using Arda.Gateway.Payments;

namespace Arda.Gateway.Pages.Billing;

/// <summary>Words for an app's owner about the money that does not reach them.</summary>
internal static class PayoutLetters
{
    public static (string Subject, string Text) Of(PaymentMail mail) =>
        mail.Kind switch
        {
            PayoutMailKinds.Held => (
                "Your payouts are on hold",
                """
                The payment provider does not take payments to your account at the moment. What your
                apps earn is still counted and is kept for you; it is sent when the account is in
                order again.

                See what the payment provider wants to know:
                """
            ),
            PayoutMailKinds.BankFailed => (
                $"{Dollars(mail)} did not reach your bank",
                $"""
                The payment provider sent {Dollars(
                    mail
                )} from your account to your bank, and the bank
                sent it back{Because(mail)}. The money is in your account at the payment provider.

                Put your bank details right there:
                """
            ),
            _ => throw new InvalidOperationException($"No words for a mail of kind {mail.Kind}."),
        };

    private static string Dollars(PaymentMail mail) =>
        MoneyText.Balance(NanoUsd.FromCents(mail.Cents ?? 0));

    private static string Because(PaymentMail mail) =>
        mail.Detail is { Length: > 0 } why ? $" ({why.Replace('_', ' ')})" : "";
}
