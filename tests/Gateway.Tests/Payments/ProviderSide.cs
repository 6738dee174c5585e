using Arda.Gateway.Http;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Arda.Gateway.Tests.Payments;

/// <summary>The payment provider as a server of its own, with a store of its own: to the gateway it
/// is one more address, reached over a socket.</summary>
internal sealed class ProviderSide : IAsyncDisposable
{
    private readonly TestStore _store;
    private readonly WebApplication _app;

    private ProviderSide(TestStore store, WebApplication app, SimulatedServer server) =>
        (_store, _app, Server) = (store, app, server);

    public SimulatedServer Server { get; }

    public Database Database => _store.Database;

    public Uri Address => new(new Uri(_app.Urls.First()), SimulatedServer.Root);

    public static async Task<ProviderSide> StartAsync(TimeProvider time)
    {
        var store = await Stores.OpenAsync(StoreKind.Sqlite, time, PaymentsSchema.Migrations);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddEdge(_ => (_, _) => ValueTask.FromResult(false));
        var server = new SimulatedServer(
            store.Database,
            new PaymentsOptions
            {
                Provider = PaymentProvider.Simulated,
                Currency = "usd",
                PublicUrl = "http://localhost:8787",
            },
            time
        );
        builder.Services.AddSingleton(server);
        var app = builder.Build();
        app.UseEdge();
        app.MapSimulatedPayments();
        await server.PrepareAsync();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new ProviderSide(store, app, server);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _store.DisposeAsync();
    }
}
