using System.Net;
using Arda.Gateway.Http;

namespace Arda.Gateway.Providers;

/// <summary>Judges the address of a provider when the program starts; where its name leads is
/// judged again at each connect.</summary>
internal static class ProviderBaseUrl
{
    /// <exception cref="ConfigurationException">Not an address we would send a key to.</exception>
    public static Uri Read(string setting, string text)
    {
        if (
            !Uri.TryCreate(text, UriKind.Absolute, out var url)
            || url.Scheme is not ("http" or "https")
            || url is not { Query: "", Fragment: "", UserInfo: "" }
        )
        {
            throw new ConfigurationException(
                setting,
                // What does not parse may hold a key; it is not repeated.
                url is null
                    ? "not an address"
                    : $"{url.Scheme}://{url.Host}…",
                "an address such as https://api.example.com/v1 or http://127.0.0.1:11434/v1, "
                    + "without key, query or fragment"
            );
        }

        Check(setting, url);
        return url;
    }

    /// <summary>The same for an address of the catalog's operator file.</summary>
    public static void Check(string setting, Uri url)
    {
        if (!IPAddress.TryParse(url.Host.Trim('[', ']'), out var address))
        {
            return; // A name: judged by where it leads.
        }

        if (!AddressPolicy.Allows(address, url, byOperator: true))
        {
            throw new ConfigurationException(
                setting,
                url.GetLeftPart(UriPartial.Authority),
                AddressPolicy.KindOf(address) == AddressKind.Public
                    ? "https, because the provider's key would cross the Internet in clear"
                    : "the address of a provider; this one is link-local, multicast or reserved"
            );
        }
    }
}
