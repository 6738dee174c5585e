using Arda.Gateway.Accounts;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.OAuth;

/// <summary>
/// What decides about <c>/oauth/authorize</c>; the pages only show it. The request lives in a row
/// of the store, bound to whoever looks at it first, for fifteen minutes.
/// </summary>
public sealed class AuthorizeRequests
{
    /// <summary>A GET with its parameters (<see cref="StrictForm.OfQuery"/>). Never HTML under
    /// <c>prompt=none</c>.</summary>
    public Task<AuthorizeStep> BeginAsync(
        StrictForm asked,
        Session? session,
        CancellationToken ct
    ) => throw new InvalidOperationException();

    /// <summary>A POST of the same: answers <see cref="AuthorizeStep.Consent"/> at best, which here
    /// means "303 to the page of that interaction", where <see cref="ContinueAsync"/> decides.
    /// A cross-site post carries no cookie, so nobody is asked who they are.</summary>
    public Task<AuthorizeStep> ParkAsync(StrictForm asked, CancellationToken ct) =>
        throw new InvalidOperationException();

    /// <summary>The page of an interaction was opened, or its person has just signed in.</summary>
    public Task<AuthorizeStep> ContinueAsync(
        InteractionId id,
        Session? session,
        CancellationToken ct
    ) => throw new InvalidOperationException();

    /// <summary>What to show; denied when it is not this person's, or over.</summary>
    public Task<Outcome<ConsentView>> ViewAsync(
        InteractionId id,
        Session session,
        CancellationToken ct
    ) => throw new InvalidOperationException();

    /// <summary>The form token must have been checked. A markup that was raised meanwhile asks
    /// again.</summary>
    public Task<AuthorizeStep> DecideAsync(
        InteractionId id,
        Session session,
        ConsentDecision decision,
        CancellationToken ct
    ) => throw new InvalidOperationException();
}
