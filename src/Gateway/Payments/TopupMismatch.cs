using Arda.Gateway.Payments.Stripe;

namespace Arda.Gateway.Payments;

/// <summary>What the provider says was paid, held against what was asked for. Anything that differs
/// is told in words, credited to nobody and left to a person.</summary>
internal static class TopupMismatch
{
    public static string? Mismatch(this TopupRow row, StripePage page, bool isLive) =>
        page.Reference != row.Id
            ? "the page refers to another top-up"
            : Of(row, (page.AmountTotal, page.Currency, page.Customer), (page.Livemode, isLive));

    public static string? Mismatch(this TopupRow row, StripePayment payment, bool isLive) =>
        Of(
            row,
            (payment.AmountReceived, payment.Currency, payment.Customer),
            (payment.Livemode, isLive)
        );

    private static string? Of(
        TopupRow row,
        (long Cents, string? Currency, string? Customer) paid,
        (bool Said, bool Ours) live
    ) =>
        paid.Cents != row.Cents ? $"{paid.Cents} cents instead of {row.Cents}"
        : paid.Currency != row.Currency ? $"{paid.Currency} instead of {row.Currency}"
        : paid.Customer != row.Customer ? "paid by another customer"
        : live.Said != live.Ours ? $"livemode is {live.Said}"
        : null;
}
