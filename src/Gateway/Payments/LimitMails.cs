using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>
/// Tells the owner of a project when a connected app has used most of what it may spend in a month,
/// and when it has used it up. Looked at now and then; no settlement pays for it.
/// </summary>
internal sealed class LimitMails(Database database, PaymentMails mails, TimeProvider time)
{
    private const int BatchMax = 500;

    private sealed record Spent(string Connection, ProjectId Project, string App, NanoUsd Limit);

    public async Task TellAsync(CancellationToken ct)
    {
        await TellAsync(PaymentMailKinds.Limit80, "c.monthly_limit_nano_usd / 5 * 4", ct);
        // What is left under a cent pays no request: the limit is used up.
        await TellAsync(
            PaymentMailKinds.Limit100,
            $"c.monthly_limit_nano_usd - {NanoUsd.PerCent} + 1",
            ct
        );
    }

    private async Task TellAsync(string kind, string mark, CancellationToken ct)
    {
        var month = time.MonthStart();
        var prefix = $"{kind}:{month:yyyyMM}:";
        List<Spent> reached;
        await using (var connection = await database.OpenAsync(ct))
        {
            reached = connection.Query(
                $"""
                SELECT c.id, c.project, c.app, c.monthly_limit_nano_usd
                FROM connection c JOIN spend s ON s.subject = c.id
                WHERE s.scope = 'connection' AND s.month = @month AND s.used > 0
                    AND c.state <> 'revoked' AND s.used >= {mark} AND NOT EXISTS (
                        SELECT 1 FROM payment_mail m WHERE m.id = @prefix || c.id)
                ORDER BY c.id LIMIT {BatchMax}
                """,
                row => new Spent(
                    row.GetString(0),
                    new ProjectId(row.GetString(1)),
                    row.GetString(2),
                    new NanoUsd(row.GetInt64(3))
                ),
                ("month", (long)((month.Year * 100) + month.Month)),
                ("prefix", prefix)
            );
        }

        foreach (var one in reached)
        {
            await database.WriteAsync(connection =>
            {
                mails.Write(
                    connection,
                    new PaymentMail(
                        prefix + one.Connection,
                        one.Project,
                        kind,
                        one.Limit.CentsFloor,
                        one.App
                    )
                );
                return true;
            });
        }
    }
}
