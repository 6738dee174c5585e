using System.Data.Common;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Ledger;

/// <summary>A real store that can be cut off, or lose the answers to its commits.</summary>
internal sealed class FaultyDatabase(Database inner) : Database
{
    private int _answersToLose;

    public bool IsDown { get; set; }

    public override StoreKind Kind => inner.Kind;

    /// <summary>The next writes are committed, and nobody is told.</summary>
    public void LoseAnswers(int count) => _answersToLose = count;

    public override ValueTask<DbConnection> OpenAsync(CancellationToken ct) =>
        IsDown ? throw new StoreUnavailableException("down", false, null) : inner.OpenAsync(ct);

    public override async Task<T> WriteAsync<T>(Func<DbConnection, T> work)
    {
        if (IsDown)
        {
            throw new StoreUnavailableException("down", false, null);
        }

        var result = await inner.WriteAsync(work);
        return Interlocked.Decrement(ref _answersToLose) >= 0
            ? throw new StoreUnavailableException("the answer was lost", true, null)
            : result;
    }

    public override long Now(DbConnection connection) => inner.Now(connection);

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal override Task ListenAsync(CancellationToken ct) => inner.ListenAsync(ct);

    protected override void LockMigrations(DbConnection connection) { }
}
