using System.Collections.Concurrent;
using System.Text.Json;
using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.Tests.Clients;
using Arda.Gateway.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

[assembly: AssemblyFixture(typeof(ClientsGateway))]

namespace Arda.Gateway.Tests.Clients;

/// <summary>
/// One gateway for all clients, started when the first test asks: the simulated provider, the
/// recorded ones, and keys for the situations an app meets. A Node client runs all its cases in
/// one process, whose lines the tests then read.
/// </summary>
public sealed class ClientsGateway : IAsyncDisposable
{
    private const int SlowRequestsPerMinute = 30;

    private readonly Lazy<Task> _ready;
    private readonly ConcurrentDictionary<string, Lazy<Task<NodeRun>>> _runs = new();
    private readonly Dictionary<string, string> _slowKeys = [];
    private ScenePlayer? _player;
    private GatewayHost? _host;

    public ClientsGateway() => _ready = new Lazy<Task>(StartAsync);

    public GatewayHost Host => _host!;

    public string PoorKey { get; private set; } = "";

    public Task ReadyAsync() => _ready.Value;

    /// <summary>What came of the cases of one module of tests/clients.</summary>
    internal Task<NodeRun> RunAsync(string module) =>
        _runs.GetOrAdd(module, name => new Lazy<Task<NodeRun>>(() => StartRunAsync(name))).Value;

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        if (_player is not null)
        {
            await _player.DisposeAsync();
        }
    }

    private async Task<NodeRun> StartRunAsync(string module)
    {
        await ReadyAsync();
        var world = JsonSerializer.Serialize(
            new
            {
                url = Host.Address.ToString().TrimEnd('/'),
                upstream = _player?.Address.ToString().TrimEnd('/'),
                keys = new
                {
                    rich = Host.ApiKey,
                    poor = PoorKey,
                    slow = _slowKeys,
                },
            }
        );
        return await NodeRun.OfAsync([module], world);
    }

    private async Task StartAsync()
    {
        _player = Recording.All.Count > 0 ? await ScenePlayer.StartAsync() : null;
        _host = await GatewayHost.StartAsync(
            new GatewayHostOptions
            {
                Catalog = Scenes.Catalog(_player?.Address, [.. NodeRun.Modules, "dotnet"]),
            }
        );
        var services = _host.Services;
        var project = await services
            .GetRequiredService<Projects>()
            .FindBySlugAsync("demo", CancellationToken.None);
        foreach (var client in NodeRun.Modules)
        {
            _slowKeys[client] = await MintAsync(project!, $"Slow {client}", SlowRequestsPerMinute);
        }

        PoorKey = await MintPoorAsync(project!.Owner);
    }

    private async Task<string> MintPoorAsync(UserId owner)
    {
        var projects = Host.Services.GetRequiredService<Projects>();
        var made = await projects.CreateAsync(owner, "Poor", "poor");
        Assert.False(made.Denied(out _, out var project));
        await Host
            .Services.GetRequiredService<Credits>()
            .GrantPromoAsync(project.Id, NanoUsd.FromCents(1), "one cent");
        return await MintAsync(project, "Poor");
    }

    private async Task<string> MintAsync(Project project, string name, int? perMinute = null)
    {
        var wish = new NewKey
        {
            Owner = project.Owner,
            Project = project.Id,
            Name = name,
            RequestsPerMinute = perMinute,
        };
        var minted = await Host.Services.GetRequiredService<ApiKeys>().MintAsync(wish);
        Assert.False(minted.Denied(out _, out var key));
        return key.Secret;
    }
}
