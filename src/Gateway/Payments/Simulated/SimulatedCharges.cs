using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Payments.Simulated;

/// <summary>Charges of saved cards, and what a payment that succeeds brings with it.</summary>
internal static class SimulatedCharges
{
    private const long FeeBps = 290;
    private const long FeeCents = 30;

    public static SimulatedAnswer Create(SimulatedBooks books, SimulatedRequest request)
    {
        var amount = request.NeedLong("amount");
        if (amount < 50)
        {
            throw new SimulatedRefusalException(400, "amount_too_small", "At least 50 cents.");
        }

        var customer = request.Need("customer");
        SimulatedPageActs.Alive(books, customer);
        var method = books.Get(request.Need("payment_method"), "payment_method");
        if (method.TextOrNull("customer") != customer)
        {
            throw new SimulatedRefusalException(
                400,
                "payment_method_not_available",
                "The payment method does not belong to that customer."
            );
        }

        var payment = SimulatedObjects.Payment(
            Ids.Make("pi_"),
            amount,
            request.Need("currency"),
            request.Metadata(),
            books.Created
        );
        payment["customer"] = customer;
        payment["payment_method"] = method.Text("id");
        payment["description"] = request["description"];
        var card = SimulatedCards.Find(books.CardOf(method.Text("id")))!;
        if (DeclineOf(books, card) is { } decline)
        {
            return Refuse(books, payment, decline);
        }

        Succeed(books, payment, card);
        return SimulatedRoutes.Ok(
            books,
            SimulatedRoutes.ExpandPayment(books, request, payment, "")
        );
    }

    public static void Succeed(SimulatedBooks books, JsonObject payment, SimulatedCard card)
    {
        var amount = payment.Long("amount");
        var id = Ids.Make("ch_");
        var charge = SimulatedObjects.Charge(
            id,
            payment,
            $"{books.PagesUrl}/receipts/{id}",
            books.Created
        );
        var fee = (amount * FeeBps / 10_000) + FeeCents;
        var movement = SimulatedObjects.Movement(
            Ids.Make("txn_"),
            amount,
            fee,
            payment.Text("currency"),
            "charge",
            id,
            books.Created
        );
        movement["status"] = card.IsAvailableAtOnce ? "available" : "pending";
        charge["balance_transaction"] = books.Put(movement).Text("id");
        books.Put(charge, card.Number);
        payment["status"] = "succeeded";
        payment["amount_received"] = amount;
        payment["latest_charge"] = id;
        payment["last_payment_error"] = null;
        books.Put(payment);
        books.Emit("payment_intent.succeeded", payment);
        if (card.Dispute is { } dispute)
        {
            SimulatedDisputes.Open(books, id, isInquiry: dispute == "inquiry");
        }
    }

    public static JsonObject Cancel(SimulatedBooks books, string id, string? reason)
    {
        var payment = books.Get(id, "id");
        if (payment.Text("status") is "succeeded" or "canceled" or "processing")
        {
            throw new SimulatedRefusalException(
                400,
                "payment_intent_unexpected_state",
                "It cannot be cancelled in its state."
            );
        }

        payment["status"] = "canceled";
        payment["canceled_at"] = books.Created;
        payment["cancellation_reason"] = reason;
        books.Put(payment);
        books.Emit("payment_intent.canceled", payment);
        return payment;
    }

    public static JsonObject Detach(SimulatedBooks books, string id)
    {
        var method = books.Get(id, "id");
        if (method.TextOrNull("customer") is null)
        {
            throw new SimulatedRefusalException(
                400,
                "payment_method_unexpected_state",
                "It is not attached to a customer."
            );
        }

        method["customer"] = null;
        books.Put(method);
        books.Emit("payment_method.detached", method);
        return method;
    }

    /// <summary>As the dashboard does it.</summary>
    public static void DeleteCustomer(SimulatedBooks books, string id)
    {
        var customer = books.Get(id, "id");
        books.Emit("customer.deleted", customer);
        books.Put(
            new JsonObject
            {
                ["id"] = id,
                ["object"] = "customer",
                ["deleted"] = true,
            }
        );
    }

    private static SimulatedDecline? DeclineOf(SimulatedBooks books, SimulatedCard card) =>
        books.Switches.TakeDecline()
        ?? (
            card.ThreeDs is ThreeDs.Always
                ? new("authentication_required", "authentication_required", null, 1)
            : card.DeclinesLater ? new("card_declined", "generic_decline", null, 1)
            : null
        );

    private static SimulatedAnswer Refuse(
        SimulatedBooks books,
        JsonObject payment,
        SimulatedDecline decline
    )
    {
        var error = SimulatedErrors.Card(
            decline.Code,
            decline.DeclineCode,
            decline.Advice,
            "Your card was declined."
        );
        payment["last_payment_error"] = error["error"]!.DeepClone();
        books.Put(payment);
        books.Emit("payment_intent.payment_failed", payment);
        error["error"]!["payment_intent"] = payment.DeepClone();
        return new SimulatedAnswer(402, error.ToJsonString());
    }
}
