using System.Text.Json;

namespace Arda.Gateway.Payments.Stripe;

// What we read of each object, and nothing else. Amounts are integer cents.

/// <summary>A hosted page: pays a top-up (mode payment) or saves a card (mode setup).</summary>
internal sealed record StripePage
{
    public required string Id { get; init; }
    public string? Status { get; init; }
    public string? PaymentStatus { get; init; }
    public string? Url { get; init; }
    public long AmountTotal { get; init; }
    public string? Currency { get; init; }
    public string? Customer { get; init; }
    public string? Reference { get; init; }
    public bool Livemode { get; init; }
    public StripePayment? Payment { get; init; }
    public string? SetupStatus { get; init; }
    public StripeCard? SetupCard { get; init; }

    public bool IsPaid => Status == "complete" && PaymentStatus == "paid";

    public static StripePage Read(JsonElement json)
    {
        var setup = json.Object("setup_intent");
        return new StripePage
        {
            Id = json.Id(),
            Status = json.Text("status"),
            PaymentStatus = json.Text("payment_status"),
            Url = json.Text("url"),
            AmountTotal = json.Long("amount_total"),
            Currency = json.Text("currency"),
            Customer = json.IdOf("customer"),
            Reference = json.Text("client_reference_id"),
            Livemode = json.Flag("livemode"),
            Payment = json.Read("payment_intent", StripePayment.Read),
            SetupStatus = setup?.Text("status"),
            SetupCard = setup?.Read("payment_method", StripeCard.Read),
        };
    }
}

/// <summary>One attempt to move money (a PaymentIntent).</summary>
internal sealed record StripePayment
{
    public required string Id { get; init; }
    public required string Status { get; init; }
    public long Amount { get; init; }
    public long AmountReceived { get; init; }
    public string? Currency { get; init; }
    public string? Customer { get; init; }
    public bool Livemode { get; init; }
    public string? TopupId { get; init; }
    public StripeCard? Card { get; init; }
    public string? SetupFutureUsage { get; init; }
    public string? ChargeId { get; init; }
    public StripeCharge? Charge { get; init; }
    public StripeError? LastError { get; init; }

    public static StripePayment Read(JsonElement json) =>
        new()
        {
            Id = json.Id(),
            Status = json.Text("status") ?? "",
            Amount = json.Long("amount"),
            AmountReceived = json.Long("amount_received"),
            Currency = json.Text("currency"),
            Customer = json.IdOf("customer"),
            Livemode = json.Flag("livemode"),
            TopupId = json.Metadata("topup") ?? json.Metadata("reload"),
            Card = json.Read("payment_method", StripeCard.Read),
            SetupFutureUsage = json.Text("setup_future_usage"),
            ChargeId = json.IdOf("latest_charge"),
            Charge = json.Read("latest_charge", StripeCharge.Read),
            LastError = json.Read("last_payment_error", error => StripeError.Read(error, 402)),
        };
}

internal sealed record StripeCharge
{
    public required string Id { get; init; }
    public long Amount { get; init; }
    public long AmountRefunded { get; init; }
    public string? PaymentId { get; init; }
    public string? ReceiptUrl { get; init; }
    public long Fee { get; init; }

    public static StripeCharge Read(JsonElement json) =>
        new()
        {
            Id = json.Id(),
            Amount = json.Long("amount"),
            AmountRefunded = json.Long("amount_refunded"),
            PaymentId = json.IdOf("payment_intent"),
            ReceiptUrl = json.Text("receipt_url"),
            Fee = json.Object("balance_transaction")?.Long("fee") ?? 0,
        };
}

/// <summary>A saved card (a PaymentMethod): never its number.</summary>
internal sealed record StripeCard
{
    public required string Id { get; init; }
    public string? Customer { get; init; }
    public string Brand { get; init; } = "card";
    public string Last4 { get; init; } = "";
    public long ExpMonth { get; init; }
    public long ExpYear { get; init; }
    public string? Fingerprint { get; init; }

