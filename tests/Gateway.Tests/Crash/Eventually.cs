namespace Arda.Gateway.Tests.Crash;

/// <summary>Waits for what another task or process will have done; how long it takes says nothing.</summary>
internal static class Eventually
{
    private static readonly TimeSpan s_giveUpAfter = TimeSpan.FromSeconds(60);

    public static async Task HoldsAsync(Func<bool> condition, Func<string> otherwise)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(
            TestContext.Current.CancellationToken
        );
        limit.CancelAfter(s_giveUpAfter);
        while (!condition())
        {
            Assert.False(limit.IsCancellationRequested, otherwise());
            await Task.Delay(10);
        }
    }
}
