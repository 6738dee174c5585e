using System.Diagnostics.Metrics;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Providers;

/// <summary>
/// Tells the operator what the callers are spared. Never the provider's own words: they quote keys,
/// accounts and prompts.
/// </summary>
internal sealed partial class UpstreamAlarms(ILogger<UpstreamAlarms> log, IMeterFactory meters)
{
    public const string MeterName = "Arda.Gateway.Providers";

    private readonly Meter _meter = meters.Create(MeterName);

    private Counter<long>? _faults;
    private Counter<long>? _alarms;
    private Histogram<double>? _firstByte;

    private Counter<long> Faults =>
        _faults ??= _meter.CreateCounter<long>(
            "arda.upstream.faults",
            "{fault}",
            "Requests that a provider failed."
        );

    private Counter<long> OperatorAlarms =>
        _alarms ??= _meter.CreateCounter<long>(
            "arda.upstream.operator_alarms",
            "{fault}",
            "Faults that only the operator can put right: a refused key, an empty account."
        );

    private Histogram<double> FirstByteSeconds =>
        _firstByte ??= _meter.CreateHistogram<double>(
            "arda.upstream.first_byte.duration",
            "s",
            "Time until a provider's answer began."
        );

    public void Answered(ProviderHealth at, TimeSpan firstByte)
    {
        if (FirstByteSeconds.Enabled)
        {
            FirstByteSeconds.Record(
                firstByte.TotalSeconds,
                new("provider", at.ProviderId),
                new("model", at.UpstreamModel)
            );
        }
    }

    public void Raise(ProviderHealth at, UpstreamFault fault, int status, UpstreamError? error)
    {
        Faults.Add(
            1,
            new("provider", at.ProviderId),
            new("model", at.UpstreamModel),
            new("fault", fault.ToString())
        );
        if (fault.AlarmsOperator())
        {
            OperatorAlarms.Add(1, new("provider", at.ProviderId), new("fault", fault.ToString()));
            var what =
                fault == UpstreamFault.OperatorKey
                    ? "refuses this gateway's key"
                    : "says that this gateway's account has no credit";
            ProviderNeedsOperator(log, at.ProviderId, what, status, at.UpstreamModel);
        }
        else
        {
            ProviderFailed(log, at.ProviderId, fault, status, at.UpstreamModel, CodeOf(error));
        }
    }

    public void NotReached(string providerId, Exception why) =>
        ProviderNotReached(log, providerId, why.GetType().Name, why.Message);

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
        Message = "Provider {Provider} failed: {Fault} (status {Status}, model {Model}, code {Code})."
    )]
    private static partial void ProviderFailed(
        ILogger log,
        string provider,
        UpstreamFault fault,
        int status,
        string model,
        string code
    );

    [LoggerMessage(
        Level = LogLevel.Warning,
        EventId = 4003,
        Message = "Provider {Provider} was not reached: {Kind}: {Why}"
    )]
    private static partial void ProviderNotReached(
        ILogger log,
        string provider,
        string kind,
        string why
    );
}
