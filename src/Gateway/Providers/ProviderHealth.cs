using System.Collections.Concurrent;
using System.Security.Cryptography;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Providers;

/// <summary>How one model does at one provider, for a page and for choosing.</summary>
public sealed record HealthReading
{
    public required string ProviderId { get; init; }

    public required string UpstreamModel { get; init; }

    public required CircuitState State { get; init; }

    /// <summary>When a resting offer is tried again.</summary>
    public DateTimeOffset? OpenUntil { get; init; }

    /// <summary>Of the last half minute.</summary>
    public required int RecentRequests { get; init; }

    public required int RecentFaults { get; init; }

    public UpstreamFault LastFault { get; init; }

    public DateTimeOffset? LastFaultAt { get; init; }

    /// <summary>A running mean of the time until the provider's answer began; null before the
    /// first.</summary>
    public TimeSpan? FirstByte { get; init; }
}

/// <summary>Health of one model at one provider. Faults of the operator's account are the whole
/// provider's.</summary>
internal sealed class ProviderHealth(
    string providerId,
    string upstreamModel,
    HealthBoard board,
    CircuitBreaker own,
    CircuitBreaker whole
)
{
    // One part in eight is new: a mean over about the last dozen requests.
    private const int MeanShift = 3;

    private long _firstByteTicks;
    private long _lastFaultAt;
    private long _mustWaitUntil;
    private volatile int _lastFault;

    public string ProviderId => providerId;

    public string UpstreamModel => upstreamModel;

    public bool IsReady => own.IsReady && whole.IsReady;

    /// <summary>How long the provider asked us to stay away, if that time is not over.</summary>
    public TimeSpan? MustWait
    {
        get
        {
            var until = Volatile.Read(ref _mustWaitUntil);
            var left = until - board.Time.GetUtcNow().UtcTicks;
            return until > 0 && left > 0 ? TimeSpan.FromTicks(left) : null;
        }
    }

    public void Begin()
    {
        own.Begin();
        whole.Begin();
    }

    /// <summary>An answer has begun.</summary>
    public void Answered(TimeSpan firstByte)
    {
        own.Reopen();
        whole.Reopen();
        board.Alarms.Answered(this, firstByte);
        var mean = Volatile.Read(ref _firstByteTicks);
        Volatile.Write(
            ref _firstByteTicks,
            mean == 0 ? firstByte.Ticks : mean + ((firstByte.Ticks - mean) >> MeanShift)
        );
    }

    /// <summary>An answer ended and nobody found it broken.</summary>
    public void Ended() => own.Succeed();

    /// <summary>The caller left before there was an answer.</summary>
    public void Abandoned()
    {
        own.Neutral();
        whole.Neutral();
    }

    /// <summary>An answer that began well and broke off.</summary>
    public void Broke(UpstreamFault fault, UpstreamError error) =>
        Failed(fault, 0, error, error.RetryAfter);

    public void Failed(UpstreamFault fault, int status, UpstreamError? error, TimeSpan? retryAfter)
    {
        var limits = board.Limits;
        if (fault is UpstreamFault.BadRequest or UpstreamFault.ContextLength)
        {
            // It works; it did not like what it was asked.
            own.Succeed();
            whole.Reopen();
            return;
        }

        var now = board.Time.GetUtcNow().UtcTicks;
        Volatile.Write(ref _lastFaultAt, now);
        _lastFault = (int)fault;
        board.Alarms.Raise(this, fault, status, error);
        whole.Neutral();
        if (fault.AlarmsOperator())
        {
            // Words in a 400 may quote the caller; only a status of its own proves that the key or
            // the account is at fault for everyone.
            if (status is 401 or 402)
            {
                whole.FailFor(limits.OperatorRest);
            }

            own.FailFor(limits.OperatorRest);
        }
        else if (retryAfter is { } wait && wait > TimeSpan.Zero)
        {
            wait = wait < limits.RetryAfterMax ? wait : limits.RetryAfterMax;
            Volatile.Write(ref _mustWaitUntil, now + wait.Ticks);
            own.FailFor(wait);
        }
        else if (fault == UpstreamFault.ModelNotFound)
        {
            own.FailFor(limits.OperatorRest);
        }
        else
        {
            own.Fail();
        }
    }

    public HealthReading Read()
    {
        var (requests, faults) = own.Recent;
        var shown = whole.State == CircuitState.Closed ? own : whole;
        return new HealthReading
        {
            ProviderId = providerId,
            UpstreamModel = upstreamModel,
            State = shown.State,
            OpenUntil = shown.OpenUntil,
            RecentRequests = requests,
            RecentFaults = faults,
            LastFault = (UpstreamFault)_lastFault,
            LastFaultAt = Volatile.Read(ref _lastFaultAt) is > 0 and var at
                ? new DateTimeOffset(at, TimeSpan.Zero)
                : null,
            FirstByte = Volatile.Read(ref _firstByteTicks) is > 0 and var mean
                ? TimeSpan.FromTicks(mean)
                : null,
        };
    }
}

/// <summary>The health of everything that was asked since the start.</summary>
internal sealed class HealthBoard(BreakerLimits limits, TimeProvider time, UpstreamAlarms alarms)
{
    private readonly ConcurrentDictionary<(string, string), ProviderHealth> _models = new();
    private readonly ConcurrentDictionary<string, CircuitBreaker> _providers = new();

    public BreakerLimits Limits => limits;

    public TimeProvider Time => time;

    public UpstreamAlarms Alarms => alarms;

    public ProviderHealth Of(string providerId, string upstreamModel) =>
        _models.TryGetValue((providerId, upstreamModel), out var known)
            ? known
            : _models.GetOrAdd(
                (providerId, upstreamModel),
                key => new ProviderHealth(key.Item1, key.Item2, this, New(), Whole(key.Item1))
            );

    /// <summary>Whether a request may be sent there; what was never asked is ready.</summary>
    public bool IsReady(string providerId, string upstreamModel) =>
        _models.TryGetValue((providerId, upstreamModel), out var known)
            ? known.IsReady
            : !_providers.TryGetValue(providerId, out var whole) || whole.IsReady;

    public IReadOnlyList<HealthReading> Read() =>
        [
            .. _models
                .Values.Select(h => h.Read())
                .OrderBy(r => r.ProviderId, StringComparer.Ordinal)
                .ThenBy(r => r.UpstreamModel, StringComparer.Ordinal),
        ];

    private CircuitBreaker Whole(string providerId) =>
        _providers.GetOrAdd(providerId, static (_, board) => board.New(), this);

    private CircuitBreaker New() => new(limits, time, Jitter);

    private static double Jitter() => RandomNumberGenerator.GetInt32(0, 1_000) / 1_000d;
}
