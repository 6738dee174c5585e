using System.Security.Cryptography;
using System.Text;

namespace Arda.Gateway.Pages.Shell;

/// <summary>The mark: an arch with an open door. Drawn here, so that nothing is loaded for
/// it.</summary>
internal static class Icon
{
    public const string Path =
        "M12 2a9 9 0 0 0-9 9v11h5V11a4 4 0 0 1 8 0v11h5V11a9 9 0 0 0-9-9Zm0 7.5a1.75 1.75 0 0 0"
        + "-1.75 1.75V22h3.5V11.25A1.75 1.75 0 0 0 12 9.5Z";

    // A browser draws it outside of any page, where our colours are unknown: one that shows on
    // both.
    public static byte[] Svg { get; } =
        Encoding.UTF8.GetBytes(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 24 24\">"
                + $"<path fill=\"#2a8a82\" d=\"{Path}\"/></svg>"
        );

    public static string Url { get; } =
        $"/assets/mark.{Convert.ToHexStringLower(SHA256.HashData(Svg))[..12]}.svg";
}
