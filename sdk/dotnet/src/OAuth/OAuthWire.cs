using System.Text.Json;

namespace Arda.Gateway.Sdk;

/// <summary>The device authorization answer (RFC 8628 §3.2).</summary>
internal sealed record DeviceCodeWire
{
    public required string DeviceCode { get; init; }

    public required string UserCode { get; init; }

    public required Uri VerificationUri { get; init; }

    public Uri? VerificationUriComplete { get; init; }

    public required double ExpiresIn { get; init; }

    public double? Interval { get; init; }
}

/// <summary>The token endpoint's success (RFC 6749 §5.1) with the gateway's members.</summary>
internal sealed record TokenWire
{
    public required string AccessToken { get; init; }

    public required string TokenType { get; init; }

    public required string Scope { get; init; }

    public required string KeyId { get; init; }

    public required GatewayProject Project { get; init; }

    public double? ExpiresIn { get; init; }

    public string? IdToken { get; init; }
}

/// <summary>OAuth error answers (RFC 6749 §5.2).</summary>
internal static class OAuthErrors
{
    public static GatewayException Of(GatewayAnswer answer)
    {
        if (!answer.TryReadObject(out var body) || Text(body, "error") is not { } error)
        {
            return answer.Unreadable("an OAuth answer");
        }

        return Of(
            error,
            new GatewayOAuthErrorFacts
            {
                Status = answer.Status,
                RequestId = answer.RequestId,
                Description = Text(body, "error_description"),
                Uri = Text(body, "error_uri"),
                AppStatus = Text(body, "status"),
                RetryAfter = answer.RetryAfter,
            }
        );
    }

    public static GatewayOAuthException Of(string error, GatewayOAuthErrorFacts facts) =>
        error switch
        {
            "access_denied" => new GatewayAccessDeniedException(error, facts),
            "expired_token" => new GatewayDeviceCodeExpiredException(error, facts),
            _ => new GatewayOAuthException(error, facts),
        };

    private static string? Text(JsonElement body, string name) =>
        body.TryGetProperty(name, out var member) && member.ValueKind is JsonValueKind.String
            ? member.GetString()
            : null;
}
