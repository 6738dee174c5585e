using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>How a project's own way of paying stands. It says why a balance that is too low was not
/// raised by itself, so that a denial can name the one thing that helps.</summary>
public enum PaymentStanding
{
    /// <summary>Nothing special: a top-up helps.</summary>
    Plain,

    /// <summary>A reload runs right now: waiting helps.</summary>
    ReloadRunning,

    /// <summary>The bank wants the card's owner to confirm.</summary>
    ActionRequired,

    /// <summary>The card was declined.</summary>
    Declined,

    /// <summary>The card is gone or has expired.</summary>
    CardMissing,

    /// <summary>This month's cap is used up.</summary>
    CapReached,
}

internal sealed class PaymentStandings(Database database, AutoReloads reloads, TimeProvider time)
{
    private static readonly TimeSpan s_reloadTakes = TimeSpan.FromSeconds(5);

    public async Task<PaymentStanding> ReadAsync(ProjectId project, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        if (AutoReloads.Find(connection, project) is not { } settings)
        {
            return PaymentStanding.Plain;
        }

        var open = connection.QueryOne(
            """
            SELECT state FROM topup WHERE project = @project AND kind = 'auto'
                AND state IN ('created', 'unknown', 'processing', 'retrying', 'needs_action')
            """,
            row => row.GetString(0),
            ("project", project.Value)
        );
        return open switch
        {
            TopupStates.NeedsAction => PaymentStanding.ActionRequired,
            TopupStates.Retrying => PaymentStanding.Declined,
            not null => PaymentStanding.ReloadRunning,
            null when !settings.Enabled => StandingOf(settings.OffReason),
            null when Cards.Find(connection, project)?.IsExpired(time.GetUtcNow()) != false =>
                PaymentStanding.CardMissing,
            null
                when reloads.ChargedThisMonth(connection, project) + settings.AmountCents
                    > settings.MonthlyCapCents => PaymentStanding.CapReached,
            _ => PaymentStanding.Plain,
        };
    }

    /// <summary>A balance that is too low, told with the reason why it was not raised by
    /// itself.</summary>
    public async ValueTask<Denial> RefineAsync(
        Denial denial,
        ProjectId project,
        CancellationToken ct
    ) =>
        denial is Denial.InsufficientBalance low
            ? DenialOf(await ReadAsync(project, ct), low.Balance, low.Required) ?? denial
            : denial;

    /// <summary>The denial that helps most; null leaves it at "insufficient balance".</summary>
    public static Denial? DenialOf(PaymentStanding standing, NanoUsd balance, NanoUsd required) =>
        standing switch
        {
            PaymentStanding.ReloadRunning => new Denial.TopupInProgress(s_reloadTakes),
            PaymentStanding.ActionRequired => new Denial.PaymentActionRequired(balance, required),
            PaymentStanding.Declined => new Denial.PaymentFailed(balance, required),
            PaymentStanding.CardMissing => new Denial.PaymentMethodRequired(balance, required),
            PaymentStanding.CapReached => new Denial.AutoReloadCapReached(balance, required),
            _ => null,
        };

    private static PaymentStanding StandingOf(string? reason) =>
        reason switch
        {
            ReloadOffReasons.CardDeclined
            or ReloadOffReasons.CardRefused
            or ReloadOffReasons.ProviderRefused
            or ReloadOffReasons.Quarantined => PaymentStanding.Declined,
            ReloadOffReasons.CardExpired
            or ReloadOffReasons.CardRemoved
            or ReloadOffReasons.NewCardNeeded
            or ReloadOffReasons.CustomerDeleted => PaymentStanding.CardMissing,
            _ => PaymentStanding.Plain,
        };
}
