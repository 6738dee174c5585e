using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Crash;

// Two classes, so that the two stores are killed side by side.
public sealed class KillOnSqliteTests
{
    [Fact]
    public Task No_kill_loses_or_doubles_a_charge() => KillRun.RunAsync(StoreKind.Sqlite);
}

public sealed class KillOnPostgresTests
{
    [Fact]
    public Task No_kill_loses_or_doubles_a_charge() => KillRun.RunAsync(StoreKind.Postgres);
}
