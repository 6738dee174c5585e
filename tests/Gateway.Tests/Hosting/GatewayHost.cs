using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Arda.Gateway.Tests.Hosting;

/// <summary>
/// The whole gateway as Program.cs composes it, on a free port of this machine with a data
/// directory of its own and the demo's project and key.
/// </summary>
public sealed class GatewayHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _data;
    private readonly bool _ownsData;

    private GatewayHost(WebApplication app, string data, bool ownsData, SecretScan secrets)
    {
        (_app, _data, _ownsData, Secrets) = (app, data, ownsData, secrets);
        Address = new Uri(app.Urls.First());
        using var demo = JsonDocument.Parse(File.ReadAllText(Path.Combine(data, "demo.json")));
        Demo = demo.RootElement.Clone();
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
        Client = new HttpClient(handler)
        {
            BaseAddress = Address,
            Timeout = TimeSpan.FromMinutes(2),
        };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            ApiKey
        );
    }

    public Uri Address { get; }

    /// <summary>Looks for secrets in clear when this host ends.</summary>
    public SecretScan Secrets { get; }

    /// <summary>Sends the demo's key.</summary>
    public HttpClient Client { get; }

    public JsonElement Demo { get; }

    public string ApiKey => Demo.GetProperty("api_key").GetString()!;

    public string DataDirectory => _data;

    public IServiceProvider Services => _app.Services;

    public Database Database => Services.GetRequiredService<Database>();

    public static Task<GatewayHost> StartAsync(params (string Key, string Value)[] settings) =>
        StartAsync(new GatewayHostOptions { Settings = settings });

    public static async Task<GatewayHost> StartAsync(GatewayHostOptions options)
    {
        var data = options.Data ?? Directory.CreateTempSubdirectory("arda-host-").FullName;
        List<string> args =
        [
            "--demo",
            "--urls=http://127.0.0.1:0",
            $"--data={data}",
            "--Logging:LogLevel:Default=Warning",
            "--Providers:Simulation:FirstTokenMs=0",
            "--Providers:Simulation:TokensPerSecond=0",
        ];
        if (options.Catalog is { } catalog)
        {
            var file = Path.Combine(data, "arda.json");
            await File.WriteAllTextAsync(file, catalog);
            args.Add($"--config={file}");
        }

        if (options.Store is StoreKind.Postgres)
        {
            args.Add($"--storage:postgres={options.PostgresConnectionString ?? NewPostgres()}");
        }

        args.AddRange(options.Settings.Select(setting => $"--{setting.Key}={setting.Value}"));
        var secrets = new SecretScan();
        var app = Program.Build(
            [.. args],
            builder =>
            {
                builder.Logging.AddProvider(secrets);
                builder.Logging.AddFilter<SecretScan>(level => level >= LogLevel.Information);
                SpanScan.AddTo(builder.Services, secrets);
                options.Adjust?.Invoke(builder);
            }
        );
        await app.StartAsync();
        SpanScan.Remember(app.Services);
        return new GatewayHost(app, data, ownsData: options.Data is null, secrets);
    }

    public async Task<HttpResponseMessage> PostAsync(
        string path,
        string json,
        params (string Name, string Value)[] headers
    )
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(json, Encoding.UTF8, "application/json"),
        };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>As SIGTERM does: drains, flushes, closes leases.</summary>
    public async Task StopAsync() => await _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        SpanScan.Forget(Services);
        await _app.StopAsync();
        try
        {
            await Secrets.AssertNothingLeakedAsync(Database);
        }
        finally
        {
            await _app.DisposeAsync();
            if (_ownsData)
            {
                Directory.Delete(_data, recursive: true);
            }
        }
    }

    private static string NewPostgres()
    {
        if (PostgresCluster.ForThisRun is { } cluster)
        {
            return cluster.CreateDatabase();
        }

        Assert.Skip("PostgreSQL is not installed (no initdb in /usr/lib/postgresql/*/bin).");
        return "";
    }
}

public sealed record GatewayHostOptions
{
    /// <summary>The operator's arda.json.</summary>
    public string? Catalog { get; init; }

    /// <summary>A directory to continue with; null makes one that is deleted afterwards.</summary>
    public string? Data { get; init; }

    public StoreKind Store { get; init; } = StoreKind.Sqlite;

    /// <summary>An existing database, for a second node.</summary>
    public string? PostgresConnectionString { get; init; }

    public IReadOnlyList<(string Key, string Value)> Settings { get; init; } = [];

    public Action<WebApplicationBuilder>? Adjust { get; init; }
}
