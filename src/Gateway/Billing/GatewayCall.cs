using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Billing;

/// <summary>What every call under <c>/v1/gateway</c> has in common: a key, a scope, small JSON both
/// ways, errors in OpenAI's shape.</summary>
internal sealed class GatewayCall(ApiKeys keys)
{
    private const int RequestBytesMax = 64 << 10;

    /// <summary>Whose key it is; denied when it lacks the scope.</summary>
    /// <param name="http">The request.</param>
    /// <param name="scope">Null where any key will do.</param>
    public async ValueTask<Outcome<Caller>> AdmitAsync(HttpContext http, string? scope)
    {
        var known = await keys.AuthenticateAsync(
            PresentedKey.Of(http.Request),
            http.RequestAborted
        );
        if (known.Denied(out var denial, out var caller))
        {
            return denial;
        }

        var facts = RequestFacts.Of(http);
        facts.App = caller.App;
        facts.BalanceVisible = caller.MayReadBalance;
        return scope is not null && caller.Lacks(scope) is { } notAllowed ? notAllowed : caller;
    }

    /// <summary>The members of a JSON object; an empty body is an empty object.</summary>
    public static async ValueTask<Outcome<JsonFields>> ReadAsync(HttpContext http)
    {
        var received = await RequestBodies.ReadJsonAsync(
            http.Request,
            RequestBytesMax,
            http.RequestAborted
        );
        if (received.Denied(out var denial, out var body))
        {
            return denial;
        }

        using (body)
        {
            try
            {
                using var parsed = JsonDocument.Parse(
                    body.Bytes.IsEmpty ? "{}"u8.ToArray() : body.Bytes
                );
                return parsed.RootElement.ValueKind == JsonValueKind.Object
                    ? new JsonFields(parsed.RootElement.Clone())
                    : new Denial.InvalidRequest("The body is a JSON object.");
            }
            catch (JsonException)
            {
                return new Denial.InvalidRequest("The body is no JSON; send an object.");
            }
        }
    }

    public static Task RefuseAsync(HttpContext http, Denial denial) =>
        Errors.WriteAsync(http, denial, WireFormat.OpenAiChat);

    /// <summary>About one person's money, so that nothing on the way keeps it.</summary>
    public static async Task AnswerAsync(
        HttpContext http,
        Action<Utf8JsonWriter> write,
        int status = StatusCodes.Status200OK
    )
    {
        var body = new ArrayBufferWriter<byte>(1 << 10);
        using (var json = WireJson.NewWriter(body))
        {
            write(json);
        }

        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.WrittenCount;
        http.Response.Headers.CacheControl = "no-store";
        await http.Response.Body.WriteAsync(body.WrittenMemory, http.RequestAborted);
    }
}

internal static class GatewayJson
{
    /// <summary>UTC with milliseconds, as receipts have it.</summary>
    public static void WriteTime(this Utf8JsonWriter json, string name, DateTimeOffset at) =>
        json.WriteString(
            name,
            at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)
        );

    public static void WriteTexts(
        this Utf8JsonWriter json,
        string name,
        IReadOnlyList<string> texts
    )
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    public static void WriteCents(
        this Utf8JsonWriter json,
        string name,
        IReadOnlyList<long> amounts
    )
    {
        json.WriteStartArray(name);
        foreach (var cents in amounts)
        {
            json.WriteNumberValue(cents);
        }

        json.WriteEndArray();
    }

    /// <summary>The number, or null.</summary>
    public static void WriteOptional(this Utf8JsonWriter json, string name, long? number)
    {
        if (number is { } known)
        {
            json.WriteNumber(name, known);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
