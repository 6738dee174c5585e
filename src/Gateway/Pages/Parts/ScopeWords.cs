using Arda.Gateway.Keys;

namespace Arda.Gateway.Pages.Parts;

/// <summary>What scopes allow, in plain words.</summary>
public static class ScopeWords
{
    private static readonly Dictionary<string, string> s_titles = new(StringComparer.Ordinal)
    {
        [Scopes.Inference] = "Send requests to models and pay for them",
        [Scopes.ModelsRead] = "See models and what they cost",
        [Scopes.BalanceRead] = "See the balance of the project",
        [Scopes.BillingPortal] = "Open the page where you add money (you sign in there)",
        [Scopes.UsageRead] = "See what it has used",
        [Scopes.OpenId] = "Recognise you when you come back",
        [Scopes.Profile] = "See your name",
        [Scopes.Email] = "See your e-mail address",
    };

    public static IEnumerable<KeyValuePair<string, string>> OfOwnKeys =>
        Scopes.OfAnOwnKey.Select(name => KeyValuePair.Create(name, Title(name)));

    public static string Title(string scope) => s_titles.GetValueOrDefault(scope) ?? scope;
}
