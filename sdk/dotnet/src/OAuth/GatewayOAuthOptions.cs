namespace Arda.Gateway.Sdk;

/// <summary>Who the app is, and which gateway it speaks to.</summary>
public sealed record GatewayOAuthOptions
{
    /// <summary>The app's id from the Developers dashboard: <c>gw_app_…</c>.</summary>
    public required string ClientId { get; init; }

    /// <summary>Confidential server apps only, sent by HTTP Basic (RFC 6749 §2.3.1). Never ship it
    /// in an installed app: those are public clients, and PKCE stands in for it.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>The gateway's address; only for local, staging or self-hosted gateways. When
    /// absent: the <see cref="HttpClient.BaseAddress"/> of the client that you bring, or
    /// <c>https://gateway.ardabot.ai</c>.</summary>
    public Uri? BaseAddress { get; init; }

    /// <summary>The clock of waits and of dates in answers.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Without the secret, so that no log has it.</summary>
    public override string ToString() => $"{nameof(GatewayOAuthOptions)} {ClientId}";
}
