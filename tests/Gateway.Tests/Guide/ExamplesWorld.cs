using System.Net;
using System.Net.Sockets;
using Arda.Gateway.Accounts;
using Arda.Gateway.Billing.Portal;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.OAuth;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Billing;
using Arda.Gateway.Tests.Guide;
using Arda.Gateway.Tests.OAuth;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

[assembly: AssemblyFixture(typeof(ExamplesWorld))]

namespace Arda.Gateway.Tests.Guide;

/// <summary>A gateway as <c>./build run</c> starts it, on a port of its own, and people for it.
/// </summary>
public sealed class ExamplesWorld : IAsyncDisposable
{
    private readonly Lazy<Task> _ready;
    private OAuthWorld? _world;
    private WebApplication? _people;
    private Signed? _person;

    public ExamplesWorld() => _ready = new Lazy<Task>(StartAsync);

    internal OAuthWorld World => _world!;

    public string Demo => Path.Combine(World.Host.DataDirectory, "demo.json");

    public string People => _people!.Urls.First();

    public Task ReadyAsync() => _ready.Value;

    internal static async Task<Signed> PersonOfAsync(OAuthWorld world, long cents)
    {
        Assert.False(
            EmailAddress.Read($"{Ids.Make("p")}@example.com").Denied(out _, out var address)
        );
        var person = await world.Get<People>().FindOrCreateAsync(address);
        var made = await world.Get<Projects>().CreateAsync(person.Id, "Guide");
        Assert.False(made.Denied(out _, out var project));
        if (cents > 0)
        {
            await world
                .Get<Credits>()
                .GrantPromoAsync(project.Id, NanoUsd.FromCents(cents), "guide:" + project.Id);
        }

        return new Signed(await world.SignInAsync(person), project);
    }

    public Task<Signed> PersonAsync(long cents) => PersonOfAsync(World, cents);

    public async Task<string> ConsentAsync(string url, Signed person)
    {
        var asked = await World.AuthorizeAsync(new Uri(url).Query[1..], person.Session);
        var step = asked is AuthorizeStep.Redirect ? asked : await World.DecideAsync(asked, person);
        return Assert.IsType<AuthorizeStep.Redirect>(step).Uri;
    }

    public async Task AllowAsync(string userCode, Signed person)
    {
        var result = await World
            .Get<DeviceCodes>()
            .DecideAsync(
                userCode,
                person.Session,
                "192.0.2.1",
                OAuthWorld.Allow(person),
                CancellationToken.None
            );
        Assert.Equal(DeviceDecisionResult.Allowed, result);
    }

    /// <summary>Follows the link and pays with the simulated provider's card.</summary>
    public async Task PayAsync(string url, Signed person)
    {
        var opened = await World.Get<PortalSessions>().OpenAsync(new Uri(url).Segments[^1]);
        Assert.Equal(person.Id, opened!.UserId);
        await World.PayAsync(person.Project.Id);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        if (_people is not null)
        {
            await _people.DisposeAsync();
        }

        if (_world is not null)
        {
            await _world.DisposeAsync();
        }
    }

    private async Task StartAsync()
    {
        var issuer = $"http://127.0.0.1:{FreePort()}";
        _world = await OAuthWorld.StartAsync(
            StoreKind.Sqlite,
            postgres: null,
            ("urls", issuer),
            ("PublicUrl", issuer)
        );
        _person = await _world.PersonAsync();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _people = builder.Build();
        _people.MapGet("/consent", (string url) => ConsentAsync(url, _person));
        await _people.StartAsync();
    }
}
