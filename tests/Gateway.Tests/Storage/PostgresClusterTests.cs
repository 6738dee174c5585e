using System.IO.Pipes;

namespace Arda.Gateway.Tests.Storage;

/// <summary>The database server of the tests keeps nothing of whoever started it.</summary>
public sealed class PostgresClusterTests
{
    [Fact]
    public async Task The_server_inherits_no_file_that_was_open_when_it_started()
    {
        // A child that inherits the writing end keeps the pipe from ending, as it would keep a lock.
        using var pipe = new AnonymousPipeServerStream(
            PipeDirection.In,
            HandleInheritability.Inheritable
        );
        using var cluster = PostgresCluster.Start(isDurable: false);
        Assert.SkipWhen(
            cluster is null,
            "PostgreSQL is not installed (no initdb in /usr/lib/postgresql/*/bin)."
        );

        pipe.DisposeLocalCopyOfClientHandle();
        var ct = TestContext.Current.CancellationToken;
        // While the server held it, this would never end.
        var ended = await pipe.ReadAsync(new byte[1], ct)
            .AsTask()
            .WaitAsync(TimeSpan.FromSeconds(30), ct);

        Assert.Equal(0, ended);
        Assert.NotEmpty(cluster.CreateDatabase());
    }
}
