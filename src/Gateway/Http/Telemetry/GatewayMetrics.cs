using System.Diagnostics.Metrics;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Http.Telemetry;

/// <summary>
/// What the gateway counts of itself. The rooms above record here; while nobody listens each call
/// is one comparison. Labels are names from closed lists, never ids of people, keys or requests.
/// </summary>
public static class GatewayMetrics
{
    private static readonly Counter<long> s_requests = TelemetryNames.Meter.CreateCounter<long>(
        "arda.requests",
        "{request}",
        "Answered requests by route and status."
    );

    private static readonly Counter<long> s_denials = TelemetryNames.Meter.CreateCounter<long>(
        "arda.denials",
        "{denial}",
        "Refusals told to callers by stable error code."
    );

    private static readonly Counter<long> s_settled = TelemetryNames.Meter.CreateCounter<long>(
        "arda.ledger.settled_nano_usd",
        "{nano_usd}",
        "Charges settled, in nano-USD, by part of the price."
    );

    private static readonly Counter<long> s_absorbed = TelemetryNames.Meter.CreateCounter<long>(
        "arda.ledger.absorbed_nano_usd",
        "{nano_usd}",
        "What the operator absorbs of used tokens, in nano-USD, by reason."
    );

    private static readonly Histogram<long> s_flushSize = TelemetryNames.Meter.CreateHistogram(
        "arda.ledger.flush.size",
        "{charge}",
        "Charges made durable together.",
        advice: new InstrumentAdvice<long>
        {
            HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
        }
    );

    private static readonly Histogram<double> s_flushDuration =
        TelemetryNames.Meter.CreateHistogram(
            "arda.ledger.flush.duration",
            "s",
            "How long a batch of charges took to become durable.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries =
                [
                    .0005,
                    .001,
                    .0025,
                    .005,
                    .01,
                    .025,
                    .05,
                    .1,
                    .25,
                    .5,
                    1,
                    2.5,
                    5,
                ],
            }
        );

    private static readonly Readings s_backlog = new();
    private static readonly Readings s_streams = new();
    private static readonly CircuitReadings s_circuits = new();

    static GatewayMetrics()
    {
        var meter = TelemetryNames.Meter;
        meter.CreateObservableUpDownCounter(
            "arda.ledger.backlog",
            s_backlog.Sum,
            "{charge}",
            "Charges that are settled in memory and not yet durable."
        );
        meter.CreateObservableUpDownCounter(
            "arda.streams",
            s_streams.Sum,
            "{stream}",
            "Streams that are running."
        );
        meter.CreateObservableGauge(
            "arda.provider.circuit",
            s_circuits.Read,
            description: "Whether a provider's model gets requests: 0 yes, 1 it is tried, 2 it rests."
        );
    }

    /// <summary>Counts an answered request; the edge calls it.</summary>
    /// <param name="route">The template, never the path itself.</param>
    /// <param name="method">A known HTTP method.</param>
    /// <param name="status">Of the answer.</param>
    internal static void Answered(string route, string method, int status)
    {
        if (s_requests.Enabled)
        {
            s_requests.Add(
                1,
                new("http.route", route),
                new("http.request.method", method),
                new("http.response.status_code", status)
            );
        }
    }

    internal static void Denied(string code)
    {
        if (s_denials.Enabled)
        {
            s_denials.Add(1, new KeyValuePair<string, object?>("arda.denial.code", code));
        }
    }

    /// <summary>A hold became a charge. The parts are those of the receipt.</summary>
    public static void Settled(NanoUsd providerCost, NanoUsd gatewayMarkup, NanoUsd resellerMarkup)
    {
        if (s_settled.Enabled)
        {
            AddPart("base", providerCost);
            AddPart("gateway_markup", gatewayMarkup);
            AddPart("reseller_markup", resellerMarkup);
        }
    }

    /// <param name="amount">What nobody else pays.</param>
    /// <param name="reason">From a closed list, such as "provider_error" or "late_charge".</param>
    public static void Absorbed(NanoUsd amount, string reason)
    {
        if (s_absorbed.Enabled && amount > NanoUsd.Zero)
        {
            s_absorbed.Add(
                amount.Value,
                new KeyValuePair<string, object?>("arda.absorbed.reason", reason)
            );
        }
    }

    /// <summary>One group commit of the ledger.</summary>
    public static void Flushed(int charges, TimeSpan duration)
    {
        if (s_flushSize.Enabled)
        {
            s_flushSize.Record(charges);
        }

        if (s_flushDuration.Enabled)
        {
            s_flushDuration.Record(duration.TotalSeconds);
        }
    }

    /// <summary>Registers where the number of not yet durable charges is read. Dispose to end.</summary>
    public static IDisposable ObserveLedgerBacklog(Func<long> read) => s_backlog.Add(read);

    /// <summary>Registers where the number of running streams is read. Dispose to end.</summary>
    public static IDisposable ObserveStreams(Func<long> read) => s_streams.Add(read);

    /// <summary>Registers where the providers' circuit breakers are read. Dispose to end.</summary>
    public static IDisposable ObserveCircuits(Func<IEnumerable<CircuitReading>> read) =>
        s_circuits.Add(read);

    private static void AddPart(string part, NanoUsd amount)
    {
        if (amount > NanoUsd.Zero)
        {
            s_settled.Add(amount.Value, new KeyValuePair<string, object?>("arda.cost.part", part));
        }
    }
}

/// <summary>What a circuit breaker does with requests right now.</summary>
public enum CircuitPosition
{
    Closed,
    HalfOpen,
    Open,
}

public readonly record struct CircuitReading(
    string ProviderId,
    string UpstreamModel,
    CircuitPosition Position
);
