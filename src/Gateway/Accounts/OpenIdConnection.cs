using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Arda.Gateway.Accounts;

/// <summary>What an OpenID provider says of itself.</summary>
internal sealed record OpenIdFacts(
    Uri Authorize,
    Uri Token,
    Uri Keys,
    bool TakesBasic,
    bool NamesItself
);

/// <summary>The other side did not keep to the protocol, or did not answer.</summary>
internal sealed class ExternalSignInException(string message) : Exception(message);

/// <summary>
/// Talks to one OpenID provider. What it publishes is kept for a while; its keys are read again when
/// a token names one that is not known yet, which is how providers change keys.
/// </summary>
internal sealed class OpenIdConnection(ExternalProvider provider, TimeProvider time) : IDisposable
{
    private const int AnswerBytesMax = 256 * 1024;
    private static readonly TimeSpan s_keptFor = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_keysReadAgainAfter = TimeSpan.FromMinutes(1);

    // Redirects are not followed: every address is one that the provider published.
    private readonly HttpClient _http = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        }
    )
    {
        Timeout = TimeSpan.FromSeconds(10),
        MaxResponseContentBufferSize = AnswerBytesMax,
    };

    private (OpenIdFacts Facts, DateTimeOffset At)? _facts;
    private (JsonElement Keys, DateTimeOffset At)? _keys;

    public async Task<OpenIdFacts> FactsAsync(CancellationToken ct)
    {
        if (_facts is { } known && time.GetUtcNow() - known.At < s_keptFor)
        {
            return known.Facts;
        }

        var address = provider.Authority.TrimEnd('/') + "/.well-known/openid-configuration";
        var published = await GetAsync(new Uri(address), ct);
        // Whoever could answer in its name elsewhere is thereby found out (OIDC Discovery 4.3).
        if (Text(published, "issuer") != provider.Authority)
        {
            throw new ExternalSignInException("The provider calls itself by another name.");
        }

        var facts = new OpenIdFacts(
            Address(published, "authorization_endpoint"),
            Address(published, "token_endpoint"),
            Address(published, "jwks_uri"),
            TakesBasic(published),
            published.TryGetProperty("authorization_response_iss_parameter_supported", out var iss)
                && iss.ValueKind == JsonValueKind.True
        );
        _facts = (facts, time.GetUtcNow());
        return facts;
    }

    /// <summary>The provider's public keys (RFC 7517).</summary>
    public async Task<JsonElement> KeysAsync(bool isUnknownKey, CancellationToken ct)
    {
        var oldest = isUnknownKey ? s_keysReadAgainAfter : s_keptFor;
        if (_keys is { } known && time.GetUtcNow() - known.At < oldest)
        {
            return known.Keys;
        }

        var keys = await GetAsync((await FactsAsync(ct)).Keys, ct);
        _keys = (keys, time.GetUtcNow());
        return keys;
    }

    /// <summary>The ID token for a code (RFC 6749 4.1.3, RFC 7636 4.5).</summary>
    public async Task<string> RedeemAsync(
        string code,
        string verifier,
        string redirectUri,
        CancellationToken ct
    )
    {
        var facts = await FactsAsync(ct);
        var form = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["grant_type"] = "authorization_code",
            ["code"] = code,
            ["redirect_uri"] = redirectUri,
            ["code_verifier"] = verifier,
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, facts.Token);
        if (facts.TakesBasic)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Credentials());
        }
        else
        {
            form["client_id"] = provider.ClientId;
            form["client_secret"] = provider.ClientSecret;
        }

        request.Content = new FormUrlEncodedContent(form);
        var answer = await SendAsync(request, ct);
        return Text(answer, "id_token")
            ?? throw new ExternalSignInException("The provider sent no ID token.");
    }

    public void Dispose() => _http.Dispose();

    // Form-encoded before they are joined (RFC 6749 2.3.1).
    private string Credentials() =>
        Convert.ToBase64String(
            Encoding.ASCII.GetBytes(
                Uri.EscapeDataString(provider.ClientId)
                    + ":"
                    + Uri.EscapeDataString(provider.ClientSecret)
            )
        );

    private async Task<JsonElement> GetAsync(Uri address, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        return await SendAsync(request, ct);
    }

    private async Task<JsonElement> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        try
        {
            using var answer = await _http.SendAsync(request, ct);
            if (!answer.IsSuccessStatusCode)
            {
                throw new ExternalSignInException(
                    $"The provider answered {(int)answer.StatusCode} at {request.RequestUri!.AbsolutePath}."
                );
            }

            using var json = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(ct));
            return json.RootElement.ValueKind == JsonValueKind.Object
                ? json.RootElement.Clone()
                : throw new ExternalSignInException("The provider answered something else.");
        }
        catch (Exception failure)
            when (failure is HttpRequestException or JsonException
                || (failure is TaskCanceledException && !ct.IsCancellationRequested)
            )
        {
            throw new ExternalSignInException("The provider does not answer: " + failure.Message);
        }
    }

    private static Uri Address(JsonElement published, string name) =>
        Uri.TryCreate(Text(published, name), UriKind.Absolute, out var url)
        && ExternalProvider.IsSafe(url)
            ? url
            : throw new ExternalSignInException($"The provider publishes no usable {name}.");

    private static bool TakesBasic(JsonElement published)
    {
        const string Methods = "token_endpoint_auth_methods_supported";
        // Left out means Basic (OIDC Discovery 3).
        return !published.TryGetProperty(Methods, out var methods)
            || methods.ValueKind != JsonValueKind.Array
            || methods.EnumerateArray().Any(one => one.ToString() == "client_secret_basic");
    }

    internal static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
