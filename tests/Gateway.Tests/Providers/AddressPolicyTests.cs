using System.Net;
using Arda.Gateway.Providers;
using Arda.Gateway.Tests.OAuth;

namespace Arda.Gateway.Tests.Providers;

public sealed class AddressPolicyTests
{
    [Theory]
    [InlineData("8.8.8.8", AddressKind.Public)]
    [InlineData("172.32.0.1", AddressKind.Public)]
    [InlineData("100.128.0.1", AddressKind.Public)]
    [InlineData("2606:4700::1111", AddressKind.Public)]
    [InlineData("127.0.0.1", AddressKind.Loopback)]
    [InlineData("127.255.255.254", AddressKind.Loopback)]
    [InlineData("::1", AddressKind.Loopback)]
    [InlineData("::ffff:127.0.0.1", AddressKind.Loopback)]
    [InlineData("10.1.2.3", AddressKind.Private)]
    [InlineData("172.16.0.1", AddressKind.Private)]
    [InlineData("172.31.255.255", AddressKind.Private)]
    [InlineData("192.168.178.1", AddressKind.Private)]
    [InlineData("100.64.0.1", AddressKind.Private)]
    [InlineData("::ffff:10.0.0.1", AddressKind.Private)]
    [InlineData("fc00::1", AddressKind.Private)]
    [InlineData("fdff::1", AddressKind.Private)]
    [InlineData("0.0.0.0", AddressKind.Forbidden)]
    [InlineData("0.1.2.3", AddressKind.Forbidden)]
    [InlineData("169.254.169.254", AddressKind.Forbidden)]
    [InlineData("::ffff:169.254.169.254", AddressKind.Forbidden)]
    [InlineData("100.100.100.200", AddressKind.Forbidden)]
    [InlineData("168.63.129.16", AddressKind.Forbidden)]
    [InlineData("192.0.0.192", AddressKind.Forbidden)]
    [InlineData("fd00:ec2::254", AddressKind.Forbidden)]
    [InlineData("fd20:ce::254", AddressKind.Forbidden)]
    [InlineData("192.0.2.1", AddressKind.Forbidden)]
    [InlineData("198.18.0.1", AddressKind.Forbidden)]
    [InlineData("224.0.0.1", AddressKind.Forbidden)]
    [InlineData("255.255.255.255", AddressKind.Forbidden)]
    [InlineData("::", AddressKind.Forbidden)]
    [InlineData("::127.0.0.1", AddressKind.Forbidden)]
    [InlineData("fe80::1", AddressKind.Forbidden)]
    [InlineData("fec0::1", AddressKind.Forbidden)]
    [InlineData("ff02::1", AddressKind.Forbidden)]
    [InlineData("64:ff9b::a9fe:a9fe", AddressKind.Forbidden)]
    [InlineData("2002:a9fe:a9fe::1", AddressKind.Forbidden)]
    [InlineData("2001:0:a9fe:a9fe::1", AddressKind.Forbidden)]
    [InlineData("2001:db8::1", AddressKind.Forbidden)]
    [InlineData("4000::1", AddressKind.Forbidden)]
    public void Every_address_has_its_kind(string address, AddressKind kind) =>
        Assert.Equal(kind, AddressPolicy.KindOf(IPAddress.Parse(address)));

    [Theory]
    [OAuthCase("SS02")]
    [InlineData("8.8.8.8", "https://api.example.com", false, true)]
    [InlineData("8.8.8.8", "http://api.example.com", true, false)]
    [InlineData("10.0.0.1", "https://api.example.com", false, false)]
    [InlineData("127.0.0.1", "https://api.example.com", false, false)]
    [InlineData("127.0.0.1", "http://localhost:11434", true, true)]
    [InlineData("10.0.0.1", "http://models.internal", true, true)]
    [InlineData("169.254.169.254", "https://models.internal", true, false)]
    public void Only_the_operators_own_address_leads_into_the_operators_network(
        string address,
        string baseUrl,
        bool byOperator,
        bool allowed
    ) =>
        Assert.Equal(
            allowed,
            AddressPolicy.Allows(IPAddress.Parse(address), new Uri(baseUrl), byOperator)
        );

    [Theory]
    [OAuthCase("SS02")]
    [InlineData("https://api.openai.com/v1", "10.0.0.7", false)]
    [InlineData("https://api.openai.com/v1", "169.254.169.254", false)]
    [InlineData("https://api.openai.com/v1", "::1", false)]
    [InlineData("http://models.example.com/v1", "93.184.216.34", true)]
    [InlineData("http://rebound.example.com/v1", "169.254.169.254", true)]
    public async Task A_name_that_leads_where_it_must_not_is_not_dialled(
        string baseUrl,
        string address,
        bool byOperator
    )
    {
        var dialer = new HostDialer(
            new Uri(baseUrl),
            byOperator,
            (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse(address)]),
            TimeSpan.FromSeconds(1)
        );
        await Assert.ThrowsAsync<HttpRequestException>(() =>
            dialer.AllowedAsync(new Uri(baseUrl).Host, TestContext.Current.CancellationToken)
        );
    }

    [Fact]
    public async Task Of_several_addresses_only_the_public_ones_are_dialled()
    {
        var dialer = new HostDialer(
            new Uri("https://api.openai.com/v1"),
            byOperator: false,
            (_, _) =>
                Task.FromResult<IPAddress[]>([
                    IPAddress.Parse("127.0.0.1"),
                    IPAddress.Parse("8.8.4.4"),
                    IPAddress.Parse("fe80::1"),
                ]),
            TimeSpan.FromSeconds(1)
        );
        var allowed = await dialer.AllowedAsync(
            "api.openai.com",
            TestContext.Current.CancellationToken
        );
        Assert.Equal([IPAddress.Parse("8.8.4.4")], allowed);
    }

    [Fact]
    [OAuthCase("SS02")]
    public async Task A_name_of_our_catalog_that_resolves_to_this_machine_is_a_connection_fault()
    {
        var asked = new List<string>();
        using var rig = new ProvidersRig(
            resolve: (host, _) =>
            {
                asked.Add(host);
                return Task.FromResult<IPAddress[]>([IPAddress.Loopback]);
            }
        );
        await using var response = await rig.SendAsync(ProvidersRig.Call("openai"));
        Assert.Equal(UpstreamFault.Connection, response.Fault);
        Assert.Equal(["api.openai.com"], asked.Distinct());
        Assert.Contains(
            "inside the operator's own network",
            rig.Log.Text,
            StringComparison.Ordinal
        );
    }
}
