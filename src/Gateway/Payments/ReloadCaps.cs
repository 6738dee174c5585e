using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>
/// The most that auto-reload may charge in a calendar month (UTC), and what its owner is told on
/// the way there: once in each month at four fifths and once at the end, even where a single reload
/// passes both.
/// </summary>
internal sealed class ReloadCaps(AutoReloads reloads, PaymentMails mails, TimeProvider time)
{
    /// <summary>Whether another reload fits. Where it does not, nothing starts before the next
    /// month.</summary>
    public bool Allows(DbConnection connection, AutoReload settings)
    {
        var charged = reloads.ChargedThisMonth(connection, settings.Project);
        if (charged + settings.AmountCents <= settings.MonthlyCapCents)
        {
            return true;
        }

        var month = time.MonthStart();
        AutoReloads.Rest(connection, settings.Project, month.AddMonths(1).ToUnixTimeMilliseconds());
        Write(connection, settings, PaymentMailKinds.Cap100, month);
        return false;
    }

    /// <summary>Once a reload is paid: it counts in the month in which it began.</summary>
    public void Tell(DbConnection connection, TopupRow row)
    {
        if (AutoReloads.Find(connection, row.Project) is not { } settings)
        {
            return;
        }

        var month = Clockwork.MonthStart(DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt));
        var paid = PaidIn(connection, row.Project, month);
        if (paid * 100 >= settings.MonthlyCapCents * 80)
        {
            Write(connection, settings, PaymentMailKinds.Cap80, month);
        }

        if (paid >= settings.MonthlyCapCents)
        {
            Write(connection, settings, PaymentMailKinds.Cap100, month);
        }
    }

    private static long PaidIn(DbConnection connection, ProjectId project, DateTimeOffset month) =>
        connection.QueryOne(
            """
            SELECT CAST(COALESCE(SUM(cents), 0) AS BIGINT) FROM topup
            WHERE project = @project AND kind = 'auto' AND state = 'succeeded'
                AND created_at >= @since AND created_at < @until
            """,
            row => row.GetInt64(0),
            ("project", project.Value),
            ("since", month.ToUnixTimeMilliseconds()),
            ("until", month.AddMonths(1).ToUnixTimeMilliseconds())
        );

    private void Write(
        DbConnection connection,
        AutoReload settings,
        string kind,
        DateTimeOffset month
    ) =>
        mails.Write(
            connection,
            new PaymentMail(
                $"{kind}:{settings.Project}:{month:yyyyMM}",
                settings.Project,
                kind,
                settings.MonthlyCapCents,
                null
            )
        );
}
