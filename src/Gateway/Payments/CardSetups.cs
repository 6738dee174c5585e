using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>Saving a card on the provider's page. The card counts once the page is complete and the
/// bank has agreed; whoever sees that first, webhook, return page or sweep, writes it
/// down.</summary>
internal sealed class CardSetups(
    Database database,
    StripeClient client,
    Customers customers,
    Cards cards,
    Inbox inbox,
    TimeProvider time
)
{
    private static readonly TimeSpan s_sweepEvery = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan s_pageLives = TimeSpan.FromHours(25);

    private sealed record Setup(
        string Id,
        ProjectId Project,
        string Customer,
        string State,
        string? Session,
        long CreatedAt
    );

    public async Task<Outcome<PaymentPage>> OpenAsync(
        ProjectId project,
        PageReturns returns,
        CancellationToken ct
    )
    {
        if (await customers.EnsureAsync(project, ct) is not { } customer)
        {
            return new Denial.PaymentsUnavailable(TimeSpan.FromSeconds(30));
        }

        var id = Ids.Make("cds_");
        await database.WriteAsync(connection =>
            connection.Execute(
                """
                INSERT INTO card_setup(id, project, customer, state, created_at)
                VALUES(@id, @project, @customer, 'created', @now)
                """,
                ("id", id),
                ("project", project.Value),
                ("customer", customer),
                ("now", time.Now())
            )
        );
        var made = await client.CreateSetupPageAsync(
            "setup:" + id,
            customer,
            project.Value,
            returns.With(id),
            ct
        );
        if (made.ValueOrNull is not { Url: { } url } page)
        {
            return new Denial.PaymentsUnavailable(TimeSpan.FromSeconds(30));
        }

        await database.WriteAsync(connection =>
            connection.Execute(
                """
                UPDATE card_setup SET state = 'open', session = @session, next_at = @next
                WHERE id = @id
                """,
                ("session", page.Id),
                ("next", time.In(s_sweepEvery)),
                ("id", id)
            )
        );
        return new PaymentPage(id, url);
    }

    /// <summary>For the return page: the card as it is now, saved or not.</summary>
    public async Task<SavedCard?> ReturnedAsync(ProjectId project, string id, CancellationToken ct)
    {
        if (await FindAsync("id", id, ct) is { } setup && setup.Project == project)
        {
            await LookAsync(setup, eventId: null, ct);
        }

        return await cards.FindAsync(project, ct);
    }

    public async Task<Look> LookBySessionAsync(
        string session,
        string? eventId,
        CancellationToken ct
    ) =>
        await FindAsync("session", session, ct) is { } setup
            ? await LookAsync(setup, eventId, ct)
            : Look.NotOurs;

    public async Task SweepAsync(CancellationToken ct)
    {
        List<Setup> due;
        await using (var connection = await database.OpenAsync(ct))
        {
            due = connection.Query(
                SelectSql + " WHERE next_at <= @now ORDER BY next_at LIMIT 50",
                Read,
                ("now", time.Now())
            );
        }

        foreach (var setup in due)
        {
            await LookAsync(setup, eventId: null, ct);
        }
    }

    private async Task<Look> LookAsync(Setup setup, string? eventId, CancellationToken ct)
    {
        if (setup.State == "done" || setup.Session is null)
        {
            return Look.Settled;
        }

        var answer = await client.GetSetupPageAsync(setup.Session, ct);
        if (answer.ValueOrNull is not { } page)
        {
            await LaterAsync(setup);
            return answer.IsMissing ? Look.NotOurs : Look.Unreachable;
        }

        if (page is { Status: "complete", SetupStatus: "succeeded", SetupCard: { } card })
        {
            await database.WriteAsync(connection =>
            {
                cards.Store(connection, setup.Project, setup.Customer, card);
                End(connection, setup.Id, "done");
                return inbox.Done(connection, eventId);
            });
            await cards.MakeDefaultAsync(setup.Customer, card.Id, ct);
            return Look.Settled;
        }

        if (page.Status == "expired")
        {
            await database.WriteAsync(connection => End(connection, setup.Id, "expired"));
            return Look.Settled;
        }

        await LaterAsync(setup);
        return Look.Waiting;
    }

    private static bool End(DbConnection connection, string id, string state) =>
        connection.Execute(
            "UPDATE card_setup SET state = @state, next_at = NULL WHERE id = @id",
            ("state", state),
            ("id", id)
        ) == 1;

    private Task LaterAsync(Setup setup)
    {
        var isOver = time.Now() > setup.CreatedAt + (long)s_pageLives.TotalMilliseconds;
        return database.WriteAsync(connection =>
            connection.Execute(
                "UPDATE card_setup SET next_at = @next WHERE id = @id AND state = 'open'",
                ("next", isOver ? null : time.In(s_sweepEvery)),
                ("id", setup.Id)
            )
        );
    }

    private async Task<Setup?> FindAsync(string column, string value, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return connection.QueryOne($"{SelectSql} WHERE {column} = @value", Read, ("value", value));
    }

    private const string SelectSql =
        "SELECT id, project, customer, state, session, created_at FROM card_setup";

    private static Setup Read(DbDataReader row) =>
        new(
            row.GetString(0),
            new ProjectId(row.GetString(1)),
            row.GetString(2),
            row.GetString(3),
            row.TextOrNull(4),
            row.GetInt64(5)
        );
}

/// <summary>Where a hosted page sends the browser. Success may hold
/// <c>{CHECKOUT_SESSION_ID}</c>, both may hold <c>{ID}</c>: ours, of what is paid or
/// saved.</summary>
public sealed record PageReturns(string Success, string Cancel)
{
    internal PageReturns With(string id) =>
        new(
            Success.Replace("{ID}", id, StringComparison.Ordinal),
            Cancel.Replace("{ID}", id, StringComparison.Ordinal)
        );
}

/// <summary>A hosted page to which a person is sent.</summary>
public sealed record PaymentPage(string Id, string Url);

/// <summary>What a look at the provider's object has brought.</summary>
internal enum Look
{
    Settled,

    /// <summary>Nothing is decided there yet; another event or the sweep will tell.</summary>
    Waiting,

    /// <summary>The provider does not answer now.</summary>
    Unreachable,

    /// <summary>No row of ours knows of it.</summary>
    NotOurs,
}
