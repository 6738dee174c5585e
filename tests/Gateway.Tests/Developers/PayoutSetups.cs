using Arda.Gateway.Kernel;
using Arda.Gateway.Payments.Connect;
using Arda.Gateway.Payments.Simulated;
using Microsoft.Extensions.DependencyInjection;

namespace Arda.Gateway.Tests.Developers;

/// <summary>An app's owner at the simulated provider's form for payouts.</summary>
internal static class PayoutSetups
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<string> AccountAsync(IServiceProvider services, UserId owner)
    {
        var made = await services
            .GetRequiredService<Payees>()
            .EnsureAsync(owner, "gw_app_1", website: null, country: null, Ct);
        Assert.False(made.Denied(out var denial, out var payee), $"denied: {denial}");
        return payee!.Account!;
    }

    public static async Task EndAsync(
        IServiceProvider services,
        UserId owner,
        OnboardEnd end = OnboardEnd.Done
    )
    {
        var account = await AccountAsync(services, owner);
        await services
            .GetRequiredService<SimulatedServer>()
            .RunAsync(books =>
            {
                SimulatedConnect.Onboard(books, account, end);
                return true;
            });
    }
}
