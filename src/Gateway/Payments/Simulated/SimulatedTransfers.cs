using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Payments.Simulated;

/// <summary>Money from the platform to resellers' accounts and back. A refusal is an answer like any
/// other: its key keeps it.</summary>
internal static class SimulatedTransfers
{
    public static SimulatedAnswer Create(SimulatedBooks books, SimulatedRequest request)
    {
        var amount = request.NeedLong("amount");
        var payee = books.Get(request.Need("destination"), "destination");
        if (books.Switches.TakeTransferRefusal() is { } code)
        {
            return Refuse(code, "Switched on: " + code);
        }

        if (payee["capabilities"]!["transfers"]!.GetValue<string>() != "active")
        {
            return Refuse("transfers_not_allowed", "The destination cannot receive transfers.");
        }

        if (SimulatedConnect.Balance(books)["available"]![0]!["amount"]!.GetValue<long>() < amount)
        {
            return Refuse("balance_insufficient", "The available balance is too small.");
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
        return SimulatedRoutes.Ok(books, transfer);
    }

    public static SimulatedAnswer Reverse(SimulatedBooks books, SimulatedRequest request, string id)
    {
        var transfer = books.Get(id, "id");
        var rest = transfer.Long("amount") - transfer.Long("amount_reversed");
        var amount = request["amount"] is null ? rest : request.NeedLong("amount");
        if (amount <= 0 || amount > rest)
        {
            return Refuse("amount_too_large", "More than is left.");
        }

        if (amount > SimulatedBankPayouts.BalanceOf(books, transfer.Text("destination")))
        {
            return Refuse("balance_insufficient", "The connected account has not that much.");
        }

        return SimulatedRoutes.Ok(books, Reverse(books, transfer, amount, request.Metadata()));
    }

    /// <summary>Through the API or as the dashboard does it.</summary>
    public static JsonObject Reverse(
        SimulatedBooks books,
        JsonObject transfer,
        long amount,
        JsonObject metadata
    )
    {
        var id = transfer.Text("id");
        var reversal = SimulatedObjects.Nulls(
            new JsonObject
            {
                ["id"] = Ids.Make("trr_"),
                ["object"] = "transfer_reversal",
                ["amount"] = amount,
                ["created"] = books.Created,
                ["currency"] = transfer.Text("currency"),
                ["transfer"] = id,
                ["metadata"] = metadata,
            },
            "balance_transaction destination_payment_refund source_refund"
        );
        transfer["amount_reversed"] = transfer.Long("amount_reversed") + amount;
        transfer["reversed"] = transfer.Long("amount_reversed") == transfer.Long("amount");
        transfer["reversals"]!["data"]!.AsArray().Insert(0, reversal.DeepClone());
        books.Put(transfer);
        books.Emit("transfer.reversed", transfer);
        return books.Put(reversal);
    }

    public static JsonObject List(SimulatedBooks books, SimulatedRequest request) =>
        SimulatedRoutes.List(
            "/v1/transfers",
            books
                .All("transfer")
                .Where(item =>
                    request["transfer_group"] is not { } group
                    || item.Text("transfer_group") == group
                )
        );

    private static SimulatedAnswer Refuse(string code, string words) =>
        new(400, SimulatedErrors.Invalid(code, words).ToJsonString());
}

/// <summary>Money from resellers' accounts to their banks.</summary>
internal static class SimulatedBankPayouts
{
    /// <summary>All that the account has goes to its bank.</summary>
    public static JsonObject Pay(SimulatedBooks books, string account)
    {
        var amount = BalanceOf(books, account);
        var payout = SimulatedObjects.New("payout", Ids.Make("po_"), books.Created, []);
        payout["amount"] = amount;
        payout["arrival_date"] = books.Created;
        payout["automatic"] = true;
        payout["currency"] = SimulatedConnect.Balance(books)["available"]![0]![
            "currency"
        ]!.GetValue<string>();
        payout["method"] = "standard";
        payout["reconciliation_status"] = "not_applicable";
        payout["source_type"] = "card";
        payout["status"] = "paid";
        payout["type"] = "bank_account";
        payout["destination"] = account.Replace("acct_", "ba_", StringComparison.Ordinal);
        payout["simulated_account"] = account;
        SimulatedObjects.Nulls(
            payout,
            """
            application_fee application_fee_amount balance_transaction description
            failure_balance_transaction failure_code failure_message original_payout payout_method
            reversed_by statement_descriptor trace_id
            """
        );
        books.Put(payout);
        books.Emit("payout.paid", payout, account);
        return payout;
    }

    /// <summary>The bank sends it back, days after it was paid.</summary>
    public static void Fail(SimulatedBooks books, string id)
    {
        var payout = books.Get(id, "id");
        payout["status"] = "failed";
        payout["failure_code"] = "account_closed";
        payout["failure_message"] = "The bank account has been closed.";
        books.Put(payout);
        books.Emit("payout.failed", payout, payout.Text("simulated_account"));
    }

    public static long BalanceOf(SimulatedBooks books, string account) =>
        books
            .All("transfer")
            .Where(item => item.Text("destination") == account)
            .Sum(item => item.Long("amount") - item.Long("amount_reversed"))
        - books
            .All("payout")
            .Where(item =>
                item.Text("simulated_account") == account && item.Text("status") != "failed"
            )
            .Sum(item => item.Long("amount"));

    public static SimulatedAnswer List(SimulatedBooks books, SimulatedRequest request) =>
        SimulatedRoutes.Ok(
            books,
            SimulatedRoutes.List(
                "/v1/payouts",
                books
                    .All("payout")
                    .Where(item => item.Text("simulated_account") == request.Account)
                    .Where(item =>
                        request["status"] is not { } status || item.Text("status") == status
                    )
            )
        );

    public static SimulatedAnswer Find(SimulatedBooks books, SimulatedRequest request, string id)
    {
        var payout = books.Get(id, "id");
        return payout.Text("simulated_account") == request.Account
            ? SimulatedRoutes.Ok(books, payout)
            : throw new SimulatedRefusalException(404, "resource_missing", "No such payout.");
    }
}
