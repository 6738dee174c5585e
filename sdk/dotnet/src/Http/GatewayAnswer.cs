using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Arda.Gateway.Sdk;

/// <summary>An answer, read to its end.</summary>
internal sealed record GatewayAnswer(
    int Status,
    HttpResponseHeaders Headers,
    byte[] Body,
    TimeProvider Time
)
{
    public bool IsSuccess => Status is >= 200 and < 300;

    public string? RequestId => Header("x-request-id");

    public TimeSpan? RetryAfter => RetryAfterHeader.Read(Header("Retry-After"), Time);

    public string? Header(string name) =>
        Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    /// <summary>Refuses an answer that lacks what the protocol promises, such as a proxy's
    /// page.</summary>
    /// <param name="type">What to read it as.</param>
    /// <param name="expected">Completes the sentence "The answer is not …".</param>
    public T Read<T>(JsonTypeInfo<T> type, string expected)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(Body, type) ?? throw Unreadable(expected);
        }
        catch (JsonException wrong)
        {
            throw Unreadable(expected, wrong);
        }
    }

    public bool TryReadObject(out JsonElement members)
    {
        members = default;
        try
        {
            var reader = new Utf8JsonReader(Body);
            if (!JsonElement.TryParseValue(ref reader, out var value))
            {
                return false;
            }

            members = value.Value;
            return members.ValueKind is JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    public GatewayResponseException Unreadable(string expected, Exception? inner = null) =>
        new(
            $"The answer (HTTP {Status}) is not {expected}; is the base address a gateway's?",
            Status,
            RequestId,
            inner
        );
}
