namespace Arda.Gateway.Sdk;

/// <summary>What the billing portal opens for, and where it leads back to.</summary>
public sealed record GatewayPortalOptions
{
    /// <summary>One of <see cref="GatewayPortalPurposes"/>.</summary>
    public string Purpose
    {
        get;
        init => field = value ?? GatewayPortalPurposes.Topup;
    } = GatewayPortalPurposes.Topup;

    /// <summary>Where the user comes back to: within the app's registered redirect URIs' origins
    /// and schemes, or its web origins. The portal adds <c>portal_session</c> and
    /// <c>outcome</c>.</summary>
    public string? ReturnUrl { get; init; }

    /// <summary>The amount that the page proposes, in US cents.</summary>
    public long? SuggestedTopupCents { get; init; }

    /// <summary>Whether the page proposes auto-reload. Proposing charges nothing and turns nothing
    /// on.</summary>
    public bool? SuggestedAutoReloadEnabled { get; init; }

    /// <summary>The app's own words, given back with the return.</summary>
    public string? State { get; init; }
}

/// <summary>What a user is sent to the portal for.</summary>
public static class GatewayPortalPurposes
{
    /// <summary>Add money.</summary>
    public const string Topup = "topup";

    /// <summary>Save a card, or another one than that which was declined.</summary>
    public const string PaymentMethod = "payment_method";

    /// <summary>Turn auto-reload on, or raise its monthly cap.</summary>
    public const string AutoReload = "auto_reload";

    /// <summary>Raise a monthly limit, or let a paused app go on.</summary>
    public const string Limits = "limits";

    /// <summary>Confirm a payment that the bank asks about.</summary>
    public const string PaymentAction = "payment_action";

    /// <summary>See how the project stands.</summary>
    public const string Overview = "overview";
}
