using Arda.Gateway.Catalog;

namespace Arda.Gateway.Providers.Simulated;

internal sealed class SimulatedProvider(
    ModelCatalog catalog,
    SimulationOptions options,
    TimeProvider time
) : HttpMessageHandler
{
    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    ) => Task.FromResult(new HttpResponseMessage(System.Net.HttpStatusCode.OK));
}
