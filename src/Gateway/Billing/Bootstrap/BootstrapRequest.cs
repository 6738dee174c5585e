using Arda.Gateway.Billing.Models;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Billing.Bootstrap;

/// <summary>What an app wants to know before its first request, as the SDK's options have it.</summary>
internal sealed record BootstrapRequest
{
    private const long CentsMax = 100_000_000;
    private const int UrlCharsMax = 2_000;

    /// <summary>Null: anything above nothing is enough.</summary>
    public long? MinimumBalanceCents { get; init; }

    public bool RequireSavedPaymentMethod { get; init; }

    public string? ReturnUrl { get; init; }

    public long? SuggestedTopupCents { get; init; }

    public bool? SuggestedAutoReloadEnabled { get; init; }

    public required CatalogQuestion Models { get; init; }

    public static Outcome<BootstrapRequest> Read(JsonFields fields)
    {
        var billing = fields.Inner("billing");
        var models = fields.Inner("models");
        var usage = models.Inner("usage");
        var input = usage.Whole("input_tokens", 0, CatalogEndpoint.TokensMax);
        var output = usage.Whole("output_tokens", 0, CatalogEndpoint.TokensMax);
        var isAsked = input is not null || output is not null;
        var request = new BootstrapRequest
        {
            MinimumBalanceCents = billing.Whole("minimum_balance_cents", 0, CentsMax),
            RequireSavedPaymentMethod = billing.Flag("require_saved_payment_method") == true,
            ReturnUrl = billing.Text("return_url", UrlCharsMax),
            SuggestedTopupCents = billing.Whole("suggested_topup_cents", 1, CentsMax),
            SuggestedAutoReloadEnabled = billing.Flag("suggested_auto_reload_enabled"),
            Models = new CatalogQuestion(
                models.Texts("types", PricedModels.Types.Count) ?? [],
                isAsked ? input ?? 0 : null,
                isAsked ? output ?? 0 : null
            ),
        };
        return (fields.Wrong ?? billing.Wrong ?? models.Wrong ?? usage.Wrong) is { } wrong ? wrong
            : PricedModels.Refuse(request.Models, "models.types") is { } unknown ? unknown
            : request;
    }
}
