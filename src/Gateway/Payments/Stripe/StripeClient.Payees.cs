namespace Arda.Gateway.Payments.Stripe;

/// <summary>Connect Express: accounts of resellers, and the transfers that pay them.</summary>
internal sealed partial class StripeClient
{
    public Task<StripeAnswer<StripePayee>> CreatePayeeAsync(NewPayee payee, CancellationToken ct) =>
        PostAsync(
            "/v1/accounts",
            payee.Key,
            new StripeForm()
                .Add("controller[stripe_dashboard][type]", "express")
                .Add("controller[fees][payer]", "application")
                .Add("controller[losses][payments]", "application")
                .Add("country", payee.Country)
                .Add("email", payee.Email)
                .Add("capabilities[transfers][requested]", true)
                .Add("tos_acceptance[service_agreement]", payee.IsAbroad ? "recipient" : null)
                .Add("business_profile[url]", payee.Website)
                .Add("metadata[gw_app]", payee.App)
                .Add("metadata[gw_owner]", payee.Owner),
            StripePayee.Read,
            ct
        );

    public Task<StripeAnswer<StripePayee>> GetPayeeAsync(string id, CancellationToken ct) =>
        GetAsync($"/v1/accounts/{id}", new StripeForm(), StripePayee.Read, ct);

    /// <summary>Single use and short-lived: only ever redirect a signed-in owner to it.</summary>
    /// <param name="key">A fresh one for each link, stored first.</param>
    /// <param name="payee">The account.</param>
    /// <param name="refreshUrl">Makes another link.</param>
    /// <param name="returnUrl">Where the form ends, finished or not.</param>
    /// <param name="ct">The caller's.</param>
    public Task<StripeAnswer<string>> PayeeLinkAsync(
        string key,
        string payee,
        string refreshUrl,
        string returnUrl,
        CancellationToken ct
    ) =>
        PostAsync(
            "/v1/account_links",
            key,
            new StripeForm()
                .Add("account", payee)
                .Add("type", "account_onboarding")
                .Add("refresh_url", refreshUrl)
                .Add("return_url", returnUrl)
                .Add("collection_options[fields]", "eventually_due"),
            json => json.Text("url") ?? "",
            ct
        );

    public Task<StripeAnswer<string>> PayeeDashboardLinkAsync(
        string key,
        string payee,
        CancellationToken ct
    ) =>
        PostAsync(
            $"/v1/accounts/{payee}/login_links",
            key,
            new StripeForm(),
            json => json.Text("url") ?? "",
            ct
        );

    public Task<StripeAnswer<StripeTransfer>> TransferAsync(
        string batch,
        string payee,
        long cents,
        string currency,
        CancellationToken ct,
        long attempt = 1
    ) =>
        PostAsync(
            "/v1/transfers",
            // A refusal is kept with its key for a day and more, so after one comes another key.
            attempt == 1
                ? "transfer:" + batch
                : FormattableString.Invariant($"transfer:{batch}:{attempt}"),
            new StripeForm()
                .Add("amount", cents)
                .Add("currency", currency)
                .Add("destination", payee)
                .Add("transfer_group", "payout:" + batch)
                .Add("metadata[batch]", batch),
            StripeTransfer.Read,
            ct
        );

    /// <summary>What was already sent for a batch: after a day its key may be forgotten.</summary>
    public Task<StripeAnswer<List<StripeTransfer>>> FindTransfersAsync(
        string batch,
        CancellationToken ct
    ) =>
        GetAsync(
            "/v1/transfers",
            new StripeForm().Add("transfer_group", "payout:" + batch),
            json => json.Items("data").Select(StripeTransfer.Read).ToList(),
            ct
        );

    public Task<StripeAnswer<StripeTransfer>> GetTransferAsync(string id, CancellationToken ct) =>
        GetAsync($"/v1/transfers/{id}", new StripeForm(), StripeTransfer.Read, ct);

    /// <summary>A payment from the reseller's account to its bank.</summary>
    public Task<StripeAnswer<StripeBankPayout>> GetBankPayoutAsync(
        string payee,
        string id,
        CancellationToken ct
    ) => GetAsync($"/v1/payouts/{id}", new StripeForm(), StripeBankPayout.Read, ct, payee);

    /// <summary>Those that did not reach the bank, the newest first.</summary>
    public Task<StripeAnswer<List<StripeBankPayout>>> FailedBankPayoutsAsync(
        string payee,
        CancellationToken ct
    ) =>
        GetAsync(
            "/v1/payouts",
            new StripeForm().Add("status", "failed").Add("limit", 20),
            json => json.Items("data").Select(StripeBankPayout.Read).ToList(),
            ct,
            payee
        );

