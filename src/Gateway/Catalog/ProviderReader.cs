using System.Text.Json;

namespace Arda.Gateway.Catalog;

/// <summary>Reads one of the catalog's <c>providers</c>.</summary>
internal static class ProviderReader
{
    private static readonly IReadOnlyDictionary<string, ProviderAuth> Auths = new Dictionary<
        string,
        ProviderAuth
    >(StringComparer.Ordinal)
    {
        ["none"] = ProviderAuth.None,
        ["bearer"] = ProviderAuth.Bearer,
        ["x-api-key"] = ProviderAuth.XApiKey,
        ["x-goog-api-key"] = ProviderAuth.XGoogApiKey,
    };

    public static Provider Read(FieldReader from)
    {
        from.Flag("remove");
        var provider = new Provider
        {
            Id = from.Slug("id", "\"openai\""),
            Name = from.Text("name", "\"OpenAI\""),
            BaseUrl = ReadAddress(from, from.Find("base_url")),
            Auth = from.Word(from.Need("auth", "\"bearer\""), Auths) ?? default,
        };
        if (provider.BaseUrl is null && provider.Id != "simulated")
        {
            from.Need("base_url", "\"https://api.openai.com/v1\"");
        }
        from.Done();
        return provider;
    }

    private static Uri? ReadAddress(FieldReader from, SourceValue? found)
    {
        if (found is null)
        {
            return null;
        }
        if (
            found.Kind == JsonValueKind.String
            && Uri.TryCreate(found.Text, UriKind.Absolute, out var address)
            && address.Scheme is "http" or "https"
            && address is { Query: "", Fragment: "", UserInfo: "" }
        )
        {
            return address;
        }
        from.Problem(
            found,
            $"{found.Described} is not the address of an API",
            "write one such as \"https://api.openai.com/v1\", without key, query or fragment"
        );
        return null;
    }
}
