namespace Arda.Gateway.Http;

/// <summary>
/// The way out. First readiness says no while requests are still served (so that a load balancer
/// can notice), then new requests are refused with 503, and Kestrel waits for those that run, up
/// to <see cref="EdgeOptions.DrainMax"/>.
/// </summary>
public sealed class Drain(EdgeOptions options, TimeProvider time) : IHostedLifecycleService
{
    private volatile bool _isNoticed;
    private volatile bool _isRefusing;

    public bool IsNoticed => _isNoticed;

    public bool IsRefusing => _isRefusing;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
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
