namespace Arda.Gateway.Sdk;

/// <summary>Sends calls, each once: some of them may not be repeated.</summary>
internal sealed class GatewayTransport(HttpClient? http, Uri? baseAddress, TimeProvider time)
{
    // One for all clients that bring none: sockets are shared, and addresses looked up again.
    private static readonly Lazy<HttpClient> s_shared = new(() =>
        new HttpClient(NewHandler()) { Timeout = TimeSpan.FromMinutes(10) }
    );

    private readonly HttpClient _http = http ?? s_shared.Value;

    public string BaseAddress { get; } = GatewayAddress.Of(baseAddress, http);

    public TimeProvider Time => time;

    /// <summary>Nothing here redirects; following one would carry codes and keys to another
    /// address.</summary>
    public static SocketsHttpHandler NewHandler() =>
        new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };

    public async Task<GatewayAnswer> SendAsync(GatewayCall call, CancellationToken ct)
    {
        using var response = await OpenAsync(call, ct).ConfigureAwait(false);
        return await ReadAsync(response, ct).ConfigureAwait(false);
    }

    /// <summary>The answer's head; its body is still to come.</summary>
    public async Task<HttpResponseMessage> OpenAsync(GatewayCall call, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        using var request = call.ToRequest(BaseAddress);
        try
        {
            return await _http
                .SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct)
                .ConfigureAwait(false);
        }
        catch (Exception failed) when (IsLostConnection(failed, ct))
        {
            throw Lost(failed);
        }
    }

    public async Task<GatewayAnswer> ReadAsync(HttpResponseMessage response, CancellationToken ct)
    {
        try
        {
            var body = await response.Content.ReadAsByteArrayAsync(ct).ConfigureAwait(false);
            return new GatewayAnswer((int)response.StatusCode, response.Headers, body, time);
        }
        catch (Exception failed) when (IsLostConnection(failed, ct))
        {
            throw Lost(failed);
        }
    }

    /// <summary>What the platform throws when the other side is gone. An end that the caller asked
    /// for stays what it is; HttpClient's own timeout comes as a cancellation, too.</summary>
    public static bool IsLostConnection(Exception failed, CancellationToken ct) =>
        failed is HttpRequestException or IOException
        || (failed is OperationCanceledException && !ct.IsCancellationRequested);

    public GatewayConnectionException Lost(Exception failed) =>
        new($"No answer from {new Uri(BaseAddress).GetLeftPart(UriPartial.Authority)}.", failed);
}
