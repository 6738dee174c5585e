using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>What may be shown of a saved card.</summary>
public sealed record SavedCard(
    string Id,
    string Customer,
    string Brand,
    string Last4,
    int ExpMonth,
    int ExpYear
)
{
    /// <summary>A card is good to the end of its month.</summary>
    public bool IsExpired(DateTimeOffset now) =>
        (now.Year * 12) + now.Month > (ExpYear * 12) + ExpMonth;
}

/// <summary>One saved card for each project; the last one that was saved counts.</summary>
internal sealed class Cards(
    Database database,
    StripeClient client,
    AutoReloads reloads,
    TimeProvider time
)
{
    public async Task<SavedCard?> FindAsync(ProjectId project, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return Find(connection, project);
    }

    public static SavedCard? Find(DbConnection connection, ProjectId project) =>
        connection.QueryOne(
            """
            SELECT card, customer, brand, last4, exp_month, exp_year FROM payment_card
            WHERE project = @project
            """,
            row => new SavedCard(
                row.GetString(0),
                row.GetString(1),
                row.GetString(2),
                row.GetString(3),
                (int)row.GetInt64(4),
                (int)row.GetInt64(5)
            ),
            ("project", project.Value)
        );

    public void Store(DbConnection connection, ProjectId project, string customer, StripeCard card)
    {
        var before = Find(connection, project);
        if (before?.Id != card.Id)
        {
            // What waited because of the old card need not wait for the new one.
            AutoReloads.CallOff(connection, project, "card_replaced");
        }

        if (before is not null && before.Id != card.Id)
        {
            ReplacedCards.Add(connection, project, before.Id, time.Now());
        }

        ReplacedCards.Forget(connection, card.Id);
        connection.Execute(
            """
            INSERT INTO payment_card(project, card, customer, brand, last4, exp_month, exp_year,
                fingerprint, saved_at)
            VALUES(@project, @card, @customer, @brand, @last4, @month, @year, @fingerprint, @now)
            ON CONFLICT(project) DO UPDATE SET card = excluded.card, customer = excluded.customer,
                brand = excluded.brand, last4 = excluded.last4, exp_month = excluded.exp_month,
                exp_year = excluded.exp_year, fingerprint = excluded.fingerprint,
                saved_at = excluded.saved_at
            """,
            ("project", project.Value),
            ("card", card.Id),
            ("customer", customer),
            ("brand", card.Brand),
            ("last4", card.Last4),
            ("month", card.ExpMonth),
            ("year", card.ExpYear),
            ("fingerprint", card.Fingerprint),
            ("now", time.Now())
        );
        Connect.OwnAccounts.Note(connection, project, card.Fingerprint);
    }

    /// <summary>So that the provider's own pages offer the same card. Best effort: our charges name
    /// their card themselves.</summary>
    public Task MakeDefaultAsync(string customer, string card, CancellationToken ct) =>
        client.SetDefaultCardAsync(customer, card, ct);

    /// <summary>Takes it away from the provider first, so that it can really never be
    /// charged.</summary>
    public async Task<Denial?> RemoveAsync(ProjectId project, CancellationToken ct)
    {
        if (await FindAsync(project, ct) is not { } card)
        {
            return null;
        }

        var answer = await client.DetachCardAsync(card.Id, ct);
        if (answer is StripeAnswer<StripeCard>.Unknown)
        {
            return new Denial.PaymentsUnavailable(TimeSpan.FromSeconds(30));
        }

        // Refused means that it is not attached any more, which is what was wanted.
        await database.WriteAsync(connection => Removed(connection, card.Id));
        return null;
    }

    /// <summary>The card is gone; a charge that runs is honoured, and there is no next
    /// one.</summary>
    public bool Removed(DbConnection connection, string card)
    {
        var project = connection.QueryOne(
            "SELECT project FROM payment_card WHERE card = @card",
            row => row.GetString(0),
            ("card", card)
        );
        if (project is null)
        {
            return false;
        }

        connection.Execute("DELETE FROM payment_card WHERE card = @card", ("card", card));
        reloads.TurnOff(connection, new ProjectId(project), ReloadOffReasons.CardRemoved);
        return true;
    }

    /// <summary>The network or the dashboard gave the card new dates.</summary>
    public static bool Refresh(DbConnection connection, StripeCard card) =>
        connection.Execute(
            """
            UPDATE payment_card SET exp_month = @month, exp_year = @year, last4 = @last4
            WHERE card = @card
            """,
            ("month", card.ExpMonth),
            ("year", card.ExpYear),
            ("last4", card.Last4),
            ("card", card.Id)
        ) == 1;
}
