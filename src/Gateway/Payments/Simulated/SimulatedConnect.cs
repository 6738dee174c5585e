using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Payments.Simulated;

/// <summary>How somebody leaves the form for payouts.</summary>
internal enum OnboardEnd
{
    LeftHalfway,

    /// <summary>All is filled in; the provider still looks at the papers.</summary>
    Verifying,
    Done,
    Rejected,
}

/// <summary>Connect Express: accounts of resellers and the links into their pages.</summary>
internal static class SimulatedConnect
{
    private const long LinkSeconds = 300;

    public static SimulatedAnswer Answer(
        SimulatedBooks books,
        SimulatedRequest request,
        string[] path
    ) =>
        (request.Method, path) switch
        {
            ("POST", ["v1", "accounts"]) => Ok(books, NewAccount(books, request)),
            ("GET", ["v1", "accounts", var id]) => Account(books, id),
            ("POST", ["v1", "account_links"]) => Ok(books, Link(books, request)),
            ("POST", ["v1", "accounts", var id, "login_links"]) => Ok(books, Login(books, id)),
            ("POST", ["v1", "transfers"]) => SimulatedTransfers.Create(books, request),
            ("POST", ["v1", "transfers", var id, "reversals"]) => SimulatedTransfers.Reverse(
                books,
                request,
                id
            ),
            ("GET", ["v1", "transfers"]) => Ok(books, SimulatedTransfers.List(books, request)),
            ("GET", ["v1", "payouts"]) => SimulatedBankPayouts.List(books, request),
            ("GET", ["v1", "payouts", var id]) => SimulatedBankPayouts.Find(books, request, id),
            _ => new SimulatedAnswer(
                404,
                SimulatedErrors
                    .Invalid("resource_missing", $"Unrecognized request URL ({request.Path}).")
                    .ToJsonString()
            ),
        };

    /// <summary>Someone has filled in the form, whole or half.</summary>
    public static void Onboard(SimulatedBooks books, string id, bool isWhole) =>
        Onboard(books, id, isWhole ? OnboardEnd.Done : OnboardEnd.LeftHalfway);

    public static void Onboard(SimulatedBooks books, string id, OnboardEnd end)
    {
        var account = books.Get(id, "id");
        var isDone = end is OnboardEnd.Done;
        account["details_submitted"] = end is not OnboardEnd.LeftHalfway;
        account["payouts_enabled"] = isDone;
        account["charges_enabled"] = isDone;
        account["capabilities"]!["transfers"] =
            isDone ? "active"
            : end is OnboardEnd.Verifying ? "pending"
            : "inactive";
        var needs = account["requirements"]!;
        needs["currently_due"] =
            end is OnboardEnd.LeftHalfway ? new JsonArray("external_account") : new JsonArray();
        needs["pending_verification"] =
            end is OnboardEnd.Verifying
                ? new JsonArray("individual.verification.document")
                : new JsonArray();
        needs["past_due"] = new JsonArray();
        needs["current_deadline"] = null;
        needs["disabled_reason"] = end switch
        {
            OnboardEnd.Verifying => "requirements.pending_verification",
            OnboardEnd.Rejected => "rejected.fraud",
            _ => null,
        };
        Changed(books, account);
    }

    /// <summary>The provider wants to know more. Until then it pays; after that it does
    /// not.</summary>
    public static void Ask(SimulatedBooks books, string id, string what, bool isOverdue)
    {
        var account = books.Get(id, "id");
        var needs = account["requirements"]!;
        needs["currently_due"] = new JsonArray(what);
        needs["past_due"] = isOverdue ? new JsonArray(what) : new JsonArray();
        needs["current_deadline"] = books.Created + (isOverdue ? -1 : 14 * 86_400);
        needs["disabled_reason"] = isOverdue ? "requirements.past_due" : null;
        account["payouts_enabled"] = !isOverdue;
        Changed(books, account);
    }

