using Arda.Gateway.Tests.Hosting;

namespace Arda.Gateway.Tests.Http.Telemetry;

/// <summary>Whoever listens, listens to the whole process: these tests run alone, when no gateway of
/// another test is traced any more.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TelemetryGroup : ICollectionFixture<TelemetryGroup.Silence>
{
    public const string Name = "Telemetry";

    public sealed class Silence
    {
        // Gateways that many tests share run on.
        public Silence() => SpanScan.EndAll();
    }
}
