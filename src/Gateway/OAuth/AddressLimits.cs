using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Arda.Gateway.OAuth;

/// <summary>Where a request comes from, for counting and for showing.</summary>
public static class RequesterAddress
{
    private const int Ipv6NetworkBytes = 8;

    /// <summary>An IPv6 network stands for all its addresses: whoever has one has them all.</summary>
    public static string Of(HttpContext http)
    {
        if (http.Connection.RemoteIpAddress is not { } address)
        {
            return "unknown";
        }

        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (plain.AddressFamily != AddressFamily.InterNetworkV6 || IPAddress.IsLoopback(plain))
        {
            return plain.ToString();
        }

        var bytes = plain.GetAddressBytes();
        bytes.AsSpan(Ipv6NetworkBytes).Clear();
        return new IPAddress(bytes) + "/64";
    }
}

/// <summary>Requests of each address in the running minute, on this node alone: it protects the
/// node, so nothing need be shared. Forgotten with the minute.</summary>
internal sealed class AddressLimits(TimeProvider time)
{
    public const int PerMinuteMax = 120;

    private const int AddressesMax = 100_000;

    private readonly ConcurrentDictionary<string, int> _counts = new();
    private long _minute;

    /// <summary>Null when it may ask; otherwise how long to wait.</summary>
    public TimeSpan? Take(string address)
    {
        var now = time.GetUtcNow();
        var minute = now.ToUnixTimeSeconds() / 60;
        if (Interlocked.Exchange(ref _minute, minute) != minute || _counts.Count > AddressesMax)
        {
            _counts.Clear();
        }

        return _counts.AddOrUpdate(address, 1, (_, count) => count + 1) > PerMinuteMax
            ? TimeSpan.FromSeconds(60 - now.Second)
            : null;
    }
}
