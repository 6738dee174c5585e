using System.Text;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Arda.Gateway.Tests.OAuth;

/// <summary>What each address for programs wants of a key. An address that is not in the table fails
/// the test, so that none is added without a decision.</summary>
public sealed class KeyScopeTests(OAuthWorlds worlds)
{
    private const string Chat =
        """{"model":"arda/auto","messages":[{"role":"user","content":"Hello"}],"max_tokens":8}""";

    // A null scope: any key that is good; "public": no key at all; "none": keys mean nothing here.
    private static readonly Dictionary<string, string?> s_wanted = new(StringComparer.Ordinal)
    {
        ["GET /v1/models"] = Scopes.Inference,
        ["GET /v1/models/{**id}"] = Scopes.Inference,
        ["POST /v1/chat/completions"] = Scopes.Inference,
        ["POST /v1/responses"] = Scopes.Inference,
        ["POST /v1/messages"] = Scopes.Inference,
        ["POST /v1/messages/count_tokens"] = Scopes.Inference,
        ["POST /v1/embeddings"] = Scopes.Inference,
        ["GET /v1/gateway/status"] = Scopes.BalanceRead,
        ["GET /v1/gateway/catalog"] = Scopes.ModelsRead,
        ["POST /v1/gateway/bootstrap"] = null,
        ["POST /v1/gateway/quote"] = Scopes.ModelsRead,
        ["POST /v1/gateway/route"] = Scopes.ModelsRead,
        ["POST /v1/gateway/feedback"] = Scopes.Inference,
        ["POST /v1/gateway/portal-sessions"] = Scopes.BillingPortal,
        ["GET /v1/gateway/portal-sessions/{id}"] = Scopes.BillingPortal,
        ["GET /v1/gateway/portal-sessions/{id}/events"] = Scopes.BillingPortal,
        ["GET /v1/gateway/usage"] = Scopes.UsageRead,
        ["GET /v1/gateway/generations/{id}"] = Scopes.UsageRead,
        ["GET /v1/gateway/receipt-keys"] = "public",
        ["POST /v1/keys/self/revoke"] = null,
        ["GET /oauth/userinfo"] = Scopes.OpenId,
        ["POST /oauth/userinfo"] = Scopes.OpenId,
    };

    [Fact]
    [OAuthCase("KY05")]
    public async Task Every_address_refuses_a_key_that_lacks_its_scope_and_names_it()
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        Assert.Equal(s_wanted.Keys.Order(), Addresses(world).Order());
        var keys = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var scope in Scopes.All)
        {
            keys[scope] = await KeyWithAsync(world, Scopes.All.Except([scope]));
            keys["only " + scope] = await KeyWithAsync(world, [scope]);
        }

        foreach (var (address, wanted) in s_wanted.OrderBy(one => one.Value is null))
        {
            var isScope = wanted is not null && Scopes.All.Contains(wanted);
            if (isScope)
            {
                var lacking = await AskAsync(world, address, keys[wanted!]);
                Assert.True(lacking.Status == 403, $"{lacking.Status} for {address}");
                Assert.Contains(
                    $"error=\"insufficient_scope\", scope=\"{wanted}\"",
                    lacking.Header("WWW-Authenticate"),
                    StringComparison.Ordinal
                );
            }

            // The one scope is enough, and without a scope any of them.
            var key = keys["only " + (isScope ? wanted : Scopes.Profile)];
            var enough = await AskAsync(world, address, key);
            Assert.False(enough.Status is 401 or 403, $"{enough.Status} for {address}");
            var without = await AskAsync(world, address, key: null);
            Assert.True(without.Status == (wanted == "public" ? 200 : 401), address);
        }
    }

    [Fact]
    [OAuthCase("KY05", "AD01")]
    public async Task No_scope_of_a_key_reaches_developers_or_the_operator()
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var key = await KeyWithAsync(world, Scopes.All);
        var routes = Routes(world)
            .Where(route =>
                route.Pattern.StartsWith("/admin", StringComparison.Ordinal)
                || route.Pattern.StartsWith("/developers", StringComparison.Ordinal)
            )
            .ToList();
        Assert.True(routes.Count >= 12, $"{routes.Count} addresses");
        foreach (var (method, pattern) in routes)
        {
            var answer = await AskAsync(world, $"{method} {pattern}", key);
            Assert.True(answer.Status == 401, $"{answer.Status} for {method} {pattern}");
        }
    }

    private static async Task<string> KeyWithAsync(OAuthWorld world, IEnumerable<string> scopes)
    {
        string[] wanted = [.. scopes];
        var app = await world.AppAsync(with: about =>
            about with
            {
                AllowedScopes = wanted,
                DefaultScopes = wanted,
            }
        );
        return await RevocationTests.KeyAsync(world, app);
    }

    private static Task<Answered> AskAsync(OAuthWorld world, string address, string? key)
    {
        var (method, pattern) = (address.Split(' ')[0], address.Split(' ')[1]);
        var path = pattern
            .Replace("{**id}", "none", StringComparison.Ordinal)
            .Replace("{id}", "none", StringComparison.Ordinal)
            .Replace("{secret}", "none", StringComparison.Ordinal);
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method == HttpMethods.Post && pattern != "/v1/keys/self/revoke")
        {
            request.Content = new StringContent(Chat, Encoding.UTF8, "application/json");
        }

        return key is null
            ? world.SendAsync(request)
            : world.SendAsync(request, ("Authorization", "Bearer " + key));
    }

    private static IEnumerable<string> Addresses(OAuthWorld world) =>
        Routes(world)
            .Where(route =>
                route.Pattern.StartsWith("/v1/", StringComparison.Ordinal)
                || route.Pattern == "/oauth/userinfo"
            )
            .Select(route => $"{route.Method} {route.Pattern}")
            .Distinct();

    private static IEnumerable<(string Method, string Pattern)> Routes(OAuthWorld world) =>
        world
            .Get<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .SelectMany(endpoint =>
                (
                    endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]
                ).Select(method => (method, "/" + endpoint.RoutePattern.RawText!.Trim('/')))
            );
}
