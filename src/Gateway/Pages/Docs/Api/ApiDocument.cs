using System.Text.Json;
using System.Text.Json.Nodes;
using Arda.Gateway.Http;
using Arda.Gateway.Pages.Docs.Errors;

namespace Arda.Gateway.Pages.Docs.Api;

/// <summary>
/// The OpenAPI document. Which addresses and methods are in it, the server's own routes say; what is
/// said about each stands in docs/site/openapi.json. A route without words still appears, and words
/// without a route do not.
/// </summary>
internal sealed class ApiDocument(
    EndpointDataSource endpoints,
    EdgeOptions edge,
    DenialTable denials
)
{
    public const string Source = "docs/site/openapi.json";

    private static readonly string[] s_places = ["/v1/", "/oauth/", "/.well-known/"];

    // Pages for people, and the words for addresses that do not exist.
    private static readonly string[] s_elsewhere =
    [
        "/v1/{path}",
        "/oauth/authorize",
        "/oauth/authorize/continue",
        "/oauth/authorize/decision",
    ];

    private readonly Lazy<JsonObject> _json = new(() => Build(endpoints, edge, denials));

    public JsonObject Json => _json.Value;

    public byte[] Bytes
    {
        get => field ??= JsonSerializer.SerializeToUtf8Bytes(Json);
        private set;
    }

    /// <summary>What the server has mapped for programs, as OpenAPI names it.</summary>
    internal static IEnumerable<(string Method, string Path)> RoutesOf(
        EndpointDataSource endpoints
    ) =>
        endpoints
            .Endpoints.OfType<RouteEndpoint>()
            .SelectMany(endpoint =>
                (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [])
                    .Where(method => method != HttpMethods.Head && method != HttpMethods.Options)
                    .Select(method => (method, PathOf(endpoint)))
            )
            .Where(route =>
                s_places.Any(place => route.Item2.StartsWith(place, StringComparison.Ordinal))
                && !s_elsewhere.Contains(route.Item2)
            )
            .Distinct()
            .OrderBy(route => route.Item2, StringComparer.Ordinal)
            .ThenBy(route => route.method, StringComparer.Ordinal);

    private static string PathOf(RouteEndpoint endpoint) =>
        "/"
        + (endpoint.RoutePattern.RawText ?? "")
            .Trim('/')
            .Replace("{**", "{", StringComparison.Ordinal);

    private static JsonObject Build(
        EndpointDataSource endpoints,
        EdgeOptions edge,
        DenialTable denials
    )
    {
        var root = JsonNode.Parse(DocsResources.Read(Source))!.AsObject();
        root["servers"] = new JsonArray(new JsonObject { ["url"] = edge.PublicUrl });
        var told = root["paths"]!.AsObject();
        JsonObject paths = [];
        foreach (var (method, path) in RoutesOf(endpoints))
        {
            var name = method.ToLowerInvariant();
            var operation = told[path]?[name]?.DeepClone().AsObject() ?? [];
            Complete(operation, method, path);
            (paths[path] ??= new JsonObject())[name] = operation;
        }

        root["paths"] = paths;
        var codes = new ErrorTexts(denials).Codes.Order(StringComparer.Ordinal);
        root["components"]!["schemas"]!["ErrorCode"]!["examples"] = new JsonArray([
            .. codes.Select(code => (JsonNode?)code),
        ]);
        return root;
    }

    /// <summary>What every operation has, so that no entry can forget it.</summary>
    private static void Complete(JsonObject operation, string method, string path)
    {
        operation["operationId"] ??=
            method.ToLowerInvariant()
            + string.Concat(
                path.Split('/', '-', '_', '{', '}', '.')
                    .Where(word => word.Length > 0)
                    .Select(word => char.ToUpperInvariant(word[0]) + word[1..])
            );
        foreach (var name in path.Split('/').Where(part => part.StartsWith('{')))
        {
            var parameters = (operation["parameters"] ??= new JsonArray()).AsArray();
            parameters.Add(
                new JsonObject
                {
                    ["name"] = name.Trim('{', '}'),
                    ["in"] = "path",
                    ["required"] = true,
                    ["schema"] = new JsonObject { ["type"] = "string" },
                }
            );
        }

        var responses = (operation["responses"] ??= new JsonObject()).AsObject();
        responses["default"] ??= new JsonObject
        {
            ["$ref"] =
                path.StartsWith("/v1/messages", StringComparison.Ordinal)
                    ? "#/components/responses/AnthropicError"
                : path.StartsWith("/v1/", StringComparison.Ordinal) ? "#/components/responses/Error"
                : "#/components/responses/OAuthError",
        };
    }
}
