using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Arda.Gateway.Tests.Crash;

/// <summary>What a running node could still set aside for the demo's project. It equals the balance
/// when no hold is open: a hold that was forgotten shows as the difference.</summary>
internal static class OpenHolds
{
    public static NanoUsd FreeOf(GatewayHost host)
    {
        var project = new StoredBooks(host.DataDirectory, null).Project();
        var nobody = new Payer { Project = new ProjectId(project), Key = new KeyId("none") };
        return host.Services.GetRequiredService<SpendLedger>().AffordableBase(nobody);
    }
}
