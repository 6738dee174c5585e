using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Ledger.Core;

namespace Arda.Gateway.Tests.Crash;

/// <summary>A client that hangs up while the store is asked for its hold. The fuzzer found that the
/// answer then met fewer waiters than it was for, and the project never got another one.</summary>
public sealed class LeftWhileWaitingTests
{
    private static readonly Moment s_now = Moment.Of(TimeProvider.System);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void The_others_are_answered_and_whoever_came_later_asks_again(int leaving)
    {
        var book = new LeaseBook("p", LeasePolicy.Shared, NanoUsd.Zero);
        HeldFunds[] holds = [Wish("a"), Wish("b"), Wish("c")];
        Assert.False(book.TryHold(holds[0], s_now));
        Assert.False(book.TryHold(holds[1], s_now));
        var command = book.Next(s_now, () => "lse_1")!;
        Assert.False(book.TryHold(holds[2], s_now));

        Assert.True(book.Release(holds[leaving]));
        var decisions = book.Fail(command);

        Assert.Equal([holds[1 - leaving]], decisions.Select(one => one.Hold));
        Assert.Equal(1, book.Waiting);
        Assert.True(book.HasWork);
    }

    private static HeldFunds Wish(string id) =>
        new(
            new HoldRequest
            {
                Id = new GenerationId(id),
                Payer = new Payer { Project = new ProjectId("p"), Key = new KeyId("k") },
                BaseMax = new NanoUsd(1_000),
                Provider = "x",
                Model = "y",
            }
        );
}
