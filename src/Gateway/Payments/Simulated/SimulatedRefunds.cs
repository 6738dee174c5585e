using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Payments.Simulated;

/// <summary>Refunds, through the API or as the dashboard makes them.</summary>
internal static class SimulatedRefunds
{
    public static JsonObject Create(SimulatedBooks books, SimulatedRequest request)
    {
        var payment = books.Get(request.Need("payment_intent"), "payment_intent");
        var charge = books.Get(payment.Text("latest_charge"), "charge");
        var amount = request["amount"] is null
            ? charge.Long("amount") - charge.Long("amount_refunded")
            : request.NeedLong("amount");
        return Make(books, charge, amount, request.Metadata());
    }

    public static JsonObject Make(
        SimulatedBooks books,
        JsonObject charge,
        long amount,
        JsonObject metadata
    )
    {
        var rest = charge.Long("amount") - charge.Long("amount_refunded");
        if (charge["disputed"]!.GetValue<bool>())
        {
            throw new SimulatedRefusalException(400, "charge_disputed", "It is disputed.");
        }

        if (rest == 0)
        {
            throw new SimulatedRefusalException(400, "charge_already_refunded", "All is refunded.");
        }

        if (amount <= 0 || amount > rest)
        {
            throw new SimulatedRefusalException(400, "amount_too_large", "More than is left.");
        }

        var id = Ids.Make("re_");
        var refund = SimulatedObjects.Refund(id, charge, amount, metadata, books.Created);
        var isSlow = SimulatedCards.Find(books.CardOf(charge.Text("id")))?.Refund is not null;
        refund["status"] = isSlow ? "pending" : "succeeded";
        books.Put(refund);
        Add(books, charge, amount);
        books.Emit("refund.created", refund);
        books.Emit("charge.refunded", charge);
        return refund;
    }

    /// <summary>The bank has done it, or has sent it back.</summary>
    public static void Settle(SimulatedBooks books, string id)
    {
        var refund = books.Get(id, "id");
        if (refund.Text("status") != "pending")
        {
            return;
        }

        var charge = books.Get(refund.Text("charge"), "charge");
        var end = SimulatedCards.Find(books.CardOf(charge.Text("id")))?.Refund ?? "succeeded";
        refund["status"] = end;
        if (end == "failed")
        {
            refund["failure_reason"] = "expired_or_canceled_card";
            Add(books, charge, -refund.Long("amount"));
        }

        books.Put(refund);
        books.Emit(end == "failed" ? "refund.failed" : "refund.updated", refund);
    }

    private static void Add(SimulatedBooks books, JsonObject charge, long amount)
    {
        charge["amount_refunded"] = charge.Long("amount_refunded") + amount;
        charge["refunded"] = charge.Long("amount_refunded") == charge.Long("amount");
        books.Put(charge);
    }
}

/// <summary>Disputes, as banks and card networks make them.</summary>
internal static class SimulatedDisputes
{
    private const long FeeCents = 1500;

    public static JsonObject Open(SimulatedBooks books, string chargeId, bool isInquiry)
    {
        var charge = books.Get(chargeId, "charge");
        var dispute = SimulatedObjects.Dispute(
            Ids.Make("dp_"),
            charge,
            isInquiry ? "warning_needs_response" : "needs_response",
            books.Created
        );
        if (!isInquiry)
        {
            charge["disputed"] = true;
            books.Put(charge);
        }

        books.Put(dispute);
        books.Emit("charge.dispute.created", dispute);
        return dispute;
    }

    public static void Withdraw(SimulatedBooks books, string id)
    {
        var dispute = books.Get(id, "id");
        Move(books, dispute, -dispute.Long("amount"), FeeCents);
        books.Emit("charge.dispute.funds_withdrawn", dispute);
    }

    public static void Close(SimulatedBooks books, string id, string status)
    {
        var dispute = books.Get(id, "id");
        dispute["status"] = status;
        books.Put(dispute);
        books.Emit("charge.dispute.closed", dispute);
        if (status == "won" && dispute["balance_transactions"]!.AsArray().Count > 0)
        {
            Move(books, dispute, dispute.Long("amount"), 0);
            books.Emit("charge.dispute.funds_reinstated", dispute);
        }
    }

    private static void Move(SimulatedBooks books, JsonObject dispute, long amount, long fee)
    {
        var movement = SimulatedObjects.Movement(
            Ids.Make("txn_"),
            amount,
            fee,
            dispute.Text("currency"),
            "adjustment",
            dispute.Text("id"),
            books.Created
        );
        books.Put(movement);
        dispute["balance_transactions"]!.AsArray().Add((JsonNode)movement.DeepClone());
        books.Put(dispute);
    }
}
