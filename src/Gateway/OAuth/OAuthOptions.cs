using System.Globalization;
using Arda.Gateway.Http;

namespace Arda.Gateway.OAuth;

/// <summary>What an operator sets about OAuth, section <c>OAuth</c>. The issuer is the public
/// address and is set there.</summary>
public sealed record OAuthOptions
{
    /// <summary>How long one key signs ID tokens before the next takes over.</summary>
    public TimeSpan SigningKeyLife { get; init; } = TimeSpan.FromDays(90);

    /// <exception cref="ConfigurationException">A value that cannot be meant.</exception>
    public static OAuthOptions Read(IConfiguration configuration)
    {
        const string Key = "OAuth:SigningKeyDays";
        return configuration[Key] switch
        {
            null or "" => new OAuthOptions(),
            var text
                when int.TryParse(
                    text,
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var days
                ) && days is >= 1 and <= 3_650 => new OAuthOptions
            {
                SigningKeyLife = TimeSpan.FromDays(days),
            },
            var text => throw new ConfigurationException(Key, text, "days, from 1 to 3650"),
        };
    }
}
