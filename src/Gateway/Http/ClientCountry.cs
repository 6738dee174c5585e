using System.Net;

namespace Arda.Gateway.Http;

/// <summary>
/// The country that a trusted proxy says a client is in, as content networks do
/// (<c>CF-IPCountry</c>, <c>CloudFront-Viewer-Country</c>): shown to people who judge a stranger's
/// request, and never used to decide anything.
/// </summary>
internal static class ClientCountry
{
    private static readonly object s_key = new();

    /// <summary>Two capital letters (ISO 3166-1); null where nobody who is trusted has said.</summary>
    public static string? Of(HttpContext http) => http.Items[s_key] as string;

    /// <summary>Must stand before the address is taken from the proxy's header: here the
    /// connection still is the proxy's.</summary>
    public static void UseClientCountry(this WebApplication app, EdgeOptions options)
    {
        if (options.CountryHeader is not { } header)
        {
            return;
        }

        app.Use(
            (http, next) =>
            {
                var peer = http.Connection.RemoteIpAddress;
                if (
                    peer is not null
                    && options.TrustedProxies.Any(network => network.Contains(Plain(peer)))
                    && Read(http.Request.Headers[header].ToString()) is { } country
                )
                {
                    http.Items[s_key] = country;
                }

                return next(http);
            }
        );
    }

    // XX is what they write for "not known"; other words (T1 is Tor) name no country.
    private static string? Read(string value) =>
        value.Length == 2
        && value.All(char.IsAsciiLetter)
        && !value.Equals("XX", StringComparison.OrdinalIgnoreCase)
            ? value.ToUpperInvariant()
            : null;

    private static IPAddress Plain(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
