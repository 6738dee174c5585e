using System.Net;
using System.Net.Sockets;

namespace Arda.Gateway.Accounts;

/// <summary>From where somebody asks, as throttles count it: one IPv4 address, or the 64 bits of IPv6
/// that one line gets, since its owner can take any address below them.</summary>
internal static class ClientNetwork
{
    private const int PrefixBytes = 8;

    public static string Of(HttpContext http) => Of(http.Connection.RemoteIpAddress);

    public static string Of(IPAddress? address)
    {
        if (address is null)
        {
            return "";
        }

        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (plain.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return plain.ToString();
        }

        var bytes = plain.GetAddressBytes();
        bytes.AsSpan(PrefixBytes).Clear();
        return new IPAddress(bytes) + "/64";
    }
}
