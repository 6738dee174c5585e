namespace Arda.Gateway.Sdk;

/// <summary>Whose key pays, and which gateway is called.</summary>
public sealed record ArdaGatewayClientOptions
{
    /// <summary>The user's key, <c>gw_sk_…</c>.</summary>
    public required string ApiKey { get; init; }

    /// <summary>The gateway's address; only for local, staging or self-hosted gateways. When
    /// absent: the <see cref="HttpClient.BaseAddress"/> of the client that you bring, or
    /// <c>https://gateway.ardabot.ai</c>.</summary>
    public Uri? BaseAddress { get; init; }

    /// <summary>The clock of waits and of dates in answers.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Without the key, so that no log has it.</summary>
    public override string ToString() => nameof(ArdaGatewayClientOptions);
}
