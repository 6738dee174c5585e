using System.Text.Json.Nodes;
using Arda.Gateway.Payments.Stripe;

namespace Arda.Gateway.Payments.Simulated;

/// <summary>
/// The provider's objects in the shape of its own API document: what it always sends is always
/// there, as null where it is empty.
/// </summary>
internal static class SimulatedObjects
{
    public static JsonObject Event(string id, string type, JsonObject item, long created) =>
        new JsonObject
        {
            ["id"] = id,
            ["object"] = "event",
            ["api_version"] = StripeOptions.Version,
            ["created"] = created,
            ["data"] = new JsonObject { ["object"] = item },
            ["livemode"] = false,
            ["pending_webhooks"] = 1,
            ["request"] = new JsonObject { ["id"] = null, ["idempotency_key"] = null },
            ["type"] = type,
        };

    public static JsonObject Customer(string id, string? email, JsonObject metadata, long created)
    {
        var item = New("customer", id, created, metadata);
        item["email"] = email;
        item["balance"] = 0;
        item["invoice_settings"] = Nulls(
            [],
            "custom_fields default_payment_method footer rendering_options"
        );
        return Nulls(item, "default_source description shipping");
    }

    public static JsonObject Page(string id, string mode, JsonObject metadata, long created)
    {
        var item = New("checkout.session", id, created, metadata);
        item["mode"] = mode;
        item["status"] = "open";
        item["payment_status"] = mode == "setup" ? "no_payment_required" : "unpaid";
        item["ui_mode"] = "hosted_page";
        item["payment_method_types"] = new JsonArray("card");
        item["custom_fields"] = new JsonArray();
        item["shipping_options"] = new JsonArray();
        item["automatic_tax"] = Nulls(new() { ["enabled"] = false }, "liability provider status");
        item["custom_text"] = Nulls(
            [],
            "after_submit shipping_address submit terms_of_service_acceptance"
        );
        return Nulls(
            item,
            """
            adaptive_pricing after_expiration allow_promotion_codes allowed_payment_method_types
            amount_subtotal amount_total billing_address_collection cancel_url client_reference_id
            client_secret collected_information consent consent_collection currency
            currency_conversion customer customer_account customer_creation customer_details
            customer_email discounts integration_identifier invoice invoice_creation locale
            managed_payments origin_context payment_intent payment_link payment_method_collection
            payment_method_configuration_details payment_method_options permissions recovered_from
            saved_payment_method_options setup_intent shipping_address_collection shipping_cost
            submit_type subscription success_url total_details url wallet_options
            """
        );
    }

    public static JsonObject Payment(
        string id,
        long amount,
        string currency,
        JsonObject metadata,
        long created
    )
    {
        var item = New("payment_intent", id, created, metadata);
        item["amount"] = amount;
        item["amount_capturable"] = 0;
        item["amount_received"] = 0;
        item["currency"] = currency;
        item["capture_method"] = "automatic";
        item["confirmation_method"] = "automatic";
        item["status"] = "requires_payment_method";
        item["payment_method_types"] = new JsonArray("card");
        return Nulls(
            item,
            """
            allowed_payment_method_types application application_fee_amount
            automatic_payment_methods canceled_at cancellation_reason client_secret customer
            customer_account description excluded_payment_method_types last_payment_error
            latest_charge managed_payments next_action on_behalf_of payment_method
            payment_method_configuration_details payment_method_options payment_record processing
            receipt_email review setup_future_usage shipping source statement_descriptor
            statement_descriptor_suffix transfer_group
            """
        );
    }

    public static JsonObject Setup(string id, JsonObject metadata, long created)
    {
        var item = New("setup_intent", id, created, metadata);
        item["status"] = "requires_payment_method";
        item["usage"] = "off_session";
        item["payment_method_types"] = new JsonArray("card");
        return Nulls(
            item,
            """
            allowed_payment_method_types application automatic_payment_methods cancellation_reason
            client_secret customer description excluded_payment_method_types last_setup_error
            latest_attempt mandate next_action on_behalf_of payment_method
            payment_method_configuration_details payment_method_options single_use_mandate
            """
        );
    }

    public static JsonObject Card(string id, SimulatedCard card, string? customer, long created)
    {
        var item = New("payment_method", id, created, []);
        item["type"] = "card";
        item["billing_details"] = Nulls([], "address email name phone tax_id");
        item["customer"] = customer;
        item["customer_account"] = null;
        item["card"] = Nulls(
            new()
            {
                ["brand"] = card.Brand,
                ["display_brand"] = card.Brand,
                ["exp_month"] = 12,
                ["exp_year"] = DateTimeOffset.FromUnixTimeSeconds(created).Year + 3,
                ["fingerprint"] = "fp" + card.Number[^8..],
                ["funding"] = "credit",
                ["last4"] = card.Last4,
                ["country"] = "US",
                ["checks"] = Nulls([], "address_line1_check address_postal_code_check cvc_check"),
            },
            "generated_from networks regulated_status three_d_secure_usage wallet"
        );
        return item;
    }

