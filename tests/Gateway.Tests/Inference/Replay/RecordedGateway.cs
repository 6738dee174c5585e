using System.Net.Http.Headers;
using System.Numerics;
using System.Text;
using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.Tests.Hosting;
using Arda.Gateway.Tests.Inference.Independent;
using Microsoft.Extensions.DependencyInjection;

namespace Arda.Gateway.Tests.Inference.Replay;

/// <summary>
/// A gateway whose catalog has one model per recording, each at a price list of its own, and one
/// upstream behind all of them. Who asks is an app's user: both markups are on the bill.
/// </summary>
public abstract class RecordedGateway : IAsyncLifetime
{
    public const int GatewayBps = 550;
    public const int ResellerBps = 1_337;

    private readonly List<(Recording Recording, PriceList Price)> _sold;

    private protected RecordedGateway(IEnumerable<(Recording Recording, PriceList Price)> sold) =>
        _sold = [.. sold];

    public GatewayHost Host { get; private set; } = null!;

    public RecordedUpstream Upstream { get; private set; } = null!;

    /// <summary>Sends the key of a connection.</summary>
    public HttpClient Client { get; private set; } = null!;

    public ProjectId Project { get; private set; }

    public async ValueTask InitializeAsync()
    {
        Upstream = await RecordedUpstream.StartAsync();
        Host = await GatewayHost.StartAsync(
            new GatewayHostOptions
            {
                Catalog = Catalog().ToJsonString(),
                Settings =
                [
                    ("Demo:BalanceCents", "1000000"),
                    ("Keys:RequestsPerMinute", "1000000"),
                    ("Inference:GatewayMarkupBps", $"{GatewayBps}"),
                ],
            }
        );
        Client = new HttpClient { BaseAddress = Host.Address };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            await ConnectAsync()
        );
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        try
        {
            var broken = await LedgerVerification.RunAsync(
                Host.Database,
                TestContext.Current.CancellationToken
            );
            Assert.Empty(broken);
        }
        finally
        {
            Client.Dispose();
            await Host.DisposeAsync();
            await Upstream.DisposeAsync();
        }
    }

    public static string ModelOf(Recording recording) => "rec/" + recording.Id.Replace('/', '.');

    internal PriceList PriceOf(Recording recording) =>
        _sold.Single(one => one.Recording.Id == recording.Id).Price;

    /// <summary>In nano-dollars, with every charge that is durable.</summary>
    public async Task<BigInteger> BalanceAsync()
    {
        var credits = Host.Services.GetRequiredService<Credits>();
        var wallet = await credits.ReadAsync(Project, TestContext.Current.CancellationToken);
        return wallet!.Balance.Value;
    }

    public Task<HttpResponseMessage> PostAsync(string path, JsonNode body) =>
        Client.PostAsync(
            path,
            new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
            TestContext.Current.CancellationToken
        );

    private async Task<string> ConnectAsync()
    {
        var services = Host.Services;
        var ct = TestContext.Current.CancellationToken;
        var project = await services
            .GetRequiredService<Arda.Gateway.Accounts.Projects>()
            .FindBySlugAsync("demo", ct);
        Project = project!.Id;
        var app = new AppId("gw_app_replay");
        var grant = new Connection
        {
            Id = new ConnectionId("con_replay"),
            Owner = project.Owner,
            Project = project.Id,
            App = app,
            Scopes = Scopes.OfAnOwnKey,
            MarkupBps = ResellerBps,
        };
        var connections = services.GetRequiredService<Connections>();
        await connections.StandAsync(
            app,
            AppStanding.Approved,
            ResellerBps,
            new ResellerId("rsl_replay"),
            ct
        );
        await connections.AgreeAsync(grant, ct);
        var wish = new NewKey
        {
            Owner = project.Owner,
            Project = project.Id,
            Name = "replay",
            App = app,
            Connection = grant.Id,
        };
        var minted = await services.GetRequiredService<ApiKeys>().MintAsync(wish);
        Assert.False(minted.Denied(out var denial, out var key), denial?.ToString());
        return key!.Secret;
    }

    private JsonObject Catalog()
    {
        var providers = _sold
            .Select(one => ProviderOf(one.Recording))
            .Distinct(StringComparer.Ordinal)
            .Select(ProviderJson);
        return new JsonObject
        {
            ["catalog"] = new JsonObject
            {
                ["providers"] = new JsonArray([.. providers]),
                ["models"] = new JsonArray([
                    .. _sold.Select(one => ModelJson(one.Recording, one.Price)),
                ]),
            },
        };
    }

    private static string ProviderOf(Recording recording) =>
        recording.Provider == "gemini" ? "google" : recording.Provider;

    // Our own providers keep their ways and are only moved; the others are new.
    private JsonNode ProviderJson(string id) =>
        new JsonObject
        {
            ["id"] = id,
            ["name"] = id,
            ["base_url"] = Upstream.Address.ToString().TrimEnd('/'),
            ["auth"] = "none",
        };

    private static JsonNode ModelJson(Recording recording, PriceList price)
    {
        var protocol = recording.Api switch
        {
            "openai.input_tokens" => "openai.responses",
            "anthropic.count_tokens" => "anthropic.messages",
            "gemini.countTokens" => "gemini.generateContent",
            var api => api,
        };
        var isEmbedding = protocol.Contains("mbed", StringComparison.Ordinal);
        var model = new JsonObject
        {
            ["id"] = ModelOf(recording),
            ["name"] = recording.Id,
            ["vendor"] = "recorded",
            ["type"] = isEmbedding ? "embedding" : "language",
            ["context_window"] = 1_000_000,
            ["input"] = new JsonArray("text", "image", "pdf", "audio"),
            ["sampling"] = true,
            ["auto_route"] = false,
            ["offers"] = new JsonArray(
                new JsonObject
                {
                    ["provider"] = ProviderOf(recording),
                    ["upstream_id"] = recording.Id.Replace('/', '.'),
                    ["protocols"] = new JsonArray(protocol),
                    ["price"] = price.Stated.DeepClone(),
                }
            ),
        };
        if (isEmbedding)
        {
            model["embedding"] = new JsonObject { ["dimensions"] = 1536 };
        }
        else
        {
            model["max_output"] = 64_000;
            model["capabilities"] = new JsonArray(
                "tools",
                "structured_output",
                "json_mode",
                "vision",
                "pdf",
                "audio_input",
                "reasoning",
                "web_search",
                "prompt_caching"
            );
        }

        return model;
    }
}

/// <summary>All recordings of the shelf, the price lists dealt out among them in turn.</summary>
public sealed class ShelfGateway()
    : RecordedGateway(
        Recording
            .All.Where(one => one.Api != "openai.models")
            .Select((one, i) => (one, PriceLists.All[i % PriceLists.All.Count]))
    );
