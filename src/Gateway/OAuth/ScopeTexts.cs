using System.Buffers;
using Arda.Gateway.Developers;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;

namespace Arda.Gateway.OAuth;

/// <summary>The scopes in plain words, and what a request for scopes means.</summary>
internal static class ScopeTexts
{
    private const string OfflineAccess = "offline_access";
    private const int CharsMax = 1_000;

    // RFC 6749 §3.3: NQCHAR, and single spaces between.
    private static readonly SearchValues<char> s_grammar = SearchValues.Create([
        .. Enumerable
            .Range(' ', '~' - ' ' + 1)
            .Select(c => (char)c)
            .Where(c => c is not ('"' or '\\')),
    ]);

    private static readonly ScopeView[] s_all =
    [
        new(
            Scopes.Inference,
            "Use AI models and pay from your balance",
            "Send requests to models; each is paid from the project you choose.",
            Required: true
        ),
        new(
            Scopes.ModelsRead,
            "See models and prices",
            "Read the list of models with what they cost you.",
            Required: false
        ),
        new(
            Scopes.BalanceRead,
            "See your balance",
            "Read the balance of the project, whether a card is saved, and auto-reload.",
            Required: false
        ),
        new(
            Scopes.BillingPortal,
            "Open the billing page for you",
            "Make a link to your billing page. It cannot pay or change anything by itself.",
            Required: false
        ),
        new(
            Scopes.UsageRead,
            "See what it has used",
            "Read the usage of this connection, never that of other apps.",
            Required: false
        ),
        new(
            Scopes.OpenId,
            "Know that it is you",
            "Recognise your account by an id that is different for every developer.",
            Required: true
        ),
        new(Scopes.Profile, "See your name", "Read the name of your account.", Required: false),
        new(
            Scopes.Email,
            "See your e-mail address",
            "Read the address of your account.",
            Required: false
        ),
    ];

    public static IReadOnlyList<ScopeView> Of(IEnumerable<string> scopes) =>
        [.. s_all.Where(view => scopes.Contains(view.Name))];

    /// <summary>What is asked for; denied with a sentence when it cannot be granted to that app.
    /// Nothing asked is the app's default. No refresh token exists, so <c>offline_access</c> is
    /// passed over (OIDC Core §11).</summary>
    public static Outcome<IReadOnlyList<string>> Asked(string? scope, App app)
    {
        if (scope is null)
        {
            return Outcome.Of(app.DefaultScopes);
        }

        if (scope.Length > CharsMax || scope.AsSpan().ContainsAnyExcept(s_grammar))
        {
            return new Denial.InvalidRequest("The scope is malformed: names with a space between.");
        }

        var names = scope
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Distinct(StringComparer.Ordinal)
            .Where(name => name != OfflineAccess)
            .ToList();
        return names.Find(name => !app.AllowedScopes.Contains(name)) is { } stranger
                ? new Denial.InvalidRequest($"The scope '{stranger}' is not one of this app's.")
            : names.Count == 0 ? new Denial.InvalidRequest("No scope is left to grant.")
            : Outcome.Of<IReadOnlyList<string>>([.. Scopes.All.Intersect(names)]);
    }

    /// <summary>The ticked ones of those asked for, and the ones without which the app is not of
    /// use.</summary>
    public static IReadOnlyList<string> Granted(
        IReadOnlyList<string> asked,
        IReadOnlyList<string> ticked
    ) =>
        [
            .. Of(asked)
                .Where(view => view.Required || ticked.Contains(view.Name))
                .Select(view => view.Name),
        ];
}
