using System.Diagnostics.Metrics;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Providers;

/// <summary>
/// Tells the operator what the callers are spared. Never the provider's own words: they quote keys,
/// accounts and prompts.
/// </summary>
internal sealed partial class UpstreamAlarms
{
    public const string MeterName = "Arda.Gateway.Providers";

    private readonly ILogger<UpstreamAlarms> _log;
    private readonly Counter<long> _faults;
    private readonly Counter<long> _alarms;
    private readonly Histogram<double> _firstByte;

    public UpstreamAlarms(ILogger<UpstreamAlarms> log, IMeterFactory meters)
    {
        _log = log;
        var meter = meters.Create(MeterName);
        _faults = meter.CreateCounter<long>(
            "arda.upstream.faults",
            "{fault}",
            "Requests that a provider failed."
        );
        _alarms = meter.CreateCounter<long>(
            "arda.upstream.operator_alarms",
            "{fault}",
            "Faults that only the operator can put right: a refused key, an empty account."
        );
        _firstByte = meter.CreateHistogram<double>(
            "arda.upstream.first_byte.duration",
            "s",
            "Time until a provider's answer began."
        );
    }

    public void Answered(ProviderHealth at, TimeSpan firstByte)
    {
        if (_firstByte.Enabled)
        {
            _firstByte.Record(
                firstByte.TotalSeconds,
                new("provider", at.ProviderId),
                new("model", at.UpstreamModel)
            );
        }
    }

    /// <param name="at">Where.</param>
    /// <param name="fault">What.</param>
    /// <param name="status">The provider's status, or 0 inside a stream.</param>
    /// <param name="error">What it said.</param>
    /// <param name="why">Set where it was not reached; its words are our own runtime's.</param>
    public void Raise(
        ProviderHealth at,
        UpstreamFault fault,
        int status,
        UpstreamError? error,
        Exception? why
    )
    {
        _faults.Add(
            1,
            new("provider", at.ProviderId),
            new("model", at.UpstreamModel),
            new("fault", fault.ToString())
        );
        if (fault.AlarmsOperator())
        {
            _alarms.Add(1, new("provider", at.ProviderId), new("fault", fault.ToString()));
        }

        if (at.TakeLogTurn(fault) is not { } unlogged)
        {
            return;
        }

        if (fault.AlarmsOperator())
        {
            var what =
                fault == UpstreamFault.OperatorKey
                    ? "refuses this gateway's key"
                    : "says that this gateway's account has no credit";
            ProviderNeedsOperator(_log, at.ProviderId, what, status, at.UpstreamModel);
        }
        else
        {
            var detail = why is null ? CodeOf(error) : $"{why.GetType().Name}: {why.Message}";
            ProviderFailed(_log, at.ProviderId, fault, status, at.UpstreamModel, detail, unlogged);
        }
    }

    // A code is one of the vendor's words; anything longer could be a quotation.
    private static string CodeOf(UpstreamError? error) =>
        error?.Code is { Length: <= 48 } code
        && code.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.')
            ? code
            : "-";

    [LoggerMessage(
        Level = LogLevel.Error,
        EventId = 4001,
        Message = "Provider {Provider} {What} (status {Status}, model {Model}). Its offers are "
            + "passed over until it is put right; users see other offers or 'provider unavailable'."
    )]
    private static partial void ProviderNeedsOperator(
        ILogger log,
        string provider,
        string what,
        int status,
        string model
    );

    [LoggerMessage(
        Level = LogLevel.Warning,
        EventId = 4002,
        Message = "Provider {Provider} failed: {Fault} (status {Status}, model {Model}, {Detail}); "
            + "{Unlogged} more like it since the last such line."
    )]
    private static partial void ProviderFailed(
        ILogger log,
        string provider,
        UpstreamFault fault,
        int status,
        string model,
        string detail,
        int unlogged
    );
}
