using System.Collections.Concurrent;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Tests.Crash;

/// <summary>One thing that a client wants, however often it has to ask. The number of prompt tokens
/// that the provider reports is its own, so that a charge can be told apart from every other.</summary>
internal sealed record ClientWish(long InputTokens, int Kind, string? IdempotencyKey);

/// <summary>An answer of which the client has every byte, and the cost that it tells.</summary>
internal sealed record SeenAnswer(ClientWish Wish, string Generation, NanoUsd? Cost, bool IsReplay);

/// <summary>All that the clients know; the books must agree with it.</summary>
internal sealed class ClientHistory
{
    private long _asked;

    public ConcurrentQueue<SeenAnswer> Seen { get; } = new();

    /// <summary>Asked with an Idempotency-Key and not answered yet.</summary>
    public ConcurrentQueue<ClientWish> Unfinished { get; } = new();

    /// <summary>Answers that are neither success nor an expected refusal.</summary>
    public ConcurrentQueue<string> Surprises { get; } = new();

    public long Asked => Interlocked.Read(ref _asked);

    /// <summary>Each wish reports its own number of prompt tokens.</summary>
    public long NextInputTokens() => 1_000 + Interlocked.Increment(ref _asked);

    /// <summary>
    /// What every restart must find: an answer seen whole has exactly its charge, and whether seen
    /// or not, no wish was charged twice and nothing was charged that nobody asked for.
    /// </summary>
    public void AssertKept(IReadOnlyList<StoredCharge> charges)
    {
        var byId = charges.ToLookup(charge => charge.Id, StringComparer.Ordinal);
        foreach (var answer in Seen)
        {
            var rows = byId[answer.Generation].ToList();
            Assert.True(rows.Count == 1, $"{answer} has {rows.Count} charges.");
            Assert.Equal(answer.Wish.InputTokens, rows[0].InputTokens);
            if (answer.Cost is { } cost)
            {
                Assert.True(cost == rows[0].Charged, $"{answer} was charged {rows[0].Charged}.");
            }
        }

        var twice = charges.GroupBy(charge => charge.InputTokens).Where(one => one.Count() > 1);
        Assert.Empty(twice.SelectMany(one => one));
        Assert.All(charges, one => Assert.InRange(one.InputTokens, 1_001, 1_000 + Asked));
        Assert.Empty(Surprises);
    }
}
