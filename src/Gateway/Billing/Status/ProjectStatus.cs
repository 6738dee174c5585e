using Arda.Gateway.Accounts;
using Arda.Gateway.Developers;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.Payments;

namespace Arda.Gateway.Billing.Status;

/// <summary>How the project behind a key stands.</summary>
internal sealed record ProjectStatus
{
    public required Caller Caller { get; init; }

    public required Project Project { get; init; }

    public required NanoUsd Balance { get; init; }

    public required bool IsLow { get; init; }

    public required bool IsFrozen { get; init; }

    public SavedCard? Card { get; init; }

    public required bool IsCardExpired { get; init; }

    public AutoReload? AutoReload { get; init; }

    public required PaymentStanding Standing { get; init; }

    public App? App { get; init; }

    /// <summary>This month's spend of the key and of its connection, by id.</summary>
    public required IReadOnlyDictionary<string, NanoUsd> SpentThisMonth { get; init; }
}

/// <summary>Reads it from the rooms that own its parts.</summary>
internal sealed class ProjectStatuses(
    Projects projects,
    Credits credits,
    Cards cards,
    AutoReloads reloads,
    PaymentStandings standings,
    UsageSummaries usage,
    Apps apps,
    LedgerOptions ledger,
    TimeProvider time
)
{
    public async Task<ProjectStatus> ReadAsync(Caller caller, CancellationToken ct)
    {
        var project = await projects.FindAsync(caller.Project, ct);
        Invariant.Holds(project is not null, "A key's project exists.");
        // A project that nobody paid for yet has no wallet, and nothing to spend.
        var wallet = await credits.ReadAsync(caller.Project, ct);
        var balance = wallet?.Balance ?? NanoUsd.Zero;
        var card = await cards.FindAsync(caller.Project, ct);
        var now = time.GetUtcNow();
        string[] limited = caller.Connection is { } connection
            ? [caller.Key.Value, connection.Value]
            : [caller.Key.Value];
        return new ProjectStatus
        {
            Caller = caller,
            Project = project,
            Balance = balance,
            IsLow = balance < ledger.LowBelow,
            IsFrozen = wallet?.Frozen == true,
            Card = card,
            IsCardExpired = card?.IsExpired(now) == true,
            AutoReload = await reloads.FindAsync(caller.Project, ct),
            Standing = await standings.ReadAsync(caller.Project, ct),
            App = caller.App is { } app ? await apps.FindAsync(app, ct) : null,
            SpentThisMonth = await usage.ReadMonthAsync(limited, now, ct),
        };
    }
}
