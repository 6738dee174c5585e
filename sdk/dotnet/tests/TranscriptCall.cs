using System.Text.Json;
using System.Text.Json.Nodes;

namespace Arda.Gateway.Sdk.Tests;

/// <summary>Makes the call that a transcript names, with what it says.</summary>
internal static class TranscriptCall
{
    private static readonly JsonSerializerOptions s_camelCase = new(JsonSerializerDefaults.Web);

    public static Task<JsonNode?> RunAsync(
        JsonObject transcript,
        HttpClient http,
        CancellationToken ct
    )
    {
        var call = transcript["call"]!.GetValue<string>();
        var options = transcript["options"]!.AsObject();
        return call.StartsWith("gateway.", StringComparison.Ordinal)
            ? OfKeyAsync(call["gateway.".Length..], options, http, ct)
            : OfAppAsync(call, options, http, ct);
    }

    private static async Task<JsonNode?> OfAppAsync(
        string call,
        JsonObject options,
        HttpClient http,
        CancellationToken ct
    )
    {
        string? Text(string name) => options[name]?.GetValue<string>();
        var scopes = options["scopes"]?.AsArray().Select(one => one!.GetValue<string>()).ToArray();
        var oauth = new GatewayOAuthClient(
            new GatewayOAuthOptions
            {
                ClientId = Text("clientId")!,
                ClientSecret = Text("clientSecret"),
            },
            http
        );
        object answer = call switch
        {
            "getGatewayOAuthAuthorizeInfo" => await oauth.GetAuthorizeInfoAsync(
                Text("redirectUri")!,
                scopes,
                ct
            ),
            "exchangeGatewayOAuthCode" => await oauth.ExchangeCodeAsync(
                new GatewayCodeExchange
                {
                    RedirectUri = Text("redirectUri")!,
                    Code = Text("code")!,
                    CodeVerifier = Text("codeVerifier")!,
                    Nonce = Text("nonce"),
                },
                ct
            ),
            "startGatewayDeviceAuthorization" => await oauth.StartDeviceAuthorizationAsync(
                scopes,
                ct
            ),
            "pollGatewayDeviceAuthorization" => await oauth.PollDeviceAuthorizationAsync(
                Text("deviceCode")!,
                options["interval"] is { } seconds
                    ? TimeSpan.FromSeconds(seconds.GetValue<int>())
                    : null,
                ct
            ),
            _ => throw new NotSupportedException($"This SDK has no {call}."),
        };
        return Told.Of(answer);
    }

    private static async Task<JsonNode?> OfKeyAsync(
        string call,
        JsonObject options,
        HttpClient http,
        CancellationToken ct
    )
    {
        var gateway = new ArdaGatewayClient(
            new ArdaGatewayClientOptions { ApiKey = options["apiKey"]!.GetValue<string>() },
            http
        );
        switch (call)
        {
            case "revoke":
                await gateway.RevokeAsync(ct);
                return null;
            case "createChatCompletionStreamWithMetadata":
                return await ReadOutAsync(
                    await gateway.CreateChatCompletionStreamAsync(Chat(options), null, ct)
                );
            default:
                return Told.Of(await AnswerAsync(gateway, call, options, ct));
        }
    }

    private static async Task<object> AnswerAsync(
        ArdaGatewayClient gateway,
        string call,
        JsonObject options,
        CancellationToken ct
    ) =>
        call switch
        {
            "getGeneration" => await gateway.GetGenerationAsync(Id(options), ct),
            "getStatus" => await gateway.GetStatusAsync(ct),
            "getCatalog" => await gateway.GetCatalogAsync(As<GatewayModelQuery>(options), ct),
            "getEmbeddedAppBootstrap" => await gateway.GetEmbeddedAppBootstrapAsync(
                As<GatewayBootstrapRequest>(options),
                ct
            ),
            "createPortalSession" => await gateway.CreatePortalSessionAsync(
                As<GatewayPortalOptions>(options),
                ct
            ),
            "getPortalSession" => await gateway.GetPortalSessionAsync(Id(options), ct),
            "quote" => await gateway.QuoteAsync(Chat(options), null, ct),
            "listUsage" => await gateway.ListUsageAsync(As<GatewayUsageQuery>(options), ct),
            "createChatCompletionWithMetadata" => await gateway.CreateChatCompletionAsync(
                Chat(options),
                null,
                ct
            ),
            _ => throw new NotSupportedException($"This SDK has no {call}."),
        };

    /// <summary>A stream as the list of its pieces.</summary>
    private static async Task<JsonNode> ReadOutAsync(GatewayChatStream stream)
    {
        var pieces = new JsonArray();
        await foreach (var piece in stream)
        {
            pieces.Add(Told.Of(piece));
        }

        var said = new JsonObject
        {
            ["stream"] = pieces,
            ["final"] = Told.Of(await stream.Final),
            ["balance"] = Told.Of(stream.Balance),
            ["routing"] = Told.Of(stream.Routing),
            ["rateLimit"] = Told.Of(stream.RateLimit),
            ["requestId"] = stream.RequestId,
            ["generationId"] = stream.GenerationId,
            ["maxTokensApplied"] = Told.Of(stream.MaxTokensApplied),
            ["isReplay"] = stream.IsReplay,
        };
        return said;
    }

    private static string Id(JsonObject options) => options["id"]!.GetValue<string>();

    private static GatewayChatRequest Chat(JsonObject options) =>
        // The request is the wire's own object.
        JsonSerializer.Deserialize(
            new JsonObject(
                options
                    .Where(one => one.Key != "apiKey")
                    .Select(one => KeyValuePair.Create(one.Key, one.Value?.DeepClone()))
            ),
            GatewayJson.Default.GatewayChatRequest
        )!;

    private static T As<T>(JsonObject options) => options.Deserialize<T>(s_camelCase)!;
}
