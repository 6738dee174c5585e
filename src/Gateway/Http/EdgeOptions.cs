using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Arda.Gateway.Http;

/// <summary>What an operator sets about the HTTP edge. Read once at start; a wrong value stops the
/// start with a sentence that says what to write instead.</summary>
public sealed record EdgeOptions
{
    /// <summary>How people and programs reach this gateway; also the OAuth issuer, byte for byte:
    /// no path, no trailing slash. Never taken from a Host header.</summary>
    public string PublicUrl { get; init; } = "http://localhost:8787";

    /// <summary>Host names that requests may carry besides the public one and loopback. A page that
    /// rebinds its own name to this machine is thereby refused.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>The reverse proxies in front: what they say about a client's address
    /// (<c>X-Forwarded-For</c>) is believed, and nobody else's word. Empty by default, because a
    /// header that anyone may write would open every limit that counts by address.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>The header in which those proxies write the client's country; null where they do
    /// not.</summary>
    public string? CountryHeader { get; init; }

    public IReadOnlyList<long> TopupAmountsCents { get; init; } = [500, 1000, 2500, 5000, 10000];

    /// <summary>32 MiB is what the providers themselves take, with images inside.</summary>
    public int RequestBytesMax { get; init; } = 32 << 20;

    public TimeSpan RequestHeadersTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Longer than the pools of common clients and load balancers keep a connection, so
    /// that it is the client who closes and never meets a connection we just closed.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(130);

    public long? ConnectionsMax { get; init; }

    /// <summary>At shutdown: how long to go on serving while readiness already says no, so that a
    /// load balancer can notice.</summary>
    public TimeSpan DrainNotice { get; init; } = TimeSpan.Zero;

    /// <summary>At shutdown: how long running requests may take to finish.</summary>
    public TimeSpan DrainMax { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Serves /metrics to anyone who can reach this port.</summary>
    public bool MetricsPublic { get; init; }

    public bool IsHttps => PublicUrl.StartsWith("https://", StringComparison.Ordinal);

    /// <summary>Only this machine reaches it.</summary>
    public bool IsLoopback => new Uri(PublicUrl).IsLoopback;

    /// <exception cref="ConfigurationException">A value that cannot be meant.</exception>
    public static EdgeOptions Read(IConfiguration configuration)
    {
        var defaults = new EdgeOptions();
        var http = configuration.GetSection("Http");
        var proxies = http.GetSection("TrustedProxies").Get<string[]>() ?? [];
        return new EdgeOptions
        {
            PublicUrl = PublicOrigin(configuration["PublicUrl"] ?? defaults.PublicUrl),
            AllowedHosts = http.GetSection("AllowedHosts").Get<string[]>() ?? [],
            TrustedProxies = [.. proxies.Select(ReadNetwork)],
            CountryHeader = http["CountryHeader"] is { Length: > 0 } header
                ? ReadHeader(header, proxies.Length > 0)
                : null,
            TopupAmountsCents = Amounts(configuration, defaults),
            RequestBytesMax = Number(http, "RequestBytesMax", 1024, 256 << 20) is { } bytes
                ? (int)bytes
                : defaults.RequestBytesMax,
            RequestHeadersTimeout =
                Span(http, "RequestHeadersTimeoutSeconds", 1, 600)
                ?? defaults.RequestHeadersTimeout,
            KeepAliveTimeout =
                Span(http, "KeepAliveTimeoutSeconds", 1, 86_400) ?? defaults.KeepAliveTimeout,
            ConnectionsMax = Number(http, "ConnectionsMax", 1, 10_000_000),
            DrainNotice = Span(http, "DrainNoticeSeconds", 0, 600) ?? defaults.DrainNotice,
            DrainMax = Span(http, "DrainMaxSeconds", 0, 86_400) ?? defaults.DrainMax,
            MetricsPublic = Flag(http, "MetricsPublic"),
        };
    }

    private static string PublicOrigin(string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var url)
        && url.Scheme is "http" or "https"
        && value == url.GetLeftPart(UriPartial.Authority)
            ? value
            : throw new ConfigurationException(
                "PublicUrl",
                value,
                "an origin in lower case without path or trailing slash, such as "
                    + "https://gateway.example.com"
            );

    private static IPNetwork ReadNetwork(string text)
    {
        if (IPAddress.TryParse(text, out var one))
        {
            var bits = one.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
            return new IPNetwork(one, bits);
        }

        // A network of everybody would make the header anyone's to write.
        return IPNetwork.TryParse(text, out var network) && network.PrefixLength > 0
            ? network
            : throw new ConfigurationException(
                "Http:TrustedProxies",
                text,
                "the address of a proxy or its network, such as 10.0.0.0/8 or ::1"
            );
    }

    private static string ReadHeader(string name, bool isAnybodyTrusted) =>
        isAnybodyTrusted && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')
            ? name
            : throw new ConfigurationException(
                "Http:CountryHeader",
                name,
                "the name of a header that the proxies of Http:TrustedProxies set, such as "
                    + "CF-IPCountry"
            );

    private static IReadOnlyList<long> Amounts(IConfiguration configuration, EdgeOptions defaults)
    {
        const string Key = "Payments:TopupAmountsCents";
        string[] texts = configuration.GetSection(Key).Get<string[]>() ?? [];
        if (texts.Length is 0)
        {
            return defaults.TopupAmountsCents;
        }

        var amounts = new List<long>(texts.Length);
        foreach (var text in texts)
        {
            amounts.Add(
                long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var cents)
                && cents is > 0 and <= 10_000_000
                    ? cents
                    : throw new ConfigurationException(
                        Key,
                        text,
                        "whole US cents from 1 to 10000000, such as [500, 1000, 2500]"
                    )
            );
        }

        return amounts;
    }

    private static long? Number(IConfiguration section, string name, long min, long max)
    {
        if (section[name] is not { Length: > 0 } text)
        {
            return null;
        }

        return
            long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= min
            && number <= max
            ? number
            : throw new ConfigurationException(
                "Http:" + name,
                text,
                $"a whole number from {min} to {max}"
            );
    }

    private static TimeSpan? Span(IConfiguration section, string name, long min, long max) =>
        Number(section, name, min, max) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    private static bool Flag(IConfiguration section, string name) =>
        section[name] switch
        {
            null or "" => false,
            var text when bool.TryParse(text, out var flag) => flag,
            var text => throw new ConfigurationException("Http:" + name, text, "true or false"),
        };
}

/// <summary>A setting that cannot be meant; the message names it and what to write instead.</summary>
public sealed class ConfigurationException(string key, string found, string expected)
    : Exception($"The setting '{key}' is '{found}'; write {expected}.");
