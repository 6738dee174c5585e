using Arda.Gateway.Http;

namespace Arda.Gateway.Accounts;

/// <summary>An OpenID provider that may sign people in here, as the operator configured it.</summary>
public sealed record ExternalProvider
{
    private const string Section = "SignIn:External";
    private const int NameCharsMax = 32;

    /// <summary>In addresses: lower-case letters, digits and hyphens.</summary>
    public required string Name { get; init; }

    /// <summary>On the button.</summary>
    public required string Title { get; init; }

    /// <summary>Its issuer, byte for byte as it calls itself.</summary>
    public required string Authority { get; init; }

    public required string ClientId { get; init; }

    internal string ClientSecret { get; init; } = "";

    /// <exception cref="ConfigurationException">A value that cannot be meant.</exception>
    internal static IReadOnlyList<ExternalProvider> ReadAll(IConfiguration configuration) =>
        [.. configuration.GetSection(Section).GetChildren().Select(Read)];

    private static ExternalProvider Read(IConfigurationSection section)
    {
        var name = section.Key.ToLowerInvariant();
        if (name.Length > NameCharsMax || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
        {
            throw new ConfigurationException(
                Section,
                section.Key,
                "a name of letters, digits and hyphens, such as 'google'"
            );
        }

        return new ExternalProvider
        {
            Name = name,
            Title = section["Title"] ?? char.ToUpperInvariant(name[0]) + name[1..],
            Authority = AuthorityOf(section),
            ClientId = section["ClientId"] is { Length: > 0 } id
                ? id
                : throw Wrong(section, "ClientId", "the id that the provider gave this gateway"),
            ClientSecret = SecretOf(section),
        };
    }

    private static string AuthorityOf(IConfigurationSection section) =>
        section["Authority"] is { } text
        && Uri.TryCreate(text, UriKind.Absolute, out var url)
        && IsSafe(url)
        && url is { Query: "", Fragment: "" }
            ? text
            : throw Wrong(section, "Authority", "the provider's issuer, an https address");

    private static string SecretOf(IConfigurationSection section) =>
        section["ClientSecretFile"] is { Length: > 0 } file && File.Exists(file)
            ? File.ReadAllText(file).Trim()
            : throw Wrong(section, "ClientSecretFile", "the path of a file that holds the secret");

    /// <summary>Over TLS; a provider on this machine, for trying it out, may do without.</summary>
    internal static bool IsSafe(Uri url) =>
        url.Scheme == "https" || (url.Scheme == "http" && url.IsLoopback);

    private static ConfigurationException Wrong(
        IConfigurationSection section,
        string key,
        string expected
    ) => new($"{section.Path}:{key}", section[key] ?? "", expected);
}
