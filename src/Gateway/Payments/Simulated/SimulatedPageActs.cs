using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Payments.Simulated;

internal enum PayStep
{
    Done,
    Declined,

    /// <summary>On to the bank's page.</summary>
    AskBank,

    /// <summary>Expired or paid already.</summary>
    Closed,
}

/// <summary>What happened to a press of "pay".</summary>
internal sealed record Paid(PayStep Step, string Words = "");

/// <summary>Hosted pages: made and expired through the API, paid by a person.</summary>
internal static class SimulatedPageActs
{
    private const long LivesSecondsMax = 86_400;

    public static JsonObject Create(SimulatedBooks books, SimulatedRequest request)
    {
        var mode = request.Need("mode");
        var id = Ids.Make("cs_test_");
        var page = SimulatedObjects.Page(id, mode, request.Metadata(), books.Created);
        var customer = request["customer"];
        if (customer is not null)
        {
            Alive(books, customer);
        }

        page["customer"] = customer;
        page["client_reference_id"] = request["client_reference_id"];
        page["success_url"] = request["success_url"];
        page["cancel_url"] = request["cancel_url"];
        page["url"] = $"{books.PagesUrl}/checkout/{id}";
        page["expires_at"] = books.Created + LivesSecondsMax;
        if (mode == "setup")
        {
            var setup = SimulatedObjects.Setup(
                Ids.Make("seti_"),
                request.Metadata("setup_intent_data[metadata]"),
                books.Created
            );
            setup["customer"] = customer;
            page["setup_intent"] = books.Put(setup).Text("id");
            return books.Put(page);
        }

        page["saved_payment_method_options"] = SavedOptions(request);
        var until = request["expires_at"] is null ? 0 : request.NeedLong("expires_at");
        if (until != 0 && until < books.Created + 1_790)
        {
            throw new SimulatedRefusalException(
                400,
                "parameter_invalid_integer",
                "expires_at must be at least 30 minutes ahead."
            );
        }

        var total =
            request.NeedLong("line_items[0][price_data][unit_amount]")
            * request.NeedLong("line_items[0][quantity]");
        page["amount_total"] = total;
        page["amount_subtotal"] = total;
        page["currency"] = request.Need("line_items[0][price_data][currency]");
        page["expires_at"] = until == 0 ? books.Created + LivesSecondsMax : until;
        // Kept aside: the payment is only made when somebody pays.
        var later = new JsonObject
        {
            ["metadata"] = request.Metadata("payment_intent_data[metadata]"),
            ["setup_future_usage"] = request["payment_intent_data[setup_future_usage]"],
        };
        books.Put(page, later.ToJsonString());
        return page;
    }

    public static JsonObject Expire(SimulatedBooks books, string id)
    {
        var page = Refresh(books, books.Get(id, "id"));
        if (page.Text("status") != "open")
        {
            throw new SimulatedRefusalException(
                400,
                "resource_missing",
                "Only open sessions can be expired."
            );
        }

        return End(books, page, "expired");
    }

    /// <summary>A page past its time is expired whenever somebody looks.</summary>
    public static JsonObject Refresh(SimulatedBooks books, JsonObject page) =>
        page.Text("status") == "open" && page.Long("expires_at") <= books.Created
            ? End(books, page, "expired")
            : page;

    /// <summary>The cards that the payer need not type again, the newest first.</summary>
    public static IReadOnlyList<JsonObject> SavedCards(SimulatedBooks books, JsonObject page) =>
        page.TextOrNull("customer") is { } customer
        && page["saved_payment_method_options"] is not null
            ? [.. books.All("payment_method").Where(one => one.TextOrNull("customer") == customer)]
            : [];

    /// <param name="books">Of the provider.</param>
    /// <param name="id">Of the page.</param>
    /// <param name="card">Which test card was typed or chosen.</param>
    /// <param name="bankSays">What the bank's page brought; null before it was asked.</param>
    /// <param name="saved">The saved card that was chosen instead of typing one.</param>
    public static Paid Pay(
        SimulatedBooks books,
        string id,
        SimulatedCard card,
        bool? bankSays,
        JsonObject? saved = null
    )
    {
        var page = Refresh(books, books.Get(id, "id"));
        if (page.Text("status") != "open")
        {
            return new Paid(PayStep.Closed);
        }

        var intent = IntentOf(books, page);
        var isSetup = page.Text("mode") == "setup";
        if (AsksBank(card, saved) && bankSays is null)
        {
            intent["status"] = "requires_action";
            books.Put(intent);
            books.Emit(Prefix(isSetup) + ".requires_action", intent);
            return new Paid(PayStep.AskBank);
        }

        if (bankSays == false)
        {
            var code = isSetup
                ? "setup_intent_authentication_failure"
                : "payment_intent_authentication_failure";
            return Refuse(books, intent, isSetup, code, null, "The bank did not confirm it.");
        }

        // Saving a card that declines later succeeds; other declines show at once.
        var (decline, why) =
            saved is not null && card.DeclinesLater
                ? ("card_declined", "generic_decline")
                : (card.Code, card.DeclineCode);
        return decline is not null
            ? Refuse(books, intent, isSetup, decline, why, "Your card was declined.")
            : Finish(books, page, intent, card, saved);
    }

