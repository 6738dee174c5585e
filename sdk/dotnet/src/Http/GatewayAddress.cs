namespace Arda.Gateway.Sdk;

/// <summary>The gateway's address as text without a trailing slash, as issuers are written
/// (RFC 8414 §2).</summary>
internal static class GatewayAddress
{
    public static readonly Uri Default = new("https://gateway.ardabot.ai");

    public static string Of(Uri? chosen, HttpClient? http = null)
    {
        var address = chosen ?? http?.BaseAddress ?? Default;
        if (
            !address.IsAbsoluteUri
            || (address.Scheme != Uri.UriSchemeHttps && address.Scheme != Uri.UriSchemeHttp)
            || address.UserInfo.Length > 0
            || address.Query.Length > 0
            || address.Fragment.Length > 0
        )
        {
            throw new GatewayArgumentException(
                "invalid_base_url",
                $"The base address is an http(s) address such as {Default.OriginalString}, "
                    + "without query, fragment or user."
            );
        }

        return address.GetLeftPart(UriPartial.Path).TrimEnd('/');
    }
}
