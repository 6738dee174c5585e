using System.Globalization;
using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Payments.Simulated;

/// <summary>The API's table of routes.</summary>
internal static class SimulatedRoutes
{
    private const int ListMax = 100;

    public static SimulatedAnswer Answer(SimulatedBooks books, SimulatedRequest request)
    {
        string[] path = request.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return (request.Method, path) switch
        {
            ("POST", ["v1", "customers"]) => Ok(books, NewCustomer(books, request)),
            ("POST", ["v1", "customers", var id]) => Ok(books, Update(books, request, id)),
            ("POST", ["v1", "checkout", "sessions"]) => Ok(
                books,
                SimulatedPageActs.Create(books, request)
            ),
            ("POST", ["v1", "checkout", "sessions", var id, "expire"]) => Ok(
                books,
                SimulatedPageActs.Expire(books, id)
            ),
            ("GET", ["v1", "checkout", "sessions", var id]) => Ok(
                books,
                ExpandPage(books, request, SimulatedPageActs.Refresh(books, books.Get(id, "id")))
            ),
            ("POST", ["v1", "payment_intents"]) => SimulatedCharges.Create(books, request),
            ("POST", ["v1", "payment_intents", var id, "cancel"]) => Ok(
                books,
                SimulatedCharges.Cancel(books, id, request["cancellation_reason"])
            ),
            ("GET", ["v1", "payment_intents", var id]) => Ok(
                books,
                ExpandPayment(books, request, books.Get(id, "id"), "")
            ),
            ("POST", ["v1", "payment_methods", var id, "detach"]) => Ok(
                books,
                SimulatedCharges.Detach(books, id)
            ),
            ("POST", ["v1", "refunds"]) => Ok(books, SimulatedRefunds.Create(books, request)),
            ("GET", ["v1", "events"]) => Ok(books, Events(books, request)),
            ("GET", ["v1", "balance"]) => Ok(books, SimulatedConnect.Balance(books)),
            (
                "GET",
                [
                    "v1",
                    "customers"
                    or "charges"
                    or "refunds"
                    or "disputes"
                    or "payment_methods"
                    or "setup_intents"
                    or "transfers",
                    var id,
                ]
            ) => Ok(books, books.Get(id, "id")),
            _ => SimulatedConnect.Answer(books, request, path),
        };
    }

    public static SimulatedAnswer Ok(SimulatedBooks books, JsonObject item)
    {
        if (books.Switches.Unfamiliar)
        {
            item["a_field_of_tomorrow"] = new JsonObject { ["kind"] = "unknown" };
        }

        return new SimulatedAnswer(200, item.ToJsonString());
    }

    /// <summary>A payment with what was asked to be spelled out; the stored one keeps its
    /// ids.</summary>
    public static JsonObject ExpandPayment(
        SimulatedBooks books,
        SimulatedRequest request,
        JsonObject payment,
        string prefix
    )
    {
        if (request.Expands(prefix + "payment_method"))
        {
            Spell(books, payment, "payment_method");
        }

        if (request.Expands(prefix + "latest_charge"))
        {
            Spell(books, payment, "latest_charge");
            if (
                request.Expands(prefix + "latest_charge.balance_transaction")
                && payment["latest_charge"] is JsonObject charge
            )
            {
                Spell(books, charge, "balance_transaction");
            }
        }

        return payment;
    }

    private static JsonObject ExpandPage(
        SimulatedBooks books,
        SimulatedRequest request,
        JsonObject page
    )
    {
        if (request.Expands("payment_intent"))
        {
            Spell(books, page, "payment_intent");
            if (page["payment_intent"] is JsonObject payment)
            {
                ExpandPayment(books, request, payment, "payment_intent.");
            }
        }

        if (request.Expands("setup_intent"))
        {
            Spell(books, page, "setup_intent");
            if (page["setup_intent"] is JsonObject setup)
            {
                Spell(books, setup, "payment_method");
            }
        }

        return page;
    }

    private static void Spell(SimulatedBooks books, JsonObject item, string name)
    {
        if (item.TextOrNull(name) is { } id && books.Find(id) is { } found)
        {
            item[name] = found;
        }
    }

    private static JsonObject NewCustomer(SimulatedBooks books, SimulatedRequest request) =>
        books.Put(
            SimulatedObjects.Customer(
                Ids.Make("cus_"),
                request["email"],
                request.Metadata(),
                books.Created
            )
        );

    private static JsonObject Update(SimulatedBooks books, SimulatedRequest request, string id)
    {
        var customer = books.Get(id, "id");
        if (request["invoice_settings[default_payment_method]"] is { } card)
        {
            books.Get(card, "payment_method");
            customer["invoice_settings"]!["default_payment_method"] = card;
        }

        return books.Put(customer);
    }

    private static JsonObject Events(SimulatedBooks books, SimulatedRequest request)
    {
        var types = request
            .Fields.Where(f => f.Key.StartsWith("types[", StringComparison.Ordinal))
            .Select(f => f.Value)
            .ToHashSet(StringComparer.Ordinal);
        var since = long.TryParse(request["created[gte]"], CultureInfo.InvariantCulture, out var at)
            ? at
            : 0;
        var all = books.Events(types, request["delivery_success"] == "false", since);
        var from = request["starting_after"] is { } last
            ? all.FindIndex(item => item.Text("id") == last) + 1
            : 0;
        var part = all.Skip(from).Take(ListMax).ToArray();
        return List("/v1/events", part, hasMore: from + part.Length < all.Count);
    }

    public static JsonObject List(
        string url,
        IEnumerable<JsonObject> items,
        bool hasMore = false
    ) =>
        new()
        {
            ["object"] = "list",
            ["url"] = url,
            ["has_more"] = hasMore,
            ["data"] = new JsonArray([.. items.Select(item => (JsonNode)item)]),
        };
}
