using System.Text.Json;
using System.Text.Json.Serialization;

namespace Arda.Gateway.Sdk;

/// <summary>What the app wants to know.</summary>
public sealed record GatewayBootstrapRequest
{
    /// <summary>What it wants of an account before it begins.</summary>
    public GatewayBillingWish? Billing { get; init; }

    /// <summary>Which models it shows.</summary>
    public GatewayModelQuery? Models { get; init; }
}

/// <summary>What an app wants of an account before it begins.</summary>
public sealed record GatewayBillingWish
{
    /// <summary>The balance below which the app wants a top-up, in US cents.</summary>
    public long? MinimumBalanceCents { get; init; }

    /// <summary>Whether the app wants a card on file.</summary>
    public bool? RequireSavedPaymentMethod { get; init; }

    /// <summary>Where the portal sends the user back to.</summary>
    public string? ReturnUrl { get; init; }

    /// <summary>When absent, the smallest amount on sale that restores the minimum.</summary>
    public long? SuggestedTopupCents { get; init; }

    /// <summary>Whether the portal is to offer auto-reload; the user decides.</summary>
    public bool? SuggestedAutoReloadEnabled { get; init; }
}

/// <summary>All that an embedded app wants to know before it begins.</summary>
public sealed record GatewayBootstrap
{
    /// <summary>Whether the app can begin, and if not, why.</summary>
    public required GatewayBillingDecision Billing { get; init; }

    /// <summary>What to do about it.</summary>
    [JsonConverter(typeof(RecoveryInstructionConverter))]
    public required RecoveryInstruction RecoveryInstruction { get; init; }

    /// <summary>Who pays, what is left.</summary>
    public required GatewayStatus Status { get; init; }

    /// <summary>The catalog, typed; what this version does not know is in
    /// <see cref="GatewayCatalog.More"/>.</summary>
    public required GatewayCatalog Catalog { get; init; }

    /// <summary>The choices of a model picker.</summary>
    public required IReadOnlyList<GatewayModelOption> ModelOptions { get; init; }

    /// <summary>What <c>arda/auto</c> understands; null where no model can be chosen.</summary>
    public GatewayAutoRoute? AutoRoute { get; init; }

    /// <summary>The choice of <c>arda/auto</c>.</summary>
    public GatewayModelOption? AutoRouteOption { get; init; }

    /// <summary>The choice to start with.</summary>
    public GatewayModelOption? DefaultModelOption { get; init; }
}

/// <summary>Whether the app can begin, and if not, why.</summary>
public sealed record GatewayBillingDecision
{
    /// <summary>Whether it can.</summary>
    public required bool Ready { get; init; }

    /// <summary>As <see cref="RecoveryInstruction.Action"/>.</summary>
    public required string Action { get; init; }

    /// <summary>The stable word for it; <c>ready</c> when there is nothing to do.</summary>
    public required string Reason { get; init; }

    /// <summary>The scopes to ask for when the user reconnects.</summary>
    public IReadOnlyList<string> MissingScopes
    {
        get;
        init => field = value ?? [];
    } = [];

    /// <summary>What is missing to the minimum, in US cents.</summary>
    public long ShortfallCents { get; init; }
}

/// <summary>A choice of a model picker.</summary>
public sealed record GatewayModelOption
{
    /// <summary>What a request names it by.</summary>
    public required string Id { get; init; }

    /// <summary>For people.</summary>
    public required string Name { get; init; }

    /// <summary>Such as <c>language</c>.</summary>
    public required string Type { get; init; }

    /// <summary>One plain sentence with the price the user really pays, markup included and
    /// named.</summary>
    public required string Disclosure { get; init; }

    /// <summary>Decimal texts by class of tokens; null for <c>arda/auto</c>.</summary>
    public JsonElement? Pricing { get; init; }

    /// <summary>What the typical request costs.</summary>
    public GatewayEstimate? EstimatedCost { get; init; }

    /// <summary>Such as <c>tools</c>.</summary>
    public IReadOnlyList<string> Capabilities
    {
        get;
        init => field = value ?? [];
    } = [];

    /// <summary>Whether it is <c>arda/auto</c>.</summary>
    public bool IsAutoRoute { get; init; }
}
