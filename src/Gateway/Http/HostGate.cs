using System.Collections.Frozen;

namespace Arda.Gateway.Http;

/// <summary>
/// Refuses requests that were meant for another name. On a self-hosted machine this is what stops
/// a web page from rebinding its own name to 127.0.0.1 and talking to the gateway as if same-site.
/// Probes ask by address, so health is answered under any name.
/// </summary>
public sealed class HostGate(EdgeOptions options)
{
    private readonly FrozenSet<string> _hosts = FrozenSet.ToFrozenSet(
        [
            new Uri(options.PublicUrl).Host,
            "localhost",
            "127.0.0.1",
            "[::1]",
            .. options.AllowedHosts,
        ],
        StringComparer.OrdinalIgnoreCase
    );

    public bool Admits(HttpRequest request) =>
        request.Host.Value is { Length: > 0 } host && IsKnown(host)
        || request.Path == Health.LivenessPath
        || request.Path == Health.ReadinessPath;

    private bool IsKnown(string host)
    {
        var name = host.AsSpan();
        var colon = name.LastIndexOf(':');
        if (colon >= 0 && colon > name.LastIndexOf(']'))
        {
            name = name[..colon];
        }

        return _hosts.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name);
    }
}
