namespace Arda.Gateway.Sdk;

/// <summary>What an app can ask for; the consent page lists each in plain words. Scopes of newer
/// gateways pass as plain text, too.</summary>
public static class GatewayScopes
{
    /// <summary>Run requests that the user pays.</summary>
    public const string Inference = "inference";

    /// <summary>List models with their prices.</summary>
    public const string ModelsRead = "models:read";

    /// <summary>See the balance and whether a card is saved.</summary>
    public const string BalanceRead = "balance:read";

    /// <summary>Make links to the billing portal.</summary>
    public const string BillingPortal = "billing:portal";

    /// <summary>Read receipts and usage.</summary>
    public const string UsageRead = "usage:read";

    /// <summary>Sign the user in: an ID token (OpenID Connect).</summary>
    public const string OpenId = "openid";

    /// <summary>The user's name in the ID token.</summary>
    public const string Profile = "profile";

    /// <summary>The user's address in the ID token.</summary>
    public const string Email = "email";
}
