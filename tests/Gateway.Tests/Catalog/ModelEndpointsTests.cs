using System.Net;
using System.Text.Json;
using Arda.Gateway.Catalog;
using Arda.Gateway.Kernel;
using Arda.Gateway.Tests.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Arda.Gateway.Tests.Catalog;

public sealed class ModelEndpointsTests
{
    private static readonly DateTimeOffset Day = new(2026, 9, 23, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_list_has_openais_shape_with_prices_and_limits_beside_it()
    {
        await using var host = await StartAsync();
        var list = await GetAsync(host, "/v1/models");

        Assert.Equal("list", list.GetProperty("object").GetString());
        var data = list.GetProperty("data").EnumerateArray().ToList();
        Assert.Equal("arda/auto", data[0].GetProperty("id").GetString());
        Assert.All(data, m => Assert.Equal("model", m.GetProperty("object").GetString()));
        Assert.Equal(data.Count, data.Select(Id).Distinct().Count());
        var sol = data.Single(m => Id(m) == "gpt-6-sol");
        Assert.Equal("openai", sol.GetProperty("owned_by").GetString());
        Assert.True(sol.GetProperty("created").GetInt64() > 1_700_000_000);
        Assert.True(sol.GetProperty("context_window").GetInt64() > 100_000);
        Assert.Contains("tools", Texts(sol, "capabilities"));
        var pricing = sol.GetProperty("pricing");
        Assert.Equal(
            ("USD", "per_million_tokens", "2", "10", "0.2"),
            (
                pricing.GetProperty("currency").GetString(),
                pricing.GetProperty("unit").GetString(),
                pricing.GetProperty("input").GetString(),
                pricing.GetProperty("output").GetString(),
                pricing.GetProperty("cache_read").GetString()
            )
        );
        var tier = Assert.Single(pricing.GetProperty("tiers").EnumerateArray());
        Assert.Equal("15", tier.GetProperty("output").GetString());
    }

    [Fact]
    public async Task Retired_models_and_those_of_no_configured_provider_are_not_listed()
    {
        await using var host = await StartAsync(offer => offer.ProviderId != "anthropic");
        var ids = Ids(await GetAsync(host, "/v1/models"));

        Assert.Contains("gpt-6-sol", ids);
        Assert.Contains("text-embedding-3-small", ids);
        Assert.DoesNotContain("claude-opus-4-1", ids);
        Assert.DoesNotContain("claude-opus-5-5", ids);

        await using var none = await StartAsync(_ => false);
        Assert.Empty(Ids(await GetAsync(none, "/v1/models")));
    }

    [Fact]
    public async Task The_operators_markup_is_in_the_prices_shown()
    {
        await using var host = await StartAsync(markupBps: 550);
        var model = await GetAsync(host, "/v1/models/gpt-6-sol");
        Assert.Equal("2.11", model.GetProperty("pricing").GetProperty("input").GetString());
        Assert.Equal("10.55", model.GetProperty("pricing").GetProperty("output").GetString());
    }

    [Theory]
    [InlineData("/v1/models/simulated/chat", "simulated/chat")]
    [InlineData("/v1/models/simulated%2Fchat", "simulated/chat")]
    [InlineData("/v1/models/simulated%2fchat", "simulated/chat")]
    [InlineData("/v1/models/arda/auto", "arda/auto")]
    [InlineData("/v1/models/gpt-5.6", "gpt-5.6-sol")]
    public async Task A_model_is_found_by_an_id_with_slashes_and_by_its_alias(
        string path,
        string id
    )
    {
        await using var host = await StartAsync();
        Assert.Equal(id, Id(await GetAsync(host, path)));
        var anthropic = await GetAsync(host, path, "anthropic-version");
        Assert.Equal(id, Id(anthropic));
        Assert.Equal("model", anthropic.GetProperty("type").GetString());
        Assert.Matches(
            @"^\d{4}-\d\d-\d\dT00:00:00Z$",
            anthropic.GetProperty("created_at").GetString()!
        );
        Assert.False(string.IsNullOrEmpty(anthropic.GetProperty("display_name").GetString()));
    }

    [Theory]
    [InlineData("claude-opus-55", "Did you mean 'claude-opus-5-5'?")]
    [InlineData("arda/atuo", "Did you mean 'arda/auto'?")]
    [InlineData("claude-opus-4-1", "Use 'claude-opus-5-5' instead.")]
    [InlineData("mistral-embed", "None of its providers is set up here.")]
    [InlineData("nothing-like-it-at-all", "GET /v1/models lists those that are.")]
    public async Task An_unknown_model_is_404_in_the_callers_dialect_with_the_likely_name(
        string id,
        string hint
    )
    {
        await using var host = await StartAsync(offer => offer.ProviderId != "mistral");

        using var openAi = await SendAsync(host, "/v1/models/" + id);
        var said = (await EdgeHost.ErrorAsync(openAi)).GetProperty("error");
        Assert.Equal(HttpStatusCode.NotFound, openAi.StatusCode);
        Assert.Equal("model_not_found", said.GetProperty("code").GetString());
        Assert.Contains(hint, said.GetProperty("message").GetString()!);

        using var anthropic = await SendAsync(host, "/v1/models/" + id, "x-api-key");
        var body = await EdgeHost.ErrorAsync(anthropic);
        Assert.Equal(HttpStatusCode.NotFound, anthropic.StatusCode);
        Assert.Equal("error", body.GetProperty("type").GetString());
        Assert.Equal("not_found_error", body.GetProperty("error").GetProperty("type").GetString());
    }

    [Fact]
    public async Task Anthropics_pages_go_through_the_whole_list_in_both_directions()
    {
        await using var host = await StartAsync();
        var all = Ids(await GetAsync(host, "/v1/models?limit=1000", "anthropic-version"));
        Assert.Equal(Ids(await GetAsync(host, "/v1/models")), all);

        List<string> forward = [];
        for (var query = "?limit=7"; ; )
        {
            var page = await GetAsync(host, "/v1/models" + query, "anthropic-version");
            forward.AddRange(Ids(page));
            Assert.Equal(Ids(page)[0], page.GetProperty("first_id").GetString());
            if (!page.GetProperty("has_more").GetBoolean())
            {
                break;
            }

            query = "?limit=7&after_id=" + Escaped(page.GetProperty("last_id"));
        }

        List<string> backward = [];
        for (var query = "?limit=7&before_id=" + Uri.EscapeDataString(all[^1]); ; )
        {
            var page = await GetAsync(host, "/v1/models" + query, "anthropic-version");
            backward.InsertRange(0, Ids(page));
            if (!page.GetProperty("has_more").GetBoolean())
            {
                break;
            }

            query = "?limit=7&before_id=" + Escaped(page.GetProperty("first_id"));
        }

        Assert.Equal(all, forward);
        Assert.Equal(all[..^1], backward);
        var first = await GetAsync(host, "/v1/models", "anthropic-version");
        Assert.Equal(20, Ids(first).Count);
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=1001", "limit")]
    [InlineData("limit=x", "limit")]
    [InlineData("after_id=nope", "after_id")]
    [InlineData("before_id=nope", "before_id")]
    [InlineData("after_id=arda/auto&before_id=arda/auto", "after_id")]
    public async Task A_page_that_cannot_be_is_refused(string query, string param)
    {
        await using var host = await StartAsync();
        using var answer = await SendAsync(host, "/v1/models?" + query, "anthropic-version");
        var error = (await EdgeHost.ErrorAsync(answer)).GetProperty("error");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(param, error.GetProperty("param").GetString());
    }

    [Theory]
    [InlineData("/v1/models")]
    [InlineData("/v1/models/arda/auto")]
    [InlineData("/v1/models/no-such-model")]
    public async Task Who_may_not_see_the_list_learns_nothing_of_it(string path)
    {
        await using var host = await StartAsync(access: _ =>
            new(new Denial.InsufficientScope(["inference"]))
        );
        using var answer = await SendAsync(host, path);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        var error = (await EdgeHost.ErrorAsync(answer)).GetProperty("error");
        Assert.Equal("insufficient_scope", error.GetProperty("code").GetString());
    }

    private static Task<EdgeHost> StartAsync(
        Func<Offer, bool>? isAvailable = null,
        ModelAccess? access = null,
        int markupBps = 0
    ) =>
        EdgeHost.StartAsync(
            app =>
                app.MapModels(
                    new ModelListing
                    {
                        Access = access ?? (_ => default),
                        IsAvailable = isAvailable ?? (_ => true),
                        GatewayMarkupBps = markupBps,
                    }
                ),
            configure: builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(new StandingClock());
                builder.Services.AddSingleton(ModelCatalog.Load(null));
            }
        );

    private static Task<HttpResponseMessage> SendAsync(
        EdgeHost host,
        string path,
        string? header = null
    )
    {
        // The client must not tidy up the path.
        var address = new Uri(
            host.Address.GetLeftPart(UriPartial.Authority) + path,
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }
        );
        var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (header is not null)
        {
            request.Headers.Add(header, "2023-06-01");
        }

        return host.Client.SendAsync(request, Ct);
    }

    private static async Task<JsonElement> GetAsync(
        EdgeHost host,
        string path,
        string? header = null
    )
    {
        using var response = await SendAsync(host, path, header);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/json", response.Header("Content-Type"));
        return await EdgeHost.ErrorAsync(response);
    }

    private static string Id(JsonElement model) => model.GetProperty("id").GetString()!;

    private static List<string> Ids(JsonElement list) =>
        [.. list.GetProperty("data").EnumerateArray().Select(Id)];

    private static string Escaped(JsonElement id) => Uri.EscapeDataString(id.GetString()!);

    private static List<string> Texts(JsonElement model, string name) =>
        [.. model.GetProperty(name).EnumerateArray().Select(text => text.GetString()!)];

    private sealed class StandingClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Day;
    }
}
