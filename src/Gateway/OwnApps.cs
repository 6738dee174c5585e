using Arda.Gateway.Developers;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;

namespace Arda.Gateway;

/// <summary>The app that <c>arda login</c> connects as, on every gateway under the same id. It is
/// nobody's: its owner is no person, so no developer can change it.</summary>
internal sealed class OwnApps(Apps apps, EdgeOptions edge)
{
    /// <summary>The command line knows it too.</summary>
    public static readonly AppId CommandLine = new("gw_app_arda_cli");

    private static readonly UserId s_gateway = new("usr_gateway");

    public Task<App> PrepareAsync(CancellationToken ct) =>
        apps.KeepOwnAsync(
            new App
            {
                Id = CommandLine,
                Owner = s_gateway,
                Name = "Arda command line",
                Description = "The arda command in a terminal.",
                PublisherName = "This gateway",
                // Its own name is the one domain that a gateway need not ask anybody about.
                VerifiedDomain = edge.IsLoopback ? null : new Uri(edge.PublicUrl).Host,
                Kind = AppKind.Device,
                IsConfidential = false,
                RedirectUris = [],
                WebOrigins = [],
                DefaultScopes =
                [
                    Scopes.Inference,
                    Scopes.ModelsRead,
                    Scopes.BalanceRead,
                    Scopes.BillingPortal,
                    Scopes.UsageRead,
                ],
                AllowedScopes = Scopes.All,
                DeviceCodes = true,
                MarkupBps = 0,
                State = AppState.Approved,
                CreatedAt = DateTimeOffset.UnixEpoch,
            },
            ct
        );
}
