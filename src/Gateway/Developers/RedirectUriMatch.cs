namespace Arda.Gateway.Developers;

/// <summary>
/// Whether an asked redirect URI is a registered one: the same characters, nothing else. Only a
/// native app on loopback may vary one thing, the port, because it learns it when it starts
/// (RFC 8252 §7.3).
/// </summary>
public static class RedirectUriMatch
{
    public static bool IsRegistered(App app, string asked)
    {
        if (app.RedirectUris.Contains(asked, StringComparer.Ordinal))
        {
            return true;
        }

        return app.Kind == AppKind.Native
            && WithoutPort(asked) is { } plain
            && app.RedirectUris.Any(registered => WithoutPort(registered) == plain);
    }

    private static string? WithoutPort(string uri)
    {
        foreach (var host in Loopback.Hosts)
        {
            var begin = "http://" + host;
            if (!uri.StartsWith(begin, StringComparison.Ordinal))
            {
                continue;
            }

            var rest = uri.AsSpan(begin.Length);
            var slash = rest.IndexOf('/');
            return slash == 0 ? uri
                : slash > 0 && Ports.IsPort(rest[..slash]) ? string.Concat(begin, rest[slash..])
                : null;
        }

        return null;
    }
}
