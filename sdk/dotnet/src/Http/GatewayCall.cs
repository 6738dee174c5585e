using System.Net.Http.Headers;

namespace Arda.Gateway.Sdk;

/// <summary>One request to the gateway, before it is sent.</summary>
internal sealed record GatewayCall(HttpMethod Method, string Path)
{
    public IReadOnlyList<KeyValuePair<string, string>> Query
    {
        get;
        init => field = value ?? [];
    } = [];

    public IReadOnlyList<KeyValuePair<string, string>>? Form { get; init; }

    /// <summary>A JSON body.</summary>
    public byte[]? Json { get; init; }

    public AuthenticationHeaderValue? Authorization { get; init; }

    public string? IdempotencyKey { get; init; }

    public string Accept { get; init; } = "application/json";

    public HttpRequestMessage ToRequest(string baseAddress)
    {
        var query =
            Query.Count == 0
                ? ""
                : "?"
                    + string.Join(
                        '&',
                        Query.Select(one =>
                            $"{Uri.EscapeDataString(one.Key)}={Uri.EscapeDataString(one.Value)}"
                        )
                    );
        var request = new HttpRequestMessage(Method, new Uri(baseAddress + Path + query));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(Accept));
        request.Headers.Authorization = Authorization;
        if (IdempotencyKey is { } key)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        }

        if (Form is not null)
        {
            request.Content = new FormUrlEncodedContent(Form);
        }
        else if (Json is not null)
        {
            request.Content = new ByteArrayContent(Json)
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
            };
        }

        return request;
    }
}
