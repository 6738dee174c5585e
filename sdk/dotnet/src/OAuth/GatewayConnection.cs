namespace Arda.Gateway.Sdk;

/// <summary>The project whose balance pays.</summary>
public sealed record GatewayProject
{
    /// <summary>The project's id.</summary>
    public required string Id { get; init; }

    /// <summary>The project's short name in addresses.</summary>
    public required string Slug { get; init; }

    /// <summary>The project's name, where the answer tells it.</summary>
    public string? Name { get; init; }
}

/// <summary>What the app has once the user said yes: a key of the user's own, and a client that
/// uses it.</summary>
public sealed record GatewayConnection
{
    /// <summary>The user-owned key, <c>gw_sk_…</c>. Works in any OpenAI or Anthropic client; keep
    /// it secret.</summary>
    public required string ApiKey { get; init; }

    /// <summary>The key's public id, safe to log.</summary>
    public required string KeyId { get; init; }

    /// <summary>What the user granted, which may be less than was asked (RFC 6749 §3.3).</summary>
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>The project whose balance pays.</summary>
    public required GatewayProject Project { get; init; }

    /// <summary>How long the key lasts; null when it lasts until it is revoked.</summary>
    public TimeSpan? ExpiresIn { get; init; }

    /// <summary>
    /// The OpenID Connect ID token, when <c>openid</c> was granted. Its audience and nonce were
    /// checked here. Before you sign somebody in by it, verify signature, issuer and expiry as well
    /// (OIDC Core §3.1.3.7).
    /// </summary>
    public string? IdToken { get; init; }

    /// <summary>The client of this key.</summary>
    public required ArdaGatewayClient Gateway { get; init; }

    /// <summary>Without the key, so that no log has it.</summary>
    public override string ToString() => $"{nameof(GatewayConnection)} {KeyId} of {Project.Slug}";
}
