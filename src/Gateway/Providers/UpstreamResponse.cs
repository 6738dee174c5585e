using Arda.Gateway.Wire;

namespace Arda.Gateway.Providers;

/// <summary>
/// What a provider answered: a body to read, or a fault. An error's body has been read already;
/// what it says about the operator's key or account is not in it.
/// </summary>
public sealed class UpstreamResponse : IAsyncDisposable
{
    private const int Ended = 1;
    private const int Reported = 2;

    private readonly ProviderHealth? _health;
    private int _counted;

    internal UpstreamResponse(ProviderHealth? health) => _health = health;

    public bool Ok => Fault == UpstreamFault.None;

    /// <summary>The provider's status; 502 where it was not reached, 504 where it kept
    /// silent.</summary>
    public required int Status { get; init; }

    /// <summary>The answer as it arrives; empty for a fault.</summary>
    public Stream Body { get; init; } = Stream.Null;

    public UpstreamFault Fault { get; init; }

    /// <summary>Set with <see cref="Fault"/>.</summary>
    public UpstreamError? Error { get; init; }

    /// <summary>When the provider wants to be asked again, at most a minute.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public string? ProviderRequestId { get; init; }

    /// <summary>The answer began well and turned out to be broken: that counts for the provider's
    /// health like a fault at the start. Once per answer.</summary>
    public void Report(UpstreamError error)
    {
        if (Interlocked.Exchange(ref _counted, Reported) != Reported)
        {
            _health?.Broke(UpstreamFaults.Of(error), error);
        }
    }

    public ValueTask DisposeAsync()
    {
        if (Ok && Interlocked.CompareExchange(ref _counted, Ended, 0) == 0)
        {
            _health?.Ended();
        }

        return Body.DisposeAsync();
    }
}
