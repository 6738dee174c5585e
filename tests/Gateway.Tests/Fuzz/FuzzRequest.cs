using System.Globalization;
using System.Text;

namespace Arda.Gateway.Tests.Fuzz;

/// <summary>One wrong request, made of its number alone. Sent through an HTTP client, so its framing
/// is right; broken framing is <see cref="RawRequest"/>'s part.</summary>
internal sealed record FuzzRequest(
    string Method,
    string Path,
    IReadOnlyList<(string Name, string Value)> Headers,
    string? ContentType,
    byte[] Body
)
{
    private static readonly string[] s_methods =
    [
        "GET",
        "PUT",
        "DELETE",
        "PATCH",
        "OPTIONS",
        "HEAD",
        "TRACE",
        "BREW",
        "post",
    ];

    private static readonly string[] s_paths =
    [
        "/",
        "/v1",
        "/v1/",
        "/v1/chat",
        "/v1/chat/completions/",
        "/v1/chat/completions/x",
        "//v1/chat/completions",
        "/V1/CHAT/COMPLETIONS",
        "/v1/chat%2Fcompletions",
        "/v1/./messages",
        "/v1/messages/x/y",
        "/v1/models",
        "/v1/models/",
        "/v1/models/simulated%2Fchat",
        "/v1/models/simulated/chat",
        "/v1/models?limit=-1&after=%ff",
        "/v1/gateway/catalog?types=language,,x",
        "/v1/gateway/status",
        "/v1/gateway/generations/",
        "/v1/gateway/generations/gen_x",
        "/v1/gateway/generations/%27%3B--",
        "/v1/gateway/receipt-keys",
        "/v1/keys/self",
        "/docs/errors/x",
        "/docs/errors/..%2f..%2f",
        "/admin/ledger/verify",
        "/admin/providers",
        "/metrics",
        "/healthz",
        "/readyz",
        "/v1/chat/completions?key=gw_sk_x&%%%",
        "/%F0%9F%98%80",
    ];

    private static readonly string[] s_contentTypes =
    [
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-16",
        "application/json;;;",
        "APPLICATION/JSON",
        "application/problem+json",
        "json",
        "/",
        "application/json, text/plain",
    ];

    private static readonly string[] s_junk =
    [
        "",
        " ",
        "a",
        "null",
        "true",
        "-1",
        "\u00e9",
        "a,b;c=d",
        "\"",
        "%00",
        "gzip",
        "identity",
        "*",
        "https://evil.example",
        new string('x', 300),
        new string('y', 5_000),
    ];

    private static readonly string[] s_headerNames =
    [
        "Idempotency-Key",
        "X-Request-Id",
        "X-Client-Request-Id",
        "X-Arda-Simulate",
        "anthropic-beta",
        "anthropic-version",
        "Origin",
        "Accept",
        "Accept-Encoding",
        "Content-Encoding",
        "Content-Language",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "Cookie",
        "Range",
        "If-None-Match",
        "traceparent",
        "OpenAI-Organization",
    ];

    public static FuzzRequest Of(ref SeededRandom random, string apiKey)
    {
        var (path, valid) = random.Pick(ValidRequests.All);
        var body = random.OneIn(12) ? valid : JsonMutation.Mutate(ref random, valid);
        body = random.OneIn(40) ? random.Bytes(random.Next(200)) : body;
        var headers = new List<(string, string)>();
        Authorize(ref random, headers, apiKey);
        for (var more = random.OneIn(4) ? random.Next(1, 4) : 0; more > 0; more--)
        {
            headers.Add((random.Pick(s_headerNames), random.Pick(s_junk)));
        }

        if (random.OneIn(15))
        {
            // An ordinary key, sometimes used twice.
            headers.Add(
                ("Idempotency-Key", random.Next(5_000).ToString(CultureInfo.InvariantCulture))
            );
        }

        return new FuzzRequest(
            random.OneIn(15) ? random.Pick(s_methods) : "POST",
            random.OneIn(15) ? random.Pick(s_paths) : path,
            headers,
            random.OneIn(15)
                ? random.OneIn(4)
                    ? null
                    : random.Pick(s_contentTypes)
                : "application/json",
            body
        );
    }

    public override string ToString()
    {
        var text = new StringBuilder($"{Method} {Path}\n");
        foreach (var (name, value) in Headers)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}: {value}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"Content-Type: {ContentType}\n");
        text.Append(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetString(Body)}\n");
        return text.Append(CultureInfo.InvariantCulture, $"base64 {Convert.ToBase64String(Body)}")
            .ToString();
    }

    private static void Authorize(
        ref SeededRandom random,
        List<(string, string)> headers,
        string apiKey
    )
    {
        switch (random.Next(30))
        {
            case 0:
                return;
            case 1:
                headers.Add(("Authorization", random.Pick(s_junk)));
                return;
            case 2:
                headers.Add(("Authorization", "Basic " + apiKey));
                return;
            case 3:
                headers.Add(("Authorization", "Bearer " + apiKey + random.Pick(s_junk)));
                return;
            case 4:
                headers.Add(("Authorization", "Bearer " + apiKey[..random.Next(apiKey.Length)]));
                return;
            case 5:
                headers.Add(("Authorization", "bearer   " + apiKey + "  "));
                return;
            case 6:
                headers.Add(("x-api-key", apiKey));
                headers.Add(("Authorization", "Bearer " + random.Pick(s_junk)));
                return;
            case < 12:
                headers.Add(("x-api-key", apiKey));
                return;
            default:
                headers.Add(("Authorization", "Bearer " + apiKey));
                return;
        }
    }
}
