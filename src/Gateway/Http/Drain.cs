namespace Arda.Gateway.Http;

/// <summary>
/// The way out. First readiness says no while requests are still served (so that a load balancer
/// can notice), then new requests are refused with 503, and Kestrel waits for those that run, up
/// to <see cref="EdgeOptions.DrainMax"/>.
/// </summary>
public sealed class Drain(EdgeOptions options, TimeProvider time) : IHostedLifecycleService
{
    // What is long enough to tell clients and to book, and leaves short drains half of their time.
    private static readonly TimeSpan s_endingMax = TimeSpan.FromSeconds(5);

    private volatile bool _isNoticed;
    private volatile bool _isRefusing;
    private long _begunAt;

    public bool IsNoticed => _isNoticed;

    public bool IsRefusing => _isRefusing;

    /// <summary>Kestrel soon cuts what still runs: whoever can come to an end of its own does so
    /// now.</summary>
    public bool IsEnding(long now)
    {
        var ending = options.DrainMax / 2;
        ending = ending < s_endingMax ? ending : s_endingMax;
        var left = options.DrainNotice + options.DrainMax - ending;
        return _isNoticed && time.GetElapsedTime(_begunAt, now) >= left;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _begunAt = time.GetTimestamp();
        _isNoticed = true;
        if (options.DrainNotice > TimeSpan.Zero)
        {
            await Task.Delay(options.DrainNotice, time, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _isRefusing = true;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
