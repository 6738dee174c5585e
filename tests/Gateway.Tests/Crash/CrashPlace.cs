using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;

namespace Arda.Gateway.Tests.Crash;

/// <summary>A data directory, and where asked a PostgreSQL database, that outlive the processes
/// which run on them.</summary>
internal sealed class CrashPlace : IAsyncDisposable
{
    private readonly string? _postgres;

    private CrashPlace(string data, string? postgres)
    {
        (Data, _postgres) = (data, postgres);
        Books = new StoredBooks(data, postgres);
    }

    public string Data { get; }

    public StoredBooks Books { get; }

    public static CrashPlace New(StoreKind store)
    {
        var data = Directory.CreateTempSubdirectory("arda-crash-").FullName;
        if (store is StoreKind.Sqlite)
        {
            return new CrashPlace(data, null);
        }

        Assert.SkipWhen(
            PostgresCluster.ForThisRun is null,
            "PostgreSQL is not installed (no initdb in /usr/lib/postgresql/*/bin)."
        );
        return new CrashPlace(data, PostgresCluster.ForThisRun!.CreateDatabase());
    }

    /// <summary>With money enough and no limit of requests: only the crash is the subject.</summary>
    public Task<GatewayProcess> StartAsync(params IEnumerable<string> settings) =>
        GatewayProcess.StartAsync(
            Data,
            _postgres,
            [
                "--Demo:BalanceCents=1000000",
                "--Keys:RequestsPerMinute=1000000",
                "--Providers:Simulation:FirstTokenMs=2",
                "--Providers:Simulation:TokensPerSecond=0",
                .. settings,
            ]
        );

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Data, recursive: true);
        return ValueTask.CompletedTask;
    }
}
