using Arda.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Arda.Gateway.Tests.Http;

/// <summary>Whose word about a client's address is believed. All requests here come from
/// 127.0.0.1.</summary>
public sealed class TrustedProxiesTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    // Nobody is trusted until the operator says so.
    [InlineData("", "203.0.113.9", "127.0.0.1")]
    // Nor is somebody who is no proxy of the list.
    [InlineData("10.0.0.0/8", "203.0.113.9", "127.0.0.1")]
    [InlineData("127.0.0.1", "203.0.113.9", "203.0.113.9")]
    [InlineData("127.0.0.0/8", "2001:db8::7", "2001:db8::7")]
    [InlineData("127.0.0.0/8", "[2001:db8::7]:4711", "2001:db8::7")]
    // What the client itself wrote stands further left than what the proxy saw.
    [InlineData("127.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9")]
    // Through two proxies of ours, and not one step further.
    [InlineData("127.0.0.1 10.0.0.0/8", "198.51.100.1, 203.0.113.9, 10.1.2.3", "203.0.113.9")]
    [InlineData("127.0.0.1", "198.51.100.1, 203.0.113.9, 10.1.2.3", "10.1.2.3")]
    // What is no address is not jumped over.
    [InlineData("127.0.0.1 10.0.0.0/8", "203.0.113.9, unknown, 10.1.2.3", "10.1.2.3")]
    [InlineData("127.0.0.1", "' OR 1=1", "127.0.0.1")]
    public async Task The_address_is_the_last_that_no_trusted_proxy_has(
        string trusted,
        string forwarded,
        string expected
    )
    {
        await using var host = await StartAsync(trusted.Split(' ', Split));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/who");
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", forwarded);
        using var answer = await host.Client.SendAsync(request, Ct);
        Assert.StartsWith(expected + " ", await answer.Content.ReadAsStringAsync(Ct));
    }

    [Fact]
    public async Task Scheme_and_host_stay_what_the_request_says_even_through_a_trusted_proxy()
    {
        await using var host = await StartAsync(["127.0.0.1"]);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/who");
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", "203.0.113.9");
        request.Headers.TryAddWithoutValidation("X-Forwarded-Host", "evil.example");
        request.Headers.TryAddWithoutValidation("X-Forwarded-Proto", "https");
        request.Headers.TryAddWithoutValidation("X-Forwarded-Prefix", "/evil");
        using var answer = await host.Client.SendAsync(request, Ct);
        Assert.Equal(
            $"203.0.113.9 http {host.Address.Authority} ",
            await answer.Content.ReadAsStringAsync(Ct)
        );
    }

    [Theory]
    [InlineData("0.0.0.0/0")]
    [InlineData("::/0")]
    [InlineData("10.0.0.0/33")]
    [InlineData("proxy.example")]
    [InlineData("*")]
    public void What_is_no_network_or_everybodys_stops_the_start(string text)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(Settings([text]))
            .Build();
        var mistake = Assert.Throws<ConfigurationException>(() => EdgeOptions.Read(configuration));
        Assert.Contains("Http:TrustedProxies", mistake.Message, StringComparison.Ordinal);
        Assert.Contains("10.0.0.0/8", mistake.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", "nl", "NL")]
    [InlineData("10.0.0.0/8", "NL", "")]
    [InlineData("127.0.0.1", "XX", "")]
    [InlineData("127.0.0.1", "T1", "")]
    [InlineData("127.0.0.1", "<b>", "")]
    [InlineData("127.0.0.1", "NL, DE", "")]
    public async Task A_country_is_what_a_trusted_proxy_says_and_nobody_else(
        string trusted,
        string said,
        string expected
    )
    {
        var settings = Settings([trusted]);
        settings["Http:CountryHeader"] = "CF-IPCountry";
        await using var host = await EdgeHost.StartAsync(
            app => app.MapGet("/v1/where", (HttpContext http) => ClientCountry.Of(http) ?? ""),
            settings
        );
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/where");
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", "203.0.113.9");
        request.Headers.TryAddWithoutValidation("CF-IPCountry", said);
        using var answer = await host.Client.SendAsync(request, Ct);
        Assert.Equal(expected, await answer.Content.ReadAsStringAsync(Ct));
    }

    [Theory]
    [InlineData("CF-IPCountry", false)]
    [InlineData("not a header", true)]
    public void A_header_that_anybody_could_write_stops_the_start(string name, bool isProxy)
    {
        var settings = Settings(isProxy ? ["127.0.0.1"] : []);
        settings["Http:CountryHeader"] = name;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        var mistake = Assert.Throws<ConfigurationException>(() => EdgeOptions.Read(configuration));
        Assert.Contains("Http:CountryHeader", mistake.Message, StringComparison.Ordinal);
    }

    private const StringSplitOptions Split = StringSplitOptions.RemoveEmptyEntries;

    private static Dictionary<string, string?> Settings(string[] trusted) =>
        trusted
            .Select((text, i) => KeyValuePair.Create($"Http:TrustedProxies:{i}", (string?)text))
            .ToDictionary(StringComparer.Ordinal);

    private static Task<EdgeHost> StartAsync(string[] trusted) =>
        EdgeHost.StartAsync(
            app =>
                app.MapGet(
                    "/v1/who",
                    (HttpContext http) =>
                        $"{http.Connection.RemoteIpAddress} {http.Request.Scheme} "
                        + $"{http.Request.Host} {http.Request.PathBase}"
                ),
            Settings(trusted)
        );
}