    public Task<StripeAnswer<string>> ReverseTransferAsync(
        string reversal,
        string transfer,
        long cents,
        CancellationToken ct
    ) =>
        PostAsync(
            $"/v1/transfers/{transfer}/reversals",
            "reversal:" + reversal,
            new StripeForm().Add("amount", cents).Add("metadata[reversal]", reversal),
            json => json.Text("id") ?? "",
            ct
        );
}

/// <summary>A wish for an account of a reseller.</summary>
internal sealed record NewPayee
{
    public required string Key { get; init; }
    public required string Owner { get; init; }
    public required string App { get; init; }
    public required string Country { get; init; }

    /// <summary>In another country than the operator: it may only receive.</summary>
    public bool IsAbroad { get; init; }
    public string? Email { get; init; }
    public string? Website { get; init; }
}

/// <summary>A reseller's account.</summary>
internal sealed record StripePayee
{
    public required string Id { get; init; }
    public bool DetailsSubmitted { get; init; }
    public bool PayoutsEnabled { get; init; }
    public string? TransfersCapability { get; init; }
    public string? DisabledReason { get; init; }
    public IReadOnlyList<string> CurrentlyDue { get; init; } = [];
    public IReadOnlyList<string> PastDue { get; init; } = [];
    public IReadOnlyList<string> PendingVerification { get; init; } = [];
    public DateTimeOffset? CurrentDeadline { get; init; }
    public string? Country { get; init; }

    /// <summary>The provider wants nothing to do with its owner.</summary>
    public bool IsRejected =>
        DisabledReason?.StartsWith("rejected.", StringComparison.Ordinal) == true;

    /// <summary>"Completed Express payouts": money can really reach the owner.</summary>
    public bool IsComplete =>
        DetailsSubmitted
        && PayoutsEnabled
        && TransfersCapability == "active"
        && DisabledReason is null
        && PastDue.Count == 0;

    public static StripePayee Read(System.Text.Json.JsonElement json)
    {
        var needs = json.Object("requirements") ?? default;
        return new StripePayee
        {
            Id = json.Text("id") ?? "",
            DetailsSubmitted = json.Flag("details_submitted"),
            PayoutsEnabled = json.Flag("payouts_enabled"),
            TransfersCapability = json.Object("capabilities")?.Text("transfers"),
            DisabledReason = needs.Text("disabled_reason"),
            CurrentlyDue = ListOf(needs, "currently_due"),
            PastDue = ListOf(needs, "past_due"),
            PendingVerification = ListOf(needs, "pending_verification"),
            CurrentDeadline = needs.Long("current_deadline") is > 0 and var at
                ? DateTimeOffset.FromUnixTimeSeconds(at)
                : null,
            Country = json.Text("country"),
        };
    }

    private static string[] ListOf(System.Text.Json.JsonElement needs, string name) =>
        [.. needs.Items(name).Select(item => item.GetString() ?? "")];
}

internal sealed record StripeTransfer(string Id, long Amount, long AmountReversed, string? Payee)
{
    /// <summary>Our row.</summary>
    public string? Batch { get; init; }

    // A text, so that two readings of one transfer are equal.
    private string ReversalLines { get; init; } = "";

    /// <summary>What came back by our rows: their ids, and the provider's of each.</summary>
    public IEnumerable<(string Ours, string Theirs)> OurReversals =>
        ReversalLines
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' '))
            .Select(pair => (pair[0], pair[1]));

    public static StripeTransfer Read(System.Text.Json.JsonElement json) =>
        new(
            json.Text("id") ?? "",
            json.Long("amount"),
            json.Long("amount_reversed"),
            json.IdOf("destination")
        )
        {
            Batch = json.Metadata("batch"),
            ReversalLines = string.Join(
                '\n',
                (json.Object("reversals") ?? default)
                    .Items("data")
                    .Where(item => item.Metadata("reversal") is not null)
                    .Select(item => item.Metadata("reversal") + " " + item.Text("id"))
            ),
        };
}

/// <summary>Money on its way from a reseller's account to its bank.</summary>
internal sealed record StripeBankPayout(string Id, string Status, long Amount, string? Currency)
{
    public string? FailureCode { get; init; }
    public long ArrivalDate { get; init; }

    public static StripeBankPayout Read(System.Text.Json.JsonElement json) =>
        new(
            json.Text("id") ?? "",
            json.Text("status") ?? "pending",
            json.Long("amount"),
            json.Text("currency")
        )
        {
            FailureCode = json.Text("failure_code"),
            ArrivalDate = json.Long("arrival_date"),
        };
}
