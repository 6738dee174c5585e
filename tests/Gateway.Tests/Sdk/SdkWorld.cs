using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.Tests.OAuth;
using Arda.Gateway.Tests.Pages;
using Arda.Gateway.Tests.Sdk;

[assembly: AssemblyFixture(typeof(SdkWorld))]

namespace Arda.Gateway.Tests.Sdk;

/// <summary>One gateway for the .NET SDK and its examples, at the address that it calls its own, so
/// that callbacks name it rightly.</summary>
public sealed class SdkWorld : IAsyncDisposable
{
    private readonly Lazy<Task<PagesHost>> _host = new(() => PagesHost.StartAsync());

    public async Task<OAuthWorld> StartAsync() => new((await _host.Value).Gateway);

    public async Task<Uri> AddressAsync() => (await _host.Value).Address;

    /// <summary>A key whose project has one cent.</summary>
    public async Task<(string Key, Project Project)> PoorAsync()
    {
        var world = await StartAsync();
        var person = await world.PersonAsync();
        var made = await world.Get<Projects>().CreateAsync(person.Id, "Poor");
        Assert.False(made.Denied(out _, out var project));
        await world
            .Get<Credits>()
            .GrantPromoAsync(project.Id, NanoUsd.FromCents(1), "one cent:" + project.Id);
        var wish = new NewKey
        {
            Owner = project.Owner,
            Project = project.Id,
            Name = "Poor",
        };
        Assert.False((await world.Get<ApiKeys>().MintAsync(wish)).Denied(out _, out var minted));
        return (minted.Secret, project);
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            await _host.Value.Result.DisposeAsync();
        }
    }
}
