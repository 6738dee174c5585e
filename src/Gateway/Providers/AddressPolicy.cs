using System.Net;
using System.Net.Sockets;

namespace Arda.Gateway.Providers;

/// <summary>What kind of place an IP address is, as far as our own requests are
/// concerned.</summary>
public enum AddressKind
{
    /// <summary>On the public Internet.</summary>
    Public,

    /// <summary>This machine.</summary>
    Loopback,

    /// <summary>The operator's own network (RFC 1918, RFC 6598, RFC 4193).</summary>
    Private,

    /// <summary>Nowhere that a provider can be: link-local and with it the metadata services of
    /// clouds, multicast, reserved blocks, and forms that hide another address.</summary>
    Forbidden,
}

/// <summary>
/// Sorts addresses by the registries of special blocks (IANA, RFC 6890). What is not known to be
/// public is forbidden: a new special block must not become reachable by our not knowing it.
/// </summary>
public static class AddressPolicy
{
    // Metadata services that live outside of link-local: Alibaba Cloud, Azure, AWS and GCP on IPv6.
    private static readonly IPAddress[] s_metadata =
    [
        IPAddress.Parse("100.100.100.200"),
        IPAddress.Parse("168.63.129.16"),
        IPAddress.Parse("192.0.0.192"),
        IPAddress.Parse("fd00:ec2::254"),
        IPAddress.Parse("fd20:ce::254"),
    ];

    private static readonly IPNetwork[] s_private =
    [
        IPNetwork.Parse("10.0.0.0/8"),
        IPNetwork.Parse("100.64.0.0/10"),
        IPNetwork.Parse("172.16.0.0/12"),
        IPNetwork.Parse("192.168.0.0/16"),
        IPNetwork.Parse("fc00::/7"),
    ];

    private static readonly IPNetwork[] s_forbidden =
    [
        IPNetwork.Parse("0.0.0.0/8"),
        IPNetwork.Parse("169.254.0.0/16"),
        IPNetwork.Parse("192.0.0.0/24"),
        IPNetwork.Parse("192.0.2.0/24"),
        IPNetwork.Parse("192.88.99.0/24"),
        IPNetwork.Parse("198.18.0.0/15"),
        IPNetwork.Parse("198.51.100.0/24"),
        IPNetwork.Parse("203.0.113.0/24"),
        IPNetwork.Parse("224.0.0.0/4"),
        IPNetwork.Parse("240.0.0.0/4"),
        // Inside the global block 2000::/3: protocol assignments with Teredo, documentation, 6to4.
        IPNetwork.Parse("2001::/23"),
        IPNetwork.Parse("2001:db8::/32"),
        IPNetwork.Parse("2002::/16"),
        IPNetwork.Parse("3fff::/20"),
    ];

    private static readonly IPNetwork s_globalIPv6 = IPNetwork.Parse("2000::/3");

    public static AddressKind KindOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        if (s_metadata.Contains(address))
        {
            return AddressKind.Forbidden;
        }

        if (IPAddress.IsLoopback(address))
        {
            return AddressKind.Loopback;
        }

        if (s_private.Any(block => block.Contains(address)))
        {
            return AddressKind.Private;
        }

        var isGlobal =
            address.AddressFamily == AddressFamily.InterNetwork || s_globalIPv6.Contains(address);
        return isGlobal && !s_forbidden.Any(block => block.Contains(address))
            ? AddressKind.Public
            : AddressKind.Forbidden;
    }

    /// <summary>Whether a provider at <paramref name="baseUrl"/> may be reached there.</summary>
    /// <param name="address">One that its name resolved to.</param>
    /// <param name="baseUrl">Without TLS a credential must not leave the operator's
    /// network.</param>
    /// <param name="byOperator">The operator wrote this base URL; ours are public, always.</param>
    public static bool Allows(IPAddress address, Uri baseUrl, bool byOperator) =>
        KindOf(address) switch
        {
            AddressKind.Public => baseUrl.Scheme == Uri.UriSchemeHttps,
            AddressKind.Loopback or AddressKind.Private => byOperator,
            _ => false,
        };
}