    public static JsonObject Charge(string id, JsonObject payment, string receiptUrl, long created)
    {
        var item = New("charge", id, created, payment["metadata"]!.DeepClone().AsObject());
        var amount = payment.Long("amount");
        item["amount"] = amount;
        item["amount_captured"] = amount;
        item["amount_refunded"] = 0;
        item["currency"] = payment.Text("currency");
        item["captured"] = true;
        item["disputed"] = false;
        item["paid"] = true;
        item["refunded"] = false;
        item["status"] = "succeeded";
        item["billing_details"] = Nulls([], "address email name phone tax_id");
        item["customer"] = payment.TextOrNull("customer");
        item["payment_intent"] = payment.Text("id");
        item["payment_method"] = payment.TextOrNull("payment_method");
        item["receipt_url"] = receiptUrl;
        return Nulls(
            item,
            """
            application application_fee application_fee_amount balance_transaction
            calculated_statement_descriptor description failure_balance_transaction failure_code
            failure_message fraud_details on_behalf_of outcome payment_method_details receipt_email
            receipt_number review shipping source source_transfer statement_descriptor
            statement_descriptor_suffix transfer_data transfer_group
            """
        );
    }

    public static JsonObject Movement(
        string id,
        long amount,
        long fee,
        string currency,
        string type,
        string? source,
        long created
    ) =>
        new JsonObject
        {
            ["id"] = id,
            ["object"] = "balance_transaction",
            ["amount"] = amount,
            ["available_on"] = created,
            ["balance_type"] = "payments",
            ["created"] = created,
            ["currency"] = currency,
            ["description"] = null,
            ["exchange_rate"] = null,
            ["fee"] = fee,
            ["fee_details"] = new JsonArray(),
            ["net"] = amount - fee,
            ["reporting_category"] = type == "adjustment" ? "dispute" : type,
            ["source"] = source,
            ["status"] = "available",
            ["type"] = type,
        };

    public static JsonObject Refund(
        string id,
        JsonObject charge,
        long amount,
        JsonObject metadata,
        long created
    )
    {
        var item = new JsonObject
        {
            ["id"] = id,
            ["object"] = "refund",
            ["amount"] = amount,
            ["created"] = created,
            ["currency"] = charge.Text("currency"),
            ["charge"] = charge.Text("id"),
            ["payment_intent"] = charge.TextOrNull("payment_intent"),
            ["payment_method"] = charge.TextOrNull("payment_method"),
            ["customer"] = charge.TextOrNull("customer"),
            ["metadata"] = metadata,
            ["reason"] = "requested_by_customer",
            ["status"] = "succeeded",
        };
        return Nulls(
            item,
            """
            balance_transaction customer_account receipt_number source_transfer_reversal
            transfer_reversal
            """
        );
    }

    public static JsonObject Dispute(string id, JsonObject charge, string status, long created)
    {
        var item = New("dispute", id, created, []);
        item["amount"] = charge.Long("amount") - charge.Long("amount_refunded");
        item["balance_transactions"] = new JsonArray();
        item["charge"] = charge.Text("id");
        item["payment_intent"] = charge.TextOrNull("payment_intent");
        item["currency"] = charge.Text("currency");
        item["evidence"] = Evidence();
        item["evidence_details"] = new JsonObject
        {
            ["due_by"] = created + (7 * 86_400),
            ["enhanced_eligibility"] = new JsonObject(),
            ["has_evidence"] = false,
            ["past_due"] = false,
            ["submission_count"] = 0,
            ["submission_method"] = "not_submitted",
        };
        item["enhanced_eligibility_types"] = new JsonArray();
        item["intended_submission_method"] = null;
        item["is_charge_refundable"] = status.StartsWith("warning", StringComparison.Ordinal);
        item["reason"] = "fraudulent";
        item["status"] = status;
        return item;
    }

    public static JsonObject Nulls(JsonObject item, string names)
    {
        foreach (
            var name in names.Split(
                [' ', '\n', '\r'],
                StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
            )
        )
        {
            item.TryAdd(name, null);
        }

        return item;
    }

    public static JsonObject New(string kind, string id, long created, JsonObject metadata) =>
        new JsonObject
        {
            ["id"] = id,
            ["object"] = kind,
            ["created"] = created,
            ["livemode"] = false,
            ["metadata"] = metadata,
        };

    private static JsonObject Evidence() =>
        Nulls(
            new JsonObject { ["enhanced_evidence"] = new JsonObject() },
            """
            access_activity_log billing_address cancellation_policy cancellation_policy_disclosure
            cancellation_rebuttal customer_communication customer_email_address customer_name
            customer_purchase_ip customer_signature duplicate_charge_documentation
            duplicate_charge_explanation duplicate_charge_id product_description receipt
            refund_policy refund_policy_disclosure refund_refusal_explanation service_date
            service_documentation shipping_address shipping_carrier shipping_date
            shipping_documentation shipping_tracking_number uncategorized_file uncategorized_text
            """
        );
}
