namespace Arda.Gateway.Payments.Stripe;

/// <summary>Connect Express: accounts of resellers, and the transfers that pay them.</summary>
internal sealed partial class StripeClient
{
    public Task<StripeAnswer<StripePayee>> CreatePayeeAsync(
        string owner,
        string app,
        string country,
        string? email,
        CancellationToken ct
    ) =>
        PostAsync(
            "/v1/accounts",
            "acct:" + owner,
            new StripeForm()
                .Add("controller[stripe_dashboard][type]", "express")
                .Add("controller[fees][payer]", "application")
                .Add("controller[losses][payments]", "application")
                .Add("country", country)
                .Add("email", email)
                .Add("capabilities[transfers][requested]", true)
                .Add("metadata[gw_app]", app),
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
        CancellationToken ct
    ) =>
        PostAsync(
            "/v1/transfers",
            "transfer:" + batch,
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
            CurrentlyDue = [.. needs.Items("currently_due").Select(item => item.GetString() ?? "")],
            PastDue = [.. needs.Items("past_due").Select(item => item.GetString() ?? "")],
        };
    }
}

internal sealed record StripeTransfer(string Id, long Amount, long AmountReversed, string? Payee)
{
    public static StripeTransfer Read(System.Text.Json.JsonElement json) =>
        new(
            json.Text("id") ?? "",
            json.Long("amount"),
            json.Long("amount_reversed"),
            json.IdOf("destination")
        );
}
