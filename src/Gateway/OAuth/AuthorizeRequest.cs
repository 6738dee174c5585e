using Arda.Gateway.Developers;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.OAuth;

/// <summary>An authorize request that may be put to a person.</summary>
internal sealed record AuthorizeRequest
{
    public required App App { get; init; }

    /// <summary>As it was asked, character for character.</summary>
    public required string RedirectUri { get; init; }

    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>Escaped, because the store takes no zero byte, and as it goes back.</summary>
    public string? EscapedState { get; init; }

    public string? EscapedNonce { get; init; }

    public required string Challenge { get; init; }

    public IReadOnlyList<string> Prompt { get; init; } = [];

    public long? MaxAgeSeconds { get; init; }

    public string? LoginHint { get; init; }

    /// <summary>Whom the id_token_hint names.</summary>
    public UserId? HintedOwner { get; init; }

    public bool MayNotAsk => Prompt.Contains("none");

    public bool WantsSignIn => Prompt.Contains("login") || Prompt.Contains("select_account");

    public bool WantsConsent => Prompt.Contains("consent");
}

/// <summary>How an authorize request was judged.</summary>
internal abstract record Judgement
{
    private Judgement() { }

    public sealed record Good(AuthorizeRequest Request) : Judgement;

    public sealed record Bad(AuthorizeStep Step) : Judgement;
}