    /// <summary>The capability alone, as when it is paused.</summary>
    public static void SetTransfers(SimulatedBooks books, string id, string capability)
    {
        var account = books.Get(id, "id");
        account["capabilities"]!["transfers"] = capability;
        Changed(books, account);
    }

    /// <summary>Its owner takes the account away from us.</summary>
    public static void Deauthorize(SimulatedBooks books, string id)
    {
        var account = books.Get(id, "id");
        account["simulated_left"] = true;
        books.Put(account);
        books.Emit(
            "account.application.deauthorized",
            new JsonObject
            {
                ["id"] = "ca_simulated",
                ["object"] = "application",
                ["name"] = "This gateway",
            },
            id
        );
    }

    public static JsonObject Balance(SimulatedBooks books)
    {
        var moved = books.All("balance_transaction");
        var sent = books.All("transfer").Sum(t => t.Long("amount") - t.Long("amount_reversed"));
        var currency = moved.FirstOrDefault()?.Text("currency") ?? "xts";
        // What a card pays can be used two days later.
        bool IsAvailable(JsonObject item) =>
            item.Text("status") == "available"
            || item.Long("created") <= books.Created - (2 * 86_400);
        long Sum(bool available) =>
            moved.Where(item => IsAvailable(item) == available).Sum(item => item.Long("net"));
        return new JsonObject
        {
            ["object"] = "balance",
            ["livemode"] = false,
            ["available"] = Part(Sum(true) - sent, currency),
            ["pending"] = Part(Sum(false), currency),
        };
    }

    /// <summary>A link into the form is used once; afterwards it leads to where another one is
    /// made.</summary>
    /// <returns>Whether it still leads into the form, and both addresses.</returns>
    public static (bool IsGood, string RefreshUrl, string ReturnUrl)? OpenLink(
        SimulatedBooks books,
        string id
    )
    {
        if (books.Find(id) is not { } link || link.Text("object") != "account_link")
        {
            return null;
        }

        var isGood = link.Long("used") == 0 && link.Long("expires_at") > books.Created;
        link["used"] = 1;
        books.Put(link);
        return (isGood, link.Text("refresh_url"), link.Text("return_url"));
    }

    private static void Changed(SimulatedBooks books, JsonObject account)
    {
        books.Put(account);
        books.Emit("account.updated", account, account.Text("id"));
    }

    private static JsonArray Part(long amount, string currency) =>
        [new JsonObject { ["amount"] = amount, ["currency"] = currency }];

    private static SimulatedAnswer Account(SimulatedBooks books, string id)
    {
        var account = books.Get(id, "id");
        if (account["simulated_left"] is null)
        {
            return Ok(books, account);
        }

        const string Words = "The provided key does not have access to that account.";
        return new SimulatedAnswer(
            403,
            SimulatedErrors.Invalid("account_invalid", Words).ToJsonString()
        );
    }

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
        var id = Ids.Make("alink_");
        books.Put(
            new JsonObject
            {
                ["id"] = id,
                ["object"] = "account_link",
                ["account"] = account,
                ["expires_at"] = books.Created + LinkSeconds,
                ["refresh_url"] = request.Need("refresh_url"),
                ["return_url"] = request.Need("return_url"),
                ["used"] = 0,
            }
        );
        return new JsonObject
        {
            ["object"] = "account_link",
            ["created"] = books.Created,
            ["expires_at"] = books.Created + LinkSeconds,
            ["url"] = $"{books.PagesUrl}/connect/{account}/{id}",
        };
    }

    private static JsonObject Login(SimulatedBooks books, string id)
    {
        var account = books.Get(id, "id");
        return account["details_submitted"]!.GetValue<bool>()
            ? new JsonObject
            {
                ["object"] = "login_link",
                ["created"] = books.Created,
                ["url"] = $"{books.PagesUrl}/express/{id}",
            }
            : throw new SimulatedRefusalException(
                400,
                "invalid_request",
                "Cannot create a login link for an account that has not completed onboarding."
            );
    }

    private static SimulatedAnswer Ok(SimulatedBooks books, JsonObject item) =>
        SimulatedRoutes.Ok(books, item);
}
