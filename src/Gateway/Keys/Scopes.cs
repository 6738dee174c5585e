namespace Arda.Gateway.Keys;

/// <summary>What a key may do. None reaches accounts, other keys, apps, payouts or the operator's
/// functions.</summary>
public static class Scopes
{
    /// <summary>Chat, messages, embeddings and other paid calls, and the plain list of models.</summary>
    public const string Inference = "inference";

    /// <summary>The catalog with prices, markup and the AutoRoute picker.</summary>
    public const string ModelsRead = "models:read";

    /// <summary>Balance, whether a card is saved, auto-reload, and the balance headers.</summary>
    public const string BalanceRead = "balance:read";

    /// <summary>Create a portal link, which is context and never a login.</summary>
    public const string BillingPortal = "billing:portal";

    /// <summary>The usage of this key's own connection.</summary>
    public const string UsageRead = "usage:read";

    public const string OpenId = "openid";
    public const string Profile = "profile";
    public const string Email = "email";

    public static readonly IReadOnlyList<string> All =
    [
        Inference,
        ModelsRead,
        BalanceRead,
        BillingPortal,
        UsageRead,
        OpenId,
        Profile,
        Email,
    ];

    /// <summary>Of a key that its own user makes: it is their balance and their usage.</summary>
    public static readonly IReadOnlyList<string> OfAnOwnKey =
    [
        Inference,
        ModelsRead,
        BalanceRead,
        BillingPortal,
        UsageRead,
    ];

    /// <summary>As OAuth writes them and as they are stored: names with one space between.</summary>
    public static string Text(IEnumerable<string> scopes) => string.Join(' ', scopes);

    public static string[] Read(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
