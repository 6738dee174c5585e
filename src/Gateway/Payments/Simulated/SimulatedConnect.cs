using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Payments.Simulated;

/// <summary>Connect Express: accounts, their onboarding, transfers and the platform's
/// balance.</summary>
internal static class SimulatedConnect
{
    public static SimulatedAnswer Answer(
        SimulatedBooks books,
        SimulatedRequest request,
        string[] path
    ) =>
        (request.Method, path) switch
        {
            ("POST", ["v1", "accounts"]) => Ok(books, NewAccount(books, request)),
            ("POST", ["v1", "account_links"]) => Ok(books, Link(books, request)),
            ("POST", ["v1", "accounts", var id, "login_links"]) => Ok(books, Login(books, id)),
            ("POST", ["v1", "transfers"]) => Ok(books, Transfer(books, request)),
            ("POST", ["v1", "transfers", var id, "reversals"]) => Ok(
                books,
                Reverse(books, request, id)
            ),
            ("GET", ["v1", "transfers"]) => Ok(
                books,
                SimulatedRoutes.List(
                    "/v1/transfers",
                    books
                        .All("transfer")
                        .Where(item =>
                            request["transfer_group"] is not { } group
                            || item.Text("transfer_group") == group
                        )
                )
            ),
            _ => new SimulatedAnswer(
                404,
                SimulatedErrors
                    .Invalid("resource_missing", $"Unrecognized request URL ({request.Path}).")
                    .ToJsonString()
            ),
        };

    /// <summary>Someone has filled in the form, whole or half.</summary>
    public static void Onboard(SimulatedBooks books, string id, bool isWhole)
    {
        var account = books.Get(id, "id");
        account["details_submitted"] = isWhole;
        account["payouts_enabled"] = isWhole;
        account["charges_enabled"] = isWhole;
        account["capabilities"]!["transfers"] = isWhole ? "active" : "inactive";
        account["requirements"]!["currently_due"] = isWhole
            ? new JsonArray()
            : new JsonArray("external_account");
        books.Put(account);
        books.Emit("account.updated", account);
    }

    public static JsonObject Balance(SimulatedBooks books)
    {
        var moved = books.All("balance_transaction");
        var sent = books.All("transfer").Sum(t => t.Long("amount") - t.Long("amount_reversed"));
        var currency = moved.FirstOrDefault()?.Text("currency") ?? "xts";
        long Sum(string status) =>
            moved.Where(item => item.Text("status") == status).Sum(item => item.Long("net"));
        return new JsonObject
        {
            ["object"] = "balance",
            ["livemode"] = false,
            ["available"] = Part(Sum("available") - sent, currency),
            ["pending"] = Part(Sum("pending"), currency),
        };
    }

    private static JsonArray Part(long amount, string currency) =>
        [new JsonObject { ["amount"] = amount, ["currency"] = currency }];

    private static JsonObject NewAccount(SimulatedBooks books, SimulatedRequest request)
    {
        var account = SimulatedObjects.New(
            "account",
            Ids.Make("acct_"),
            books.Created,
            request.Metadata()
        );
        account.Remove("livemode");
        account["email"] = request["email"];
        account["country"] = request["country"] ?? "US";
        account["type"] = "express";
        account["details_submitted"] = false;
        account["payouts_enabled"] = false;
        account["charges_enabled"] = false;
        account["capabilities"] = new JsonObject { ["transfers"] = "inactive" };
        account["requirements"] = SimulatedObjects.Nulls(
            new()
            {
                ["currently_due"] = new JsonArray("external_account", "individual.first_name"),
                ["eventually_due"] = new JsonArray(),
                ["past_due"] = new JsonArray(),
                ["pending_verification"] = new JsonArray(),
                ["errors"] = new JsonArray(),
                ["alternatives"] = new JsonArray(),
            },
            "current_deadline disabled_reason"
        );
        return books.Put(account);
    }

    private static JsonObject Link(SimulatedBooks books, SimulatedRequest request)
    {
        var account = books.Get(request.Need("account"), "account").Text("id");
        var back = Uri.EscapeDataString(request.Need("return_url"));
        return new JsonObject
        {
            ["object"] = "account_link",
            ["created"] = books.Created,
            ["expires_at"] = books.Created + 300,
            ["url"] = $"{books.PagesUrl}/connect/{account}?return_url={back}",
        };
    }

    private static JsonObject Login(SimulatedBooks books, string id) =>
        new()
        {
            ["object"] = "login_link",
            ["created"] = books.Created,
            ["url"] = $"{books.PagesUrl}/connect/{books.Get(id, "id").Text("id")}",
        };

    private static JsonObject Transfer(SimulatedBooks books, SimulatedRequest request)
    {
        var amount = request.NeedLong("amount");
        var payee = books.Get(request.Need("destination"), "destination");
        if (payee["capabilities"]!["transfers"]!.GetValue<string>() != "active")
        {
            throw new SimulatedRefusalException(
                400,
                "transfers_not_allowed",
                "The destination cannot receive transfers."
            );
        }

        if (Balance(books)["available"]![0]!["amount"]!.GetValue<long>() < amount)
        {
            throw new SimulatedRefusalException(
                400,
                "balance_insufficient",
                "The available balance is too small."
            );
        }

        var id = Ids.Make("tr_");
        var transfer = SimulatedObjects.New("transfer", id, books.Created, request.Metadata());
        transfer["amount"] = amount;
        transfer["amount_reversed"] = 0;
        transfer["currency"] = request.Need("currency");
        transfer["destination"] = payee.Text("id");
        transfer["reversed"] = false;
        transfer["transfer_group"] = request["transfer_group"];
        transfer["reversals"] = SimulatedRoutes.List($"/v1/transfers/{id}/reversals", []);
        SimulatedObjects.Nulls(transfer, "balance_transaction description source_transaction");
        books.Put(transfer);
        books.Emit("transfer.created", transfer);
        return transfer;
    }

    private static JsonObject Reverse(SimulatedBooks books, SimulatedRequest request, string id)
    {
        var transfer = books.Get(id, "id");
        var rest = transfer.Long("amount") - transfer.Long("amount_reversed");
        var amount = request["amount"] is null ? rest : request.NeedLong("amount");
        if (amount <= 0 || amount > rest)
        {
            throw new SimulatedRefusalException(400, "amount_too_large", "More than is left.");
        }

        transfer["amount_reversed"] = transfer.Long("amount_reversed") + amount;
        transfer["reversed"] = transfer.Long("amount_reversed") == transfer.Long("amount");
        books.Put(transfer);
        books.Emit("transfer.reversed", transfer);
        var reversal = new JsonObject
        {
            ["id"] = Ids.Make("trr_"),
            ["object"] = "transfer_reversal",
            ["amount"] = amount,
            ["created"] = books.Created,
            ["currency"] = transfer.Text("currency"),
            ["transfer"] = id,
            ["metadata"] = request.Metadata(),
        };
        return books.Put(
            SimulatedObjects.Nulls(
                reversal,
                "balance_transaction destination_payment_refund source_refund"
            )
        );
    }

    private static SimulatedAnswer Ok(SimulatedBooks books, JsonObject item) =>
        SimulatedRoutes.Ok(books, item);
}
