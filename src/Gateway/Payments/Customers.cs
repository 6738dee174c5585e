using System.Data.Common;
using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>
/// One customer of the payment provider for each project, made when it is first needed. The key is
/// derived from the row, so two nodes that make it at once get the same one.
/// </summary>
internal sealed class Customers(
    Database database,
    StripeClient client,
    Projects projects,
    People people
)
{
    /// <returns>Null when the provider cannot be reached.</returns>
    public async Task<string?> EnsureAsync(ProjectId project, CancellationToken ct)
    {
        var (generation, known) = await database.WriteAsync(connection =>
        {
            connection.Execute(
                """
                INSERT INTO payment_customer(project, generation) VALUES(@project, 1)
                ON CONFLICT(project) DO NOTHING
                """,
                ("project", project.Value)
            );
            return connection.QueryOne(
                "SELECT generation, customer FROM payment_customer WHERE project = @project",
                row => (row.GetInt64(0), row.TextOrNull(1)),
                ("project", project.Value)
            );
        });
        if (known is not null)
        {
            return known;
        }

        var key = generation == 1 ? $"cus:{project}" : $"cus:{project}:{generation}";
        var email = await EmailOfAsync(project, ct);
        var made = await client.EnsureCustomerAsync(key, project.Value, email, ct);
        return made.ValueOrNull is { Length: > 0 } customer
            ? await KeepAsync(project, generation, customer)
            : null;
    }

    /// <summary>Somebody deleted it at the provider: the next need makes another one.</summary>
    public static ProjectId? Forget(DbConnection connection, string customer)
    {
        var project = ProjectOf(connection, customer);
        connection.Execute(
            """
            UPDATE payment_customer SET customer = NULL, generation = generation + 1
            WHERE customer = @customer
            """,
            ("customer", customer)
        );
        return project;
    }

    public static ProjectId? ProjectOf(DbConnection connection, string customer) =>
        connection.QueryOne<ProjectId?>(
            "SELECT project FROM payment_customer WHERE customer = @customer",
            row => new ProjectId(row.GetString(0)),
            ("customer", customer)
        );

    private Task<string?> KeepAsync(ProjectId project, long generation, string customer) =>
        database.WriteAsync(connection =>
        {
            connection.Execute(
                """
                UPDATE payment_customer SET customer = @customer
                WHERE project = @project AND generation = @generation AND customer IS NULL
                """,
                ("customer", customer),
                ("project", project.Value),
                ("generation", generation)
            );
            return connection.QueryOne(
                "SELECT customer FROM payment_customer WHERE project = @project",
                row => row.TextOrNull(0),
                ("project", project.Value)
            );
        });

    private async Task<string?> EmailOfAsync(ProjectId project, CancellationToken ct) =>
        await projects.FindAsync(project, ct) is { } found
            ? (await people.FindAsync(found.Owner, ct))?.Email
            : null;
}
