using System.Globalization;
using System.Text.Json;

namespace Arda.Gateway.Payments.Stripe;

/// <summary>
/// The seam to the payment provider: what this gateway needs done, in its own words. There is one
/// client; what differs between "stripe" and "simulated" is who listens at the other end.
/// </summary>
internal sealed partial class StripeClient(StripeTransport transport)
{
    private static readonly string[] s_paidPage =
    [
        "payment_intent.payment_method",
        "payment_intent.latest_charge.balance_transaction",
    ];

    public Task<StripeAnswer<string>> EnsureCustomerAsync(
        string key,
        string project,
        string? email,
        CancellationToken ct
    ) =>
        PostAsync(
            "/v1/customers",
            key,
            new StripeForm().Add("email", email).Add("metadata[arda_account]", project),
            json => json.Text("id") ?? "",
            ct
        );

    /// <summary>A page on which a card is saved for later charges.</summary>
    public Task<StripeAnswer<StripePage>> CreateSetupPageAsync(
        string key,
        string customer,
        string project,
        PageReturns returns,
        CancellationToken ct
    ) =>
        PostAsync(
            "/v1/checkout/sessions",
            key,
            new StripeForm()
                .Add("mode", "setup")
                .Add("customer", customer)
                .Add("allowed_payment_method_types[0]", "card")
                .Add("setup_intent_data[metadata][project]", project)
                .Add("metadata[project]", project)
                .Add("success_url", returns.Success)
                .Add("cancel_url", returns.Cancel),
            StripePage.Read,
            ct
        );

    /// <summary>A page on which a top-up is paid.</summary>
    public Task<StripeAnswer<StripePage>> CreateTopupPageAsync(
        string key,
        TopupPage page,
        CancellationToken ct
    ) =>
        PostAsync(
            "/v1/checkout/sessions",
            key,
            new StripeForm()
                .Add("mode", "payment")
                .Add("customer", page.Customer)
                .Add("client_reference_id", page.Topup)
                .Add("allowed_payment_method_types[0]", "card")
                .Add("line_items[0][quantity]", 1)
                .Add("line_items[0][price_data][currency]", page.Currency)
                .Add("line_items[0][price_data][unit_amount]", page.Cents)
                .Add("line_items[0][price_data][product_data][name]", page.ProductName)
                .Add("payment_intent_data[metadata][topup]", page.Topup)
                .Add(
                    "payment_intent_data[setup_future_usage]",
                    page.SavesCard ? "off_session" : null
                )
                // Whoever has saved a card pays with it, without typing it again.
                .Add("saved_payment_method_options[allow_redisplay_filters][0]", "always")
                .Add("saved_payment_method_options[allow_redisplay_filters][1]", "limited")
                .Add("saved_payment_method_options[allow_redisplay_filters][2]", "unspecified")
                .Add("invoice_creation[enabled]", true)
                .Add("metadata[topup]", page.Topup)
                .Add("expires_at", page.ExpiresAt.ToUnixTimeSeconds())
                .Add("success_url", page.Returns.Success)
                .Add("cancel_url", page.Returns.Cancel),
            StripePage.Read,
            ct
        );

    public Task<StripeAnswer<StripePage>> GetTopupPageAsync(string id, CancellationToken ct) =>
        GetAsync(
            $"/v1/checkout/sessions/{id}",
            new StripeForm().Expand(s_paidPage),
            StripePage.Read,
            ct
        );

    public Task<StripeAnswer<StripePage>> GetSetupPageAsync(string id, CancellationToken ct) =>
        GetAsync(
            $"/v1/checkout/sessions/{id}",
            new StripeForm().Expand("setup_intent.payment_method"),
            StripePage.Read,
            ct
        );

    /// <summary>Afterwards nobody can pay on it, in whatever tab it is still open.</summary>
    public Task<StripeAnswer<StripePage>> ExpirePageAsync(string id, CancellationToken ct) =>
        PostAsync(
            $"/v1/checkout/sessions/{id}/expire",
            "expire:" + id,
            new StripeForm(),
            StripePage.Read,
            ct
        );

    /// <summary>Charges a saved card while its owner is away.</summary>
    public Task<StripeAnswer<StripePayment>> ChargeSavedAsync(
        string key,
        SavedCharge charge,
        CancellationToken ct
    ) =>
        PostAsync(
            "/v1/payment_intents",
            key,
            new StripeForm()
                .Add("amount", charge.Cents)
                .Add("currency", charge.Currency)
                .Add("customer", charge.Customer)
                .Add("payment_method", charge.Card)
                .Add("confirm", true)
                .Add("off_session", true)
                .Add("allowed_payment_method_types[0]", "card")
                .Add("description", charge.Description)
                .Add("metadata[reload]", charge.Reload)
                .Expand("latest_charge.balance_transaction"),
            StripePayment.Read,
            ct
        );

    public Task<StripeAnswer<StripePayment>> GetPaymentAsync(string id, CancellationToken ct) =>
        GetAsync(
            $"/v1/payment_intents/{id}",
            new StripeForm().Expand("payment_method", "latest_charge.balance_transaction"),
            StripePayment.Read,
            ct
        );