    private static bool AsksBank(SimulatedCard card, JsonObject? saved) =>
        card.ThreeDs switch
        {
            ThreeDs.Never => false,
            ThreeDs.OnSetup => saved is null,
            _ => true,
        };

    private static JsonObject? SavedOptions(SimulatedRequest request)
    {
        const string Name = "saved_payment_method_options";
        var shown = Enumerable
            .Range(0, 3)
            .Select(i => request[$"{Name}[allow_redisplay_filters][{i}]"])
            .OfType<string>()
            .Select(filter => (JsonNode)filter)
            .ToArray();
        return shown.Length == 0
            ? null
            : new JsonObject
            {
                ["allow_redisplay_filters"] = new JsonArray(shown),
                ["payment_method_remove"] = null,
                ["payment_method_save"] = null,
            };
    }

    private static Paid Finish(
        SimulatedBooks books,
        JsonObject page,
        JsonObject intent,
        SimulatedCard card,
        JsonObject? chosen
    )
    {
        var isSetup = page.Text("mode") == "setup";
        var saves = isSetup || intent.TextOrNull("setup_future_usage") is not null;
        var method =
            chosen
            ?? books.Put(
                SimulatedObjects.Card(
                    Ids.Make("pm_"),
                    card,
                    saves ? page.TextOrNull("customer") : null,
                    books.Created
                ),
                card.Number
            );
        intent["payment_method"] = method.Text("id");
        page["status"] = "complete";
        page["url"] = null;
        if (isSetup)
        {
            intent["status"] = "succeeded";
            books.Put(intent);
            books.Emit("setup_intent.succeeded", intent);
        }
        else if (card.IsDelayed)
        {
            intent["status"] = "processing";
            books.Put(intent);
            books.Emit("payment_intent.processing", intent);
        }
        else
        {
            SimulatedCharges.Succeed(books, intent, card);
            page["payment_status"] = "paid";
        }

        books.Put(page);
        books.Emit("checkout.session.completed", page);
        return new Paid(PayStep.Done);
    }

    /// <summary>Days later a delayed method has paid, or has not.</summary>
    public static void SettleDelayed(SimulatedBooks books, string id, bool isPaid)
    {
        var page = books.Get(id, "id");
        var payment = books.Get(page.Text("payment_intent"), "payment_intent");
        if (isPaid)
        {
            SimulatedCharges.Succeed(books, payment, SimulatedCards.All[0]);
            page["payment_status"] = "paid";
            books.Put(page);
            books.Emit("checkout.session.async_payment_succeeded", page);
        }
        else
        {
            Refuse(books, payment, false, "card_declined", "generic_decline", "The bank refused.");
            books.Emit("checkout.session.async_payment_failed", page);
        }
    }

    public static void Alive(SimulatedBooks books, string customer)
    {
        if (books.Get(customer, "customer")["deleted"] is not null)
        {
            throw new SimulatedRefusalException(
                400,
                "resource_missing",
                $"No such customer: '{customer}'"
            );
        }
    }

    private static Paid Refuse(
        SimulatedBooks books,
        JsonObject intent,
        bool isSetup,
        string code,
        string? declineCode,
        string words
    )
    {
        var error = SimulatedErrors.Card(code, declineCode, null, words)["error"]!.DeepClone();
        intent["status"] = "requires_payment_method";
        intent[isSetup ? "last_setup_error" : "last_payment_error"] = error;
        books.Put(intent);
        books.Emit(isSetup ? "setup_intent.setup_failed" : "payment_intent.payment_failed", intent);
        var spoken = declineCode is "insufficient_funds" ? " It has too little money." : "";
        return new Paid(PayStep.Declined, words + spoken);
    }

    private static JsonObject IntentOf(SimulatedBooks books, JsonObject page)
    {
        if (page.Text("mode") == "setup")
        {
            return books.Get(page.Text("setup_intent"), "setup_intent");
        }

        if (books.Find(page.TextOrNull("payment_intent")) is { } before)
        {
            return before;
        }

        var later = JsonNode.Parse(books.CardOf(page.Text("id"))!)!.AsObject();
        var payment = SimulatedObjects.Payment(
            Ids.Make("pi_"),
            page.Long("amount_total"),
            page.Text("currency"),
            later["metadata"]!.DeepClone().AsObject(),
            books.Created
        );
        payment["customer"] = page.TextOrNull("customer");
        payment["setup_future_usage"] = later.TextOrNull("setup_future_usage");
        page["payment_intent"] = books.Put(payment).Text("id");
        books.Put(page);
        return payment;
    }

    private static JsonObject End(SimulatedBooks books, JsonObject page, string status)
    {
        page["status"] = status;
        page["url"] = null;
        books.Put(page);
        books.Emit("checkout.session." + status, page);
        return page;
    }

    private static string Prefix(bool isSetup) => isSetup ? "setup_intent" : "payment_intent";
}
