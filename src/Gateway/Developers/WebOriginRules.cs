using System.Buffers;

namespace Arda.Gateway.Developers;

/// <summary>Which web origins can be registered, and when an origin is a registered one.</summary>
public static class WebOriginRules
{
    private const int CharsMax = 300;

    private static readonly SearchValues<char> s_host = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyz0123456789-."
    );

    /// <summary>The rule that is broken, as a sentence; null when none is.</summary>
    public static string? Broken(string origin)
    {
        const string Rule =
            "A web origin is written as browsers send it, such as https://app.example.com: in lower "
            + "case, without a path and without the usual port; http only for loopback.";
        var isHttps = origin.StartsWith("https://", StringComparison.Ordinal);
        if (
            origin.Length > CharsMax
            || !(isHttps || origin.StartsWith("http://", StringComparison.Ordinal))
        )
        {
            return Rule;
        }

        var (host, port) = Parts(origin);
        var isPortFine =
            port.Length == 0 || (Ports.IsPort(port) && port != (isHttps ? ":443" : ":80"));
        var isHostFine = isHttps
            ? host.Contains('.', StringComparison.Ordinal)
                && !host.AsSpan().ContainsAnyExcept(s_host)
                && !host.StartsWith('.')
                && !host.EndsWith('.')
            : Loopback.IsHost(host);
        return isPortFine && isHostFine ? null : Rule;
    }

    /// <summary>The same characters; on loopback an origin registered without a port stands for
    /// all ports, because development servers pick theirs.</summary>
    public static bool Matches(string registered, string asked) =>
        registered == asked
        || (
            registered.StartsWith("http://", StringComparison.Ordinal)
            && asked.StartsWith(registered, StringComparison.Ordinal)
            && Parts(registered) is { Port.Length: 0 }
            && Ports.IsPort(asked.AsSpan(registered.Length))
        );

    private static (string Host, string Port) Parts(string origin)
    {
        var authority = origin[(origin.IndexOf("://", StringComparison.Ordinal) + 3)..];
        var colon = authority.IndexOf(':', authority.IndexOf(']', StringComparison.Ordinal) + 1);
        return colon < 0 ? (authority, "") : (authority[..colon], authority[colon..]);
    }
}
