using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>What has come of a person's visit to the payment pages, whoever noticed it first. It is
/// read from what is booked, so that a tab closed too early loses nothing.</summary>
internal static class PaymentArrivals
{
    /// <summary>Whether money was credited at or after that moment.</summary>
    public static bool Money(DbConnection connection, ProjectId project, DateTimeOffset since) =>
        connection.QueryOne(
            """
            SELECT 1 FROM topup WHERE project = @project AND state = 'succeeded' AND paid_at >= @since
            LIMIT 1
            """,
            row => row.GetInt32(0),
            ("project", project.Value),
            ("since", since.ToUnixTimeMilliseconds())
        ) == 1;

    /// <summary>Whether a card was saved at or after that moment.</summary>
    public static bool Card(DbConnection connection, ProjectId project, DateTimeOffset since) =>
        connection.QueryOne(
            "SELECT 1 FROM payment_card WHERE project = @project AND saved_at >= @since",
            row => row.GetInt32(0),
            ("project", project.Value),
            ("since", since.ToUnixTimeMilliseconds())
        ) == 1;
}
