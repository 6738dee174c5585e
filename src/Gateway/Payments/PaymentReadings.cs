using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>A refund with the top-up that it gives back.</summary>
public sealed record RefundOfTopup(string Topup, Refund Refund, DateTimeOffset At);

/// <summary>A dispute as its project's owner sees it.</summary>
/// <param name="Id">The provider's.</param>
/// <param name="Topup">Which of our top-ups it is about.</param>
/// <param name="Cents">What is disputed.</param>
/// <param name="IsInquiry">A question of the bank's: no money moves.</param>
/// <param name="IsOpen">Not decided yet, or decided and not settled.</param>
/// <param name="WithdrawnCents">What was taken from the project.</param>
/// <param name="IsReinstated">It came back.</param>
/// <param name="At">When it began.</param>
public sealed record DisputeReading(
    string Id,
    string Topup,
    long Cents,
    bool IsInquiry,
    bool IsOpen,
    long WithdrawnCents,
    bool IsReinstated,
    DateTimeOffset At
);

/// <summary>What pages show of this room beside the doors that act.</summary>
internal sealed class PaymentReadings(Database database, AutoReloads reloads)
{
    /// <summary>Against the monthly cap of auto-reload.</summary>
    public async Task<long> ReloadedThisMonthCentsAsync(ProjectId project, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return reloads.ChargedThisMonth(connection, project);
    }

    /// <summary>The newest first.</summary>
    public async Task<IReadOnlyList<RefundOfTopup>> RefundsAsync(
        ProjectId project,
        CancellationToken ct
    )
    {
        await using var connection = await database.OpenAsync(ct);
        return connection.Query(
            """
            SELECT topup, id, cents, state, failure, created_at FROM refund
            WHERE project = @project ORDER BY created_at DESC, id DESC LIMIT 200
            """,
            row => new RefundOfTopup(
                row.GetString(0),
                new Refund(row.GetString(1), row.GetInt64(2), row.GetString(3), row.TextOrNull(4)),
                DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(5))
            ),
            ("project", project.Value)
        );
    }

    /// <summary>The newest first.</summary>
    public async Task<IReadOnlyList<DisputeReading>> DisputesAsync(
        ProjectId project,
        CancellationToken ct
    )
    {
        await using var connection = await database.OpenAsync(ct);
        return connection.Query(
            """
            SELECT id, topup, cents, status, is_open, withdrawn_cents, reinstated, at FROM dispute
            WHERE project = @project ORDER BY at DESC, id DESC LIMIT 50
            """,
            row => new DisputeReading(
                row.GetString(0),
                row.GetString(1),
                row.GetInt64(2),
                row.GetString(3).StartsWith("warning_", StringComparison.Ordinal),
                row.GetInt64(4) == 1,
                row.GetInt64(5),
                row.GetInt64(6) == 1,
                DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(7))
            ),
            ("project", project.Value)
        );
    }
}