    public static StripeCard Read(JsonElement json)
    {
        var card = json.Object("card") ?? default;
        return new StripeCard
        {
            Id = json.Id(),
            Customer = json.IdOf("customer"),
            Brand = card.Text("brand") ?? "card",
            Last4 = card.Text("last4") ?? "",
            ExpMonth = card.Long("exp_month"),
            ExpYear = card.Long("exp_year"),
            Fingerprint = card.Text("fingerprint"),
        };
    }
}

internal sealed record StripeRefund(string Id, string Status, long Amount, string? OurId)
{
    public static StripeRefund Read(JsonElement json) =>
        new(
            json.Id(),
            json.Text("status") ?? "pending",
            json.Long("amount"),
            json.Metadata("refund")
        );
}

/// <summary>A dispute with the money that has really moved for it.</summary>
internal sealed record StripeDispute
{
    public required string Id { get; init; }
    public required string Status { get; init; }
    public string? ChargeId { get; init; }
    public string? PaymentId { get; init; }
    public long Amount { get; init; }
    public long Withdrawn { get; init; }
    public long Reinstated { get; init; }
    public long Fee { get; init; }

    public bool IsInquiry => Status.StartsWith("warning_", StringComparison.Ordinal);

    public bool IsClosed => Status is "won" or "lost" or "prevented" or "warning_closed";

    public static StripeDispute Read(JsonElement json)
    {
        var moves = json.Items("balance_transactions")
            .Select(move => (Amount: move.Long("amount"), Fee: move.Long("fee")))
            .ToList();
        return new StripeDispute
        {
            Id = json.Id(),
            Status = json.Text("status") ?? "",
            ChargeId = json.IdOf("charge"),
            PaymentId = json.IdOf("payment_intent"),
            Amount = json.Long("amount"),
            Withdrawn = -moves.Where(move => move.Amount < 0).Sum(move => move.Amount),
            Reinstated = moves.Where(move => move.Amount > 0).Sum(move => move.Amount),
            Fee = moves.Where(move => move.Fee > 0).Sum(move => move.Fee),
        };
    }
}

/// <summary>One event. <c>data.object</c> is only a hint: handlers read the object again.</summary>
internal sealed record StripeEvent
{
    public required string Id { get; init; }
    public required string Type { get; init; }
    public string? ObjectId { get; init; }
    public string? Account { get; init; }
    public string? ApiVersion { get; init; }
    public bool Livemode { get; init; }

    /// <returns>Null for what is no event.</returns>
    public static StripeEvent? Read(JsonElement json) =>
        json.Text("object") == "event"
        && json.Text("id") is { Length: > 0 } id
        && json.Text("type") is { } type
            ? new StripeEvent
            {
                Id = id,
                Type = type,
                ObjectId = json.Object("data")?.Object("object")?.Text("id"),
                Account = json.Text("account"),
                ApiVersion = json.Text("api_version"),
                Livemode = json.Flag("livemode"),
            }
            : null;
}

/// <summary>A refusal. Type and code are open sets.</summary>
internal sealed record StripeError
{
    public required int Status { get; init; }
    public string Type { get; init; } = "";
    public string? Code { get; init; }
    public string? DeclineCode { get; init; }
    public string? AdviceCode { get; init; }
    public string? Message { get; init; }
    public string? PaymentId { get; init; }

    public bool IsCard => Type == "card_error" || Status == 402;

    /// <summary>The same key with another body: a mistake of ours, never to be mended by a new
    /// key.</summary>
    public bool IsKeyReused => Type == "idempotency_error" && Code != "idempotency_key_in_use";

    public static StripeError Read(JsonElement json, int status) =>
        new()
        {
            Status = status,
            Type = json.Text("type") ?? "",
            Code = json.Text("code"),
            DeclineCode = json.Text("decline_code"),
            AdviceCode = json.Text("advice_code"),
            Message = json.Text("message"),
            PaymentId = json.IdOf("payment_intent"),
        };
}
