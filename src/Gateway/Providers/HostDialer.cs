using System.Net;
using System.Net.Sockets;

namespace Arda.Gateway.Providers;

/// <summary>Looks a host name up; a test hands in its own.</summary>
public delegate Task<IPAddress[]> HostResolver(string host, CancellationToken ct);

/// <summary>
/// Opens the connections of one provider. The name is resolved here, the addresses are judged, and
/// the socket goes to the address that was judged: a name that changes its address between the
/// check and the connect (DNS rebinding) gains nothing.
/// </summary>
internal sealed class HostDialer(
    Uri baseUrl,
    bool byOperator,
    HostResolver resolve,
    TimeSpan attemptMax
)
{
    private const int KeepAliveIdleSeconds = 30;
    private const int KeepAliveEverySeconds = 10;
    private const int KeepAliveTriesMax = 3;

    public async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context,
        CancellationToken ct
    )
    {
        var to = context.DnsEndPoint;
        // The pool belongs to one provider; nothing else may be dialled through it.
        if (
            !string.Equals(
                to.Host,
                baseUrl.IdnHost.Trim('[', ']'),
                StringComparison.OrdinalIgnoreCase
            )
            && !string.Equals(
                to.Host,
                baseUrl.Host.Trim('[', ']'),
                StringComparison.OrdinalIgnoreCase
            )
        )
        {
            throw new HttpRequestException($"'{to.Host}' is not the host of this provider.");
        }

        return await ConnectAsync(await AllowedAsync(to.Host, ct), to.Port, ct);
    }

    /// <summary>The addresses of the name that we may connect to.</summary>
    /// <exception cref="HttpRequestException">There are none.</exception>
    public async Task<IReadOnlyList<IPAddress>> AllowedAsync(string host, CancellationToken ct)
    {
        IPAddress[] found = IPAddress.TryParse(host, out var literal)
            ? [literal]
            : await resolve(host, ct);
        var allowed = found.Where(a => AddressPolicy.Allows(a, baseUrl, byOperator)).ToList();
        if (allowed.Count > 0)
        {
            return allowed;
        }

        throw new HttpRequestException(
            found.Length == 0
                ? $"The name '{host}' has no address."
                : $"The name '{host}' leads to {found[0]}, which is {Why(found[0])}."
        );
    }

    private string Why(IPAddress address) =>
        AddressPolicy.KindOf(address) switch
        {
            AddressKind.Public => "public, and a key is only sent there over https",
            AddressKind.Forbidden => "no place where a provider may be",
            var kind when byOperator => $"{kind}",
            _ => "inside the operator's own network; only a BaseUrl of the operator may lead there",
        };

    private async Task<Stream> ConnectAsync(
        IReadOnlyList<IPAddress> addresses,
        int port,
        CancellationToken ct
    )
    {
        for (var i = 0; ; i++)
        {
            var socket = new Socket(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp)
            {
                NoDelay = true,
            };
            using var attempt = CancellationTokenSource.CreateLinkedTokenSource(ct);
            try
            {
                KeepAlive(socket);
                if (i < addresses.Count - 1)
                {
                    attempt.CancelAfter(attemptMax);
                }

                await socket.ConnectAsync(new IPEndPoint(addresses[i], port), attempt.Token);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (Exception fault)
                when (fault is SocketException or OperationCanceledException
                    && i < addresses.Count - 1
                    && !ct.IsCancellationRequested
                )
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    // A model may think for minutes without a byte; a dead peer must be found out all the same.
    private static void KeepAlive(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(
            SocketOptionLevel.Tcp,
            SocketOptionName.TcpKeepAliveTime,
            KeepAliveIdleSeconds
        );
        socket.SetSocketOption(
            SocketOptionLevel.Tcp,
            SocketOptionName.TcpKeepAliveInterval,
            KeepAliveEverySeconds
        );
        socket.SetSocketOption(
            SocketOptionLevel.Tcp,
            SocketOptionName.TcpKeepAliveRetryCount,
            KeepAliveTriesMax
        );
    }
}
