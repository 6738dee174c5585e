using Arda.Gateway.Kernel;

namespace Arda.Gateway.Accounts;

/// <summary>A person signed in, in one browser.</summary>
public sealed record Session
{
    public required string Id { get; init; }

    public required Person Person { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset AuthenticatedAt { get; init; }

    public required bool IsFresh { get; init; }
}
