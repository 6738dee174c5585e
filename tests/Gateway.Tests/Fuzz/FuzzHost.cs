using System.Text.Json;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Providers;
using Arda.Gateway.Tests.Crash;
using Arda.Gateway.Tests.Hosting;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Arda.Gateway.Tests.Fuzz;

/// <summary>A gateway that is fed nonsense, and all that must still be true of it afterwards.</summary>
internal sealed class FuzzHost(GatewayHost gateway, HeardErrors errors, RunningRequests running)
    : IAsyncDisposable
{
    // Caches, pools and compiled code are warm after this share of a run; what grows later leaks.
    private const long GrowthBytesMax = 96L << 20;

    private long _bytesWarm;

    public GatewayHost Gateway => gateway;

    public static async Task<FuzzHost> StartAsync(string? catalog = null)
    {
        var errors = new HeardErrors();
        var running = new RunningRequests();
        var gateway = await GatewayHost.StartAsync(
            new GatewayHostOptions
            {
                Catalog = catalog,
                Settings =
                [
                    ("Demo:BalanceCents", "1000000"),
                    ("Keys:RequestsPerMinute", "1000000"),
                    ("Http:RequestHeadersTimeoutSeconds", "5"),
                ],
                Adjust = builder =>
                {
                    builder.Services.AddSingleton<IStartupFilter>(running);
                    builder.Logging.ClearProviders();
                    builder.Logging.AddProvider(errors);
                    // The breaker would keep all but the first nonsense away from us.
                    builder.Services.AddSingleton(services => new HealthBoard(
                        new BreakerLimits
                        {
                            FaultsInRowMax = int.MaxValue,
                            RequestsMin = int.MaxValue,
                            OperatorRest = TimeSpan.Zero,
                            RetryAfterMax = TimeSpan.Zero,
                        },
                        services.GetRequiredService<TimeProvider>(),
                        services.GetRequiredService<UpstreamAlarms>()
                    ));
                },
            }
        );
        return new FuzzHost(gateway, errors, running);
    }

    /// <summary>Remembers how much memory is in use, once all that is kept for good is there.</summary>
    public void IsWarm() => _bytesWarm = GC.GetTotalMemory(forceFullCollection: true);

    /// <summary>At rest: nothing held, nothing broken, nothing leaked, nothing said in the log.</summary>
    public async Task AssertUnharmedAsync()
    {
        Assert.True(errors.Heard.Count == 0, string.Join("\n---\n", errors.Heard.Take(5)));
        var grown = GC.GetTotalMemory(forceFullCollection: true) - _bytesWarm;
        Assert.True(grown < GrowthBytesMax, $"The memory in use has grown by {grown >> 20} MiB.");
        var books = new StoredBooks(gateway.DataDirectory, null);
        await Eventually.HoldsAsync(
            () => OpenHolds.FreeOf(gateway) == books.Wallet().Balance,
            () =>
                $"{books.Wallet()} is there, {OpenHolds.FreeOf(gateway)} of it free. "
                + $"Running: {running}"
        );
        Assert.True(books.Wallet().Balance > NanoUsd.Zero, "The money did not last.");
        Assert.Empty(
            await LedgerVerification.RunAsync(
                gateway.Database,
                TestContext.Current.CancellationToken
            )
        );
        using var alive = await gateway.Client.GetAsync("/readyz");
        Assert.True(alive.IsSuccessStatusCode);
    }

    public ValueTask DisposeAsync() => gateway.DisposeAsync();

    /// <summary>The last error of the log, to stand beside what it did to an answer.</summary>
    public string LastError => errors.Heard.LastOrDefault() ?? "";

    /// <summary>What is wrong with an answer; null when it is one that we may give.</summary>
    public static string? WrongWith(
        string method,
        string path,
        int status,
        ReadOnlyMemory<byte> body
    )
    {
        if (status < 400)
        {
            return null;
        }

        if (method == "HEAD" || (body.IsEmpty && path is "/healthz" or "/readyz"))
        {
            return null;
        }

        JsonElement error;
        try
        {
            using var json = JsonDocument.Parse(body);
            error = json.RootElement.Clone();
        }
        catch (JsonException)
        {
            return path.StartsWith("/docs/", StringComparison.Ordinal)
                ? null
                : $"{status} with a body that is no JSON.";
        }

        return WrongWith(path, status, error);
    }

    private static string? WrongWith(string path, int status, JsonElement body)
    {
        if (
            body.ValueKind != JsonValueKind.Object
            || !body.TryGetProperty("error", out var error)
            || TextOf(error, "message") is not { Length: > 0 }
            || TextOf(error, "code") is not { Length: > 0 } code
            || TextOf(error, "type") is not { Length: > 0 }
        )
        {
            return $"{status} without an error of ours: {body}";
        }

        if (DialectOf(path) is { } anthropic && anthropic != (TextOf(body, "type") == "error"))
        {
            return $"{status} in the other dialect: {body}";
        }

        return
            status >= 500
            && code is not ("provider_unavailable" or "overloaded_error" or "overloaded")
            ? $"{status} {code}: {body}"
            : null;
    }

    /// <summary>Whether errors at that address are Anthropic's; null where the headers decide.</summary>
    private static bool? DialectOf(string path)
    {
        string[] openAi = ["/v1/chat", "/v1/embeddings", "/v1/responses", "/v1/gateway"];
        return IsUnder("/v1/messages") ? true
            : openAi.Any(IsUnder) ? false
            : null;

        bool IsUnder(string folder) =>
            path == folder || path.StartsWith(folder + "/", StringComparison.Ordinal);
    }

    private static string? TextOf(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object
        && of.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
