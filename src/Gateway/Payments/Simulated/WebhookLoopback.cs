using System.Net.Http.Headers;
using Arda.Gateway.Payments.Stripe;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Arda.Gateway.Payments.Simulated;

/// <summary>Delivers to this process's own webhook endpoint, over HTTP and where it really listens,
/// so that a simulated event goes the whole way of a real one.</summary>
internal sealed class WebhookLoopback(IServer server) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false })
    {
        Timeout = TimeSpan.FromSeconds(10),
    };

    public async Task<int> PostAsync(byte[] body, string signature, CancellationToken ct)
    {
        if (AddressOf(server) is not { } address)
        {
            return 0;
        }

        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            new Uri(address, WebhookEndpoint.Path)
        )
        {
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add(WebhookSignature.Header, signature);
        try
        {
            using var response = await _http.SendAsync(request, ct);
            return (int)response.StatusCode;
        }
        catch (Exception fault)
            when (fault is HttpRequestException or OperationCanceledException
                && !ct.IsCancellationRequested
            )
        {
            return 0;
        }
    }

    public void Dispose() => _http.Dispose();

    private static Uri? AddressOf(IServer server)
    {
        var text = server
            .Features.Get<IServerAddressesFeature>()
            ?.Addresses.MinBy(address => address.StartsWith("https", StringComparison.Ordinal));
        if (text is null)
        {
            return null;
        }

        // Bound to every address, it also answers on this one.
        var local = text.Replace("//+", "//localhost", StringComparison.Ordinal)
            .Replace("//*", "//localhost", StringComparison.Ordinal)
            .Replace("//0.0.0.0", "//127.0.0.1", StringComparison.Ordinal)
            .Replace("//[::]", "//localhost", StringComparison.Ordinal);
        return Uri.TryCreate(local, UriKind.Absolute, out var url) ? url : null;
    }
}
