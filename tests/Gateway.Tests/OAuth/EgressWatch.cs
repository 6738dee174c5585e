using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using System.Net;
using System.Net.Sockets;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Tests.OAuth;

/// <summary>
/// Sees what this process calls: a port of its own that nobody may knock at, and every name that is
/// looked up or asked by HTTP from here on. Other tests call out at the same time, so a test asks
/// only about its own names.
/// </summary>
internal sealed class EgressWatch : EventListener
{
    private static readonly string[] s_sources = ["System.Net.Http", "System.Net.NameResolution"];

    // Made before the base class begins to tell of sources.
    private readonly ConcurrentQueue<string> _seen = new();
    private readonly TcpListener _trap = new(IPAddress.Loopback, 0);

    public EgressWatch() => _trap.Start();

    public int Port => ((IPEndPoint)_trap.LocalEndpoint).Port;

    /// <summary>Whether somebody connected to <see cref="Port"/>.</summary>
    public bool IsCalled => _trap.Pending();

    /// <summary>The event is there once one call of ours was seen; then silence means something.</summary>
    public async Task ProveAsync()
    {
        var name = Ids.Make("egress") + ".invalid";
        await Assert.ThrowsAnyAsync<SocketException>(() => Dns.GetHostAddressesAsync(name));
        Assert.True(HasSeen(name));
    }

    public bool HasSeen(string part) =>
        _seen.Any(one => one.Contains(part, StringComparison.OrdinalIgnoreCase));

    public override void Dispose()
    {
        base.Dispose();
        _trap.Dispose();
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (s_sources.Contains(eventSource.Name, StringComparer.Ordinal))
        {
            EnableEvents(eventSource, EventLevel.Informational, EventKeywords.All);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventName is "RequestStart" or "ResolutionStart")
        {
            _seen.Enqueue(string.Join(' ', eventData.Payload ?? []));
        }
    }
}
