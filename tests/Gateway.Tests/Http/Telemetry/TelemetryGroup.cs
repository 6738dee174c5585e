namespace Arda.Gateway.Tests.Http.Telemetry;

/// <summary>Whoever listens, listens to the whole process: these tests run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TelemetryGroup
{
    public const string Name = "Telemetry";
}
