namespace Arda.Gateway.Sdk;

/// <summary>What <c>AddArdaGateway</c> is told; fits a section of the app's
/// configuration.</summary>
public sealed class ArdaGatewayOptions
{
    /// <summary>The app's id, <c>gw_app_…</c>; needed by
    /// <see cref="GatewayOAuthClient"/>.</summary>
    public string? ClientId { get; set; }

    /// <summary>Of confidential server apps.</summary>
    public string? ClientSecret { get; set; }

    /// <summary>A key that the app itself pays with, for an injected
    /// <see cref="ArdaGatewayClient"/>. Clients of users' keys are made by
    /// <see cref="ArdaGatewayClientFactory"/>.</summary>
    public string? ApiKey { get; set; }

    /// <summary>The gateway's address; only for local, staging or self-hosted gateways.</summary>
    public Uri? BaseAddress { get; set; }
}
