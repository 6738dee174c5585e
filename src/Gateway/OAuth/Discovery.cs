using System.Buffers;
using System.Text.Json;
using Arda.Gateway.Http;
using Arda.Gateway.Keys;

namespace Arda.Gateway.OAuth;

/// <summary>
/// What clients learn by themselves (RFC 8414, OIDC Discovery): made once from the configured
/// issuer. Absent members have defaults that would promise what is not here, so they are said.
/// </summary>
internal sealed class Discovery(EdgeOptions edge)
{
    private static readonly string[] s_methods =
    [
        "none",
        "client_secret_basic",
        "client_secret_post",
    ];

    private readonly ReadOnlyMemory<byte> _json = Write(edge.PublicUrl);

    public Task AnswerAsync(HttpContext http) =>
        OAuthAnswers.WritePublicAsync(http, _json, SigningKeys.CachedFor);

    private static ReadOnlyMemory<byte> Write(string issuer)
    {
        var body = new ArrayBufferWriter<byte>(2_048);
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        json.WriteString("issuer"u8, issuer);
        json.WriteString("authorization_endpoint"u8, issuer + "/oauth/authorize");
        json.WriteString("token_endpoint"u8, issuer + "/oauth/token");
        json.WriteString("device_authorization_endpoint"u8, issuer + "/oauth/device/code");
        json.WriteString("revocation_endpoint"u8, issuer + "/oauth/revoke");
        json.WriteString("introspection_endpoint"u8, issuer + "/oauth/introspect");
        json.WriteString("userinfo_endpoint"u8, issuer + "/oauth/userinfo");
        json.WriteString("jwks_uri"u8, issuer + "/oauth/jwks");
        List(json, "scopes_supported", Scopes.All);
        List(
            json,
            "claims_supported",
            [
                "iss",
                "sub",
                "aud",
                "exp",
                "iat",
                "auth_time",
                "nonce",
                "name",
                "email",
                "email_verified",
            ]
        );
        List(json, "response_types_supported", ["code"]);
        List(json, "response_modes_supported", ["query"]);
        List(json, "grant_types_supported", [TokenEndpoint.CodeGrant, TokenEndpoint.DeviceGrant]);
        List(json, "code_challenge_methods_supported", ["S256"]);
        json.WriteBoolean("authorization_response_iss_parameter_supported"u8, true);
        List(json, "token_endpoint_auth_methods_supported", s_methods);
        List(json, "revocation_endpoint_auth_methods_supported", s_methods);
        List(json, "introspection_endpoint_auth_methods_supported", s_methods[1..]);
        List(json, "subject_types_supported", ["pairwise"]);
        List(json, "id_token_signing_alg_values_supported", ["RS256"]);
        List(json, "prompt_values_supported", ["none", "login", "consent", "select_account"]);
        json.WriteBoolean("request_parameter_supported"u8, false);
        json.WriteBoolean("request_uri_parameter_supported"u8, false);
        json.WriteBoolean("claims_parameter_supported"u8, false);
        json.WriteString("service_documentation"u8, issuer + "/docs/connect");
        json.WriteEndObject();
        json.Flush();
        return body.WrittenMemory;
    }

    private static void List(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}