    /// <summary>So that an attempt that was given up can never be paid after all.</summary>
    public Task<StripeAnswer<StripePayment>> CancelChargeAsync(string id, CancellationToken ct) =>
        PostAsync(
            $"/v1/payment_intents/{id}/cancel",
            "cancel:" + id,
            new StripeForm().Add("cancellation_reason", "abandoned"),
            StripePayment.Read,
            ct
        );

    public Task<StripeAnswer<StripeCharge>> GetChargeAsync(string id, CancellationToken ct) =>
        GetAsync($"/v1/charges/{id}", new StripeForm(), StripeCharge.Read, ct);

    public Task<StripeAnswer<StripeCard>> GetCardAsync(string id, CancellationToken ct) =>
        GetAsync($"/v1/payment_methods/{id}", new StripeForm(), StripeCard.Read, ct);

    public Task<StripeAnswer<StripeCard>> DetachCardAsync(string id, CancellationToken ct) =>
        PostAsync(
            $"/v1/payment_methods/{id}/detach",
            "detach:" + id,
            new StripeForm(),
            StripeCard.Read,
            ct
        );

    public Task<StripeAnswer<string>> SetDefaultCardAsync(
        string customer,
        string card,
        CancellationToken ct
    ) =>
        PostAsync(
            $"/v1/customers/{customer}",
            $"default:{customer}:{card}",
            new StripeForm().Add("invoice_settings[default_payment_method]", card),
            json => json.Text("id") ?? "",
            ct
        );

    /// <summary>The key is made of our row's id.</summary>
    public Task<StripeAnswer<StripeRefund>> RefundAsync(
        string ourId,
        string payment,
        long cents,
        CancellationToken ct
    ) =>
        PostAsync(
            "/v1/refunds",
            "refund:" + ourId,
            new StripeForm()
                .Add("payment_intent", payment)
                .Add("amount", cents)
                .Add("reason", "requested_by_customer")
                .Add("metadata[refund]", ourId),
            StripeRefund.Read,
            ct
        );

    public Task<StripeAnswer<StripeRefund>> GetRefundAsync(string id, CancellationToken ct) =>
        GetAsync($"/v1/refunds/{id}", new StripeForm(), StripeRefund.Read, ct);

    public Task<StripeAnswer<StripeDispute>> GetDisputeAsync(string id, CancellationToken ct) =>
        GetAsync($"/v1/disputes/{id}", new StripeForm(), StripeDispute.Read, ct);

    /// <summary>What can be paid out now, in cents of that currency.</summary>
    public Task<StripeAnswer<long>> GetBalanceAsync(string currency, CancellationToken ct) =>
        GetAsync(
            "/v1/balance",
            new StripeForm(),
            json =>
                json.Items("available")
                    .Where(part => part.Text("currency") == currency)
                    .Sum(part => part.Long("amount")),
            ct
        );

    /// <summary>Events that could not be delivered, the newest first.</summary>
    public Task<StripeAnswer<List<string>>> ListEventsAsync(
        IReadOnlyList<string> types,
        DateTimeOffset since,
        string? after,
        CancellationToken ct
    ) => EventsAsync(new StripeForm().Add("delivery_success", false), types, since, after, ct);

    /// <summary>All events of these types, delivered or not.</summary>
    public Task<StripeAnswer<List<string>>> FindEventsAsync(
        IReadOnlyList<string> types,
        DateTimeOffset since,
        string? after,
        CancellationToken ct
    ) => EventsAsync(new StripeForm(), types, since, after, ct);

    private Task<StripeAnswer<List<string>>> EventsAsync(
        StripeForm form,
        IReadOnlyList<string> types,
        DateTimeOffset since,
        string? after,
        CancellationToken ct
    )
    {
        form.Add("limit", 100)
            .Add("created[gte]", since.ToUnixTimeSeconds())
            .Add("starting_after", after);
        for (var i = 0; i < types.Count; i++)
        {
            form.Add(string.Create(CultureInfo.InvariantCulture, $"types[{i}]"), types[i]);
        }

        return GetAsync(
            "/v1/events",
            form,
            json => json.Items("data").Select(item => item.GetRawText()).ToList(),
            ct
        );
    }

    private Task<StripeAnswer<T>> PostAsync<T>(
        string path,
        string key,
        StripeForm form,
        Func<JsonElement, T> read,
        CancellationToken ct
    ) =>
        transport.SendAsync(
            new StripeCall(HttpMethod.Post, path) { Form = form, Key = key },
            read,
            ct
        );

    private Task<StripeAnswer<T>> GetAsync<T>(
        string path,
        StripeForm form,
        Func<JsonElement, T> read,
        CancellationToken ct,
        string? account = null
    ) =>
        transport.SendAsync(
            new StripeCall(HttpMethod.Get, path) { Form = form, Account = account },
            read,
            ct
        );
}

internal sealed record TopupPage
{
    public required string Topup { get; init; }
    public required string Customer { get; init; }
    public required long Cents { get; init; }
    public required string Currency { get; init; }
    public required bool SavesCard { get; init; }
    public required string ProductName { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public required PageReturns Returns { get; init; }
}

internal sealed record SavedCharge
{
    public required string Reload { get; init; }
    public required string Customer { get; init; }
    public required string Card { get; init; }
    public required long Cents { get; init; }
    public required string Currency { get; init; }
    public required string Description { get; init; }
}
