using Arda.Gateway.Developers;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Pages.Console;

/// <param name="Name">What people call the app.</param>
/// <param name="Publisher">Whoever offers it.</param>
/// <param name="VerifiedDomain">Seen by the operator; null where nobody has looked.</param>
internal sealed record AppTitle(string Name, string Publisher, string? VerifiedDomain);

/// <summary>What apps are called. An app that is gone keeps its id as its name.</summary>
internal sealed class AppTitles(Apps apps)
{
    public async Task<AppTitle> OfAsync(AppId id, CancellationToken ct) =>
        await apps.FindAsync(id, ct) is { } app
            ? new AppTitle(app.Name, app.PublisherName ?? "Unknown publisher", app.VerifiedDomain)
            : new AppTitle(id.Value, "Unknown publisher", null);
}
