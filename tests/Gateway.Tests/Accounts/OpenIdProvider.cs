using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Logging;

namespace Arda.Gateway.Tests.Accounts;

/// <summary>An OpenID provider on a port of this machine that can be made to lie.</summary>
internal sealed class OpenIdProvider : IAsyncDisposable
{
    public const string ClientId = "arda:id";
    public const string ClientSecret = "s3cret/+";

    private readonly WebApplication _app;
    private readonly RSA _rsa = RSA.Create(2048);
    private readonly ECDsa _ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ConcurrentDictionary<string, IQueryCollection> _codes = new(
        StringComparer.Ordinal
    );

    private OpenIdProvider(WebApplication app) => _app = app;

    public string Issuer => _app.Urls.First();

    /// <summary>Changes the claims before they are signed.</summary>
    public Action<JsonObject> Claims { get; set; } = _ => { };

    public string Algorithm { get; set; } = "RS256";

    public string KeyId { get; set; } = "one";

    /// <summary>Signs with a key that is not published.</summary>
    public bool Forges { get; set; }

    public bool TakesBasic { get; init; } = true;

    public string? PublishedIssuer { get; set; }

    public static async Task<OpenIdProvider> StartAsync(bool takesBasic = true)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var provider = new OpenIdProvider(app) { TakesBasic = takesBasic };
        app.MapGet("/.well-known/openid-configuration", () => Json(provider.Facts()));
        app.MapGet("/keys", () => Json(provider.PublicKeys()));
        app.MapPost("/token", (Delegate)provider.RedeemAsync);
        await app.StartAsync();
        return provider;
    }

    /// <summary>The person says yes: the query of the callback.</summary>
    public string Consent(string authorizeUrl)
    {
        var query = new DefaultHttpContext
        {
            Request = { QueryString = new QueryString(new Uri(authorizeUrl).Query) },
        }
            .Request
            .Query;
        Assert.Equal("code", query["response_type"]);
        Assert.Equal(ClientId, query["client_id"]);
        Assert.Equal("S256", query["code_challenge_method"]);
        var code = Guid.CreateVersion7().ToString("N");
        _codes[code] = query;
        return new QueryBuilder
        {
            { "code", code },
            { "state", query["state"].ToString() },
            { "iss", Issuer },
        }.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _rsa.Dispose();
        _ec.Dispose();
    }

    private JsonObject Facts() =>
        new()
        {
            ["issuer"] = PublishedIssuer ?? Issuer,
            ["authorization_endpoint"] = Issuer + "/authorize",
            ["token_endpoint"] = Issuer + "/token",
            ["jwks_uri"] = Issuer + "/keys",
            ["authorization_response_iss_parameter_supported"] = true,
            ["token_endpoint_auth_methods_supported"] = new JsonArray(
                TakesBasic ? "client_secret_basic" : "client_secret_post"
            ),
        };

    private JsonObject PublicKeys()
    {
        var rsa = _rsa.ExportParameters(includePrivateParameters: false);
        var ec = _ec.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["keys"] = new JsonArray(
                new JsonObject
                {
                    ["kty"] = "RSA",
                    ["use"] = "sig",
                    ["kid"] = KeyId,
                    ["n"] = Base64Url.EncodeToString(rsa.Modulus),
                    ["e"] = Base64Url.EncodeToString(rsa.Exponent),
                },
                new JsonObject
                {
                    ["kty"] = "EC",
                    ["crv"] = "P-256",
                    ["kid"] = KeyId + "-ec",
                    ["x"] = Base64Url.EncodeToString(ec.Q.X),
                    ["y"] = Base64Url.EncodeToString(ec.Q.Y),
                }
            ),
        };
    }

    private async Task<IResult> RedeemAsync(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var credentials = Uri.EscapeDataString(ClientId) + ":" + Uri.EscapeDataString(ClientSecret);
        var isClient = TakesBasic
            ? http.Request.Headers.Authorization
                == "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes(credentials))
            : form["client_id"] == ClientId && form["client_secret"] == ClientSecret;
        if (!isClient || !_codes.TryRemove(form["code"].ToString(), out var asked))
        {
            return Results.Json(new { error = "invalid_grant" }, statusCode: 400);
        }

        var verifier = Encoding.ASCII.GetBytes(form["code_verifier"].ToString());
        var challenge = Base64Url.EncodeToString(SHA256.HashData(verifier));
        return challenge == asked["code_challenge"] && form["redirect_uri"] == asked["redirect_uri"]
            ? Json(new JsonObject { ["token_type"] = "Bearer", ["id_token"] = Token(asked) })
            : Results.Json(new { error = "invalid_grant" }, statusCode: 400);
    }

    private string Token(IQueryCollection asked)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["iss"] = Issuer,
            ["sub"] = "248289761001",
            ["aud"] = ClientId,
            ["iat"] = now,
            ["exp"] = now + 300,
            ["nonce"] = asked["nonce"].ToString(),
            ["email"] = "ada@example.com",
            ["email_verified"] = true,
            ["name"] = "Ada",
        };
        Claims(claims);
        var header = new JsonObject
        {
            ["alg"] = Algorithm,
            ["typ"] = "JWT",
            ["kid"] = Algorithm == "ES256" ? KeyId + "-ec" : KeyId,
        };
        var signed = Part(header) + "." + Part(claims);
        return signed + "." + Base64Url.EncodeToString(Sign(Encoding.ASCII.GetBytes(signed)));
    }

    private byte[] Sign(byte[] signed)
    {
        using var stranger = RSA.Create(2048);
        return Algorithm switch
        {
            "RS256" => (Forges ? stranger : _rsa).SignData(
                signed,
                HashAlgorithmName.SHA256,
                RSASignaturePadding.Pkcs1
            ),
            "ES256" => _ec.SignData(signed, HashAlgorithmName.SHA256),
            "HS256" => HMACSHA256.HashData(Encoding.ASCII.GetBytes(ClientSecret), signed),
            _ => [],
        };
    }

    private static string Part(JsonObject json) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));

    private static IResult Json(JsonObject json) =>
        Results.Text(json.ToJsonString(), "application/json");
}
