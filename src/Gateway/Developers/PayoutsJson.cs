using System.Globalization;
using System.Text.Json.Serialization;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Payments.Connect;

namespace Arda.Gateway.Developers;

/// <summary>What an owner has earned, in the parts that have a rule each. Cents are rounded down;
/// the exact figures are strings.</summary>
internal sealed record EarningsJson
{
    public required string Currency { get; init; }

    public required long PendingCents { get; init; }

    public required long AvailableCents { get; init; }

    public required long HeldCents { get; init; }

    public required long InPayoutCents { get; init; }

    public required long OwedCents { get; init; }

    public required long PaidCents { get; init; }

    public required string PendingNanoUsd { get; init; }

    public required string AvailableNanoUsd { get; init; }

    public required IReadOnlyList<AppEarningJson> Apps { get; init; }

    public static EarningsJson Of(
        string currency,
        ResellerReading reading,
        IEnumerable<AppEarning> apps
    ) =>
        new()
        {
            Currency = currency.ToLowerInvariant(),
            PendingCents = reading.Pending.CentsFloor,
            AvailableCents = reading.Available.CentsFloor,
            HeldCents = reading.Held.CentsFloor,
            InPayoutCents = reading.InPayout.CentsFloor,
            OwedCents = reading.Debt.CentsCeiling,
            PaidCents = reading.Paid.CentsFloor,
            PendingNanoUsd = Exact(reading.Pending),
            AvailableNanoUsd = Exact(reading.Available),
            Apps = [.. apps.Select(AppEarningJson.Of)],
        };

    public static string Exact(NanoUsd amount) =>
        amount.Value.ToString(CultureInfo.InvariantCulture);
}

internal sealed record AppEarningJson(string ClientId, long EarnedCents, string EarnedNanoUsd)
{
    public static AppEarningJson Of(AppEarning one) =>
        new(one.App.Value, one.Earned.CentsFloor, EarningsJson.Exact(one.Earned));
}

/// <summary>The account at the payment provider, as far as it matters here.</summary>
internal sealed record PayeeJson
{
    /// <summary>none, incomplete, verifying, restricted, action_needed, complete or
    /// rejected.</summary>
    public required string Status { get; init; }

    public string? Country { get; init; }

    public IReadOnlyList<string>? Needs { get; init; }

    public long? NeedsBy { get; init; }

    /// <summary>Whether earnings are sent, once there are enough.</summary>
    public required bool PayoutsOn { get; init; }

    public string? StoppedBecause { get; init; }

    public long? ReadAt { get; init; }

    public static PayeeJson Of(Payee? payee) =>
        payee is null
            ? new() { Status = "none", PayoutsOn = false }
            : new()
            {
                Status = payee.Status,
                Country = payee.Country,
                Needs = payee.Needs is { Count: > 0 } needs ? needs : null,
                NeedsBy = payee.NeedsBy?.ToUnixTimeSeconds(),
                PayoutsOn = payee is { IsComplete: true, StoppedBecause: null },
                StoppedBecause = payee.StoppedBecause,
                ReadAt = payee.ReadAt?.ToUnixTimeSeconds(),
            };
}

internal sealed record PayoutJson
{
    public required string Id { get; init; }

    public string? Reseller { get; init; }

    public required string Period { get; init; }

    public required long AmountCents { get; init; }

    public required string Currency { get; init; }

    public required string Status { get; init; }

    public string? Reason { get; init; }

    public long? ReversedCents { get; init; }

    public required long CreatedAt { get; init; }

    public long? PaidAt { get; init; }

    public static PayoutJson Of(Payout payout) =>
        new()
        {
            Id = payout.Id,
            Period = payout.Period,
            AmountCents = payout.Cents,
            Currency = payout.Currency,
            Status = payout.State,
            Reason = payout.Why,
            ReversedCents = payout.ReversedCents > 0 ? payout.ReversedCents : null,
            CreatedAt = payout.CreatedAt / 1000,
            PaidAt = payout.PaidAt / 1000,
        };

    public static PayoutJson OfReview(Payout payout) =>
        Of(payout) with
        {
            Reseller = payout.Reseller.Value,
        };
}

internal sealed record BankPayoutJson(
    string Id,
    long AmountCents,
    string Currency,
    string Status,
    string? Reason,
    long ArrivesAt
)
{
    public static BankPayoutJson Of(BankPayout one) =>
        new(
            one.Id,
            one.Cents,
            one.Currency,
            one.Status,
            one.Failure,
            one.ArrivesAt.ToUnixTimeSeconds()
        );
}

internal sealed record PayoutList
{
    public required PayeeJson Account { get; init; }

    public required IReadOnlyList<PayoutJson> Data { get; init; }

    public required IReadOnlyList<BankPayoutJson> BankPayouts { get; init; }
}

internal sealed record AdminPayoutList(IReadOnlyList<PayoutJson> Data);

internal sealed record HeldList(IReadOnlyList<HeldJson> Data);

internal sealed record HeldJson
{
    public required string Reseller { get; init; }

    public required string Project { get; init; }

    public required string Reason { get; init; }

    public required string Status { get; init; }

    public required long AmountCents { get; init; }

    public string? Note { get; init; }

    public required long At { get; init; }

    public static HeldJson Of(HeldEarning one) =>
        new()
        {
            Reseller = one.Reseller.Value,
            Project = one.Project.Value,
            Reason = one.Reason,
            Status = one.State,
            AmountCents = one.Amount.CentsFloor,
            Note = one.Note,
            At = one.At.ToUnixTimeSeconds(),
        };
}

internal sealed record OnboardingJson
{
    /// <summary>Two letters; only the first time, and fixed for ever.</summary>
    public string? Country { get; init; }
}

internal sealed record LinkJson(string Url);

internal sealed record HoldDecision
{
    public string? Reseller { get; init; }

    public string? Project { get; init; }

    public string? Decision { get; init; }

    public string? Note { get; init; }
}

internal sealed record ResellerDecision
{
    public string? Reseller { get; init; }

    public string? Decision { get; init; }

    public string? Note { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(EarningsJson))]
[JsonSerializable(typeof(PayeeJson))]
[JsonSerializable(typeof(PayoutList))]
[JsonSerializable(typeof(AdminPayoutList))]
[JsonSerializable(typeof(HeldList))]
[JsonSerializable(typeof(OnboardingJson))]
[JsonSerializable(typeof(LinkJson))]
[JsonSerializable(typeof(HoldDecision))]
[JsonSerializable(typeof(ResellerDecision))]
internal sealed partial class PayoutsJson : JsonSerializerContext;
