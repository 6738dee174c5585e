using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Arda.Gateway.Keys;
using Arda.Gateway.OAuth;
using Arda.Gateway.Tests.Clients;
using Arda.Gateway.Tests.Guide;
using Arda.Gateway.Tests.Hosting;
using Arda.Gateway.Tests.OAuth;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Logging;

[assembly: AssemblyFixture(typeof(GuideWorld))]

namespace Arda.Gateway.Tests.Guide;

/// <summary>A gateway that answers as https://gateway.ardabot.ai to those who go through its tunnel
/// and trust its authority, and a person who says yes.</summary>
public sealed partial class GuideWorld : IAsyncDisposable
{
    private const string Name = "gateway.ardabot.ai";

    private readonly LocalAuthority _authority = new(Name);
    private readonly Lazy<Task> _ready;
    private readonly ConcurrentDictionary<string, Signed> _signed = new();
    private OAuthWorld? _world;
    private Tunnel? _tunnel;
    private WebApplication? _people;

    public GuideWorld() => _ready = new Lazy<Task>(StartAsync);

    /// <summary>Of this run; holds the packages that the guide imports.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("arda-guide-").FullName;

    internal Tunnel Tunnel => _tunnel!;

    public string ClientId => _world!.Host.Demo.GetProperty("demo_client_id").GetString()!;

    public string Root => Path.Combine(Folder, "root.pem");

    /// <summary>Of TLS; there is one without it, too, for the tests' own requests.</summary>
    public int Port =>
        _world!
            .Get<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.Select(address => new Uri(address))
            .Single(address => address.Scheme == Uri.UriSchemeHttps)
            .Port;

    public string People => _people!.Urls.First();

    public Task ReadyAsync() => _ready.Value;

    /// <summary>Somebody whose project has so much, and a key of their own.</summary>
    public async Task<(string Id, string Key)> PersonAsync(long cents)
    {
        var world = _world!;
        var signed = await ExamplesWorld.PersonOfAsync(world, cents);
        var wish = new NewKey
        {
            Owner = signed.Id,
            Project = signed.Project.Id,
            Name = "Guide",
        };
        Assert.False((await world.Get<ApiKeys>().MintAsync(wish)).Denied(out _, out var key));
        _signed[signed.Id.Value] = signed;
        return (signed.Id.Value, key.Secret);
    }

    public async ValueTask DisposeAsync()
    {
        if (_people is not null)
        {
            await _people.DisposeAsync();
        }

        if (_tunnel is not null)
        {
            await _tunnel.DisposeAsync();
        }

        if (_world is not null)
        {
            await _world.DisposeAsync();
        }

        _authority.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task StartAsync()
    {
        var host = await GatewayHost.StartAsync(
            new GatewayHostOptions
            {
                Settings = [("PublicUrl", $"https://{Name}")],
                Adjust = builder =>
                    builder.WebHost.ConfigureKestrel(kestrel =>
                    {
                        kestrel.Listen(IPAddress.Loopback, 0);
                        kestrel.Listen(
                            IPAddress.Loopback,
                            0,
                            listen => listen.UseHttps(_authority.Certificate)
                        );
                    }),
            }
        );
        _world = new OAuthWorld(host);
        _tunnel = new Tunnel($"{Name}:443", Port);
        await File.WriteAllTextAsync(Root, _authority.RootPem);
        InstallPackages();
        _people = await StartPeopleAsync();
    }

    // The packages as npm put them there, and ours as it was built.
    private void InstallPackages()
    {
        var modules = Path.Combine(Folder, "node_modules");
        Directory.CreateDirectory(Path.Combine(modules, "@arda"));
        Directory.CreateDirectory(Path.Combine(modules, "@anthropic-ai"));
        var installed = Path.Combine(Scenes.Folder, "node_modules");
        foreach (
            var package in new[] { "openai", Path.Combine("@anthropic-ai", "sdk"), "ai", "@ai-sdk" }
        )
        {
            Directory.CreateSymbolicLink(
                Path.Combine(modules, package),
                Path.Combine(installed, package)
            );
        }

        Directory.CreateSymbolicLink(
            Path.Combine(modules, "@arda", "gateway-sdk"),
            Path.Combine(House.Checkout.Root, "sdk", "typescript")
        );
        File.WriteAllText(Path.Combine(Folder, "package.json"), """{"type": "module"}""");
    }

    /// <summary>What a person does on the gateway's pages, for programs that wait for it.</summary>
    private async Task<WebApplication> StartPeopleAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet("/consent", (string person, string url) => ConsentAsync(_signed[person], url));
        app.MapGet("/device", (string person, string code) => AllowAsync(_signed[person], code));
        app.MapGet("/pay", (string person, string url) => PayAsync(_signed[person], url));
        await app.StartAsync();
        return app;
    }

    private async Task<string> ConsentAsync(Signed person, string url)
    {
        Assert.Equal(Name, new Uri(url).Host);
        var asked = await _world!.AuthorizeAsync(new Uri(url).Query[1..], person.Session);
        var step =
            asked is AuthorizeStep.Redirect ? asked : await _world.DecideAsync(asked, person);
        return Assert.IsType<AuthorizeStep.Redirect>(step).Uri;
    }

    private async Task<string> AllowAsync(Signed person, string code)
    {
        var result = await _world!
            .Get<DeviceCodes>()
            .DecideAsync(
                code,
                person.Session,
                "192.0.2.1",
                OAuthWorld.Allow(person),
                CancellationToken.None
            );
        return JsonSerializer.Serialize(result.ToString());
    }
}
