using System.Data.Common;
using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments.Connect;

/// <summary>
/// A stolen card, an app of one's own with a high markup, a user who is oneself: money that comes
/// out clean. Before earnings mature, where they came from is looked at; what looks like the
/// reseller's own money is set aside until the operator has decided.
/// </summary>
internal sealed class OwnAccounts(
    Database database,
    ResellerEarnings earnings,
    People people,
    Findings findings,
    PaymentsOptions options
)
{
    public const string OwnProject = "own_project";
    public const string OwnCard = "own_card";
    public const string SamePerson = "same_person";

    /// <summary>One card pays for many people's use of one reseller.</summary>
    public const string SharedCard = "shared_card";

    private const int OwnersOfOneCardMax = 2;

    public async Task MarkAsync(ResellerId reseller, CancellationToken ct)
    {
        var due = await earnings.DueProjectsAsync(reseller, options.Payouts.HoldPeriod, ct);
        foreach (var project in due)
        {
            await using var connection = await database.OpenAsync(ct);
            if (ReasonFor(connection, reseller, project) is { } reason)
            {
                await database.WriteAsync(write => Hold(write, reseller, project, reason));
            }
        }
    }

    /// <summary>A card has paid for that project.</summary>
    public static void Note(DbConnection connection, ProjectId project, string? fingerprint)
    {
        if (fingerprint is { Length: > 0 })
        {
            connection.Execute(
                """
                INSERT INTO card_used(fingerprint, project) VALUES(@fingerprint, @project)
                ON CONFLICT(fingerprint, project) DO NOTHING
                """,
                ("fingerprint", fingerprint),
                ("project", project.Value)
            );
        }
    }

    private bool Hold(
        DbConnection connection,
        ResellerId reseller,
        ProjectId project,
        string reason
    )
    {
        var isNews = earnings.Change(connection, reseller).Hold(project, reason);
        if (isNews)
        {
            findings.Write(
                connection,
                Findings.OwnAccount,
                $"{reseller}/{project}",
                $"{reason}: what {reseller} earns from {project} waits for your decision"
            );
        }

        return isNews;
    }

    private string? ReasonFor(DbConnection connection, ResellerId reseller, ProjectId project)
    {
        var self = new UserId(reseller.Value);
        if (Projects.Find(connection, project)?.Owner is not { } user || user == self)
        {
            return OwnProject;
        }

        var owners = OwnersOfSameCards(connection, project);
        return owners.Contains(self) ? OwnCard
            : IsSamePerson(connection, user, self) ? SamePerson
            : owners.Count > OwnersOfOneCardMax ? SharedCard
            : null;
    }

    // Who else has paid with a card that paid for this project.
    private static HashSet<UserId> OwnersOfSameCards(DbConnection connection, ProjectId project) =>
        [
            .. connection
                .Query(
                    """
                    SELECT DISTINCT other.project FROM card_used mine
                    JOIN card_used other ON other.fingerprint = mine.fingerprint
                    WHERE mine.project = @project ORDER BY other.project LIMIT 100
                    """,
                    row => new ProjectId(row.GetString(0)),
                    ("project", project.Value)
                )
                .Select(id => Projects.Find(connection, id)?.Owner)
                .OfType<UserId>(),
        ];

    private bool IsSamePerson(DbConnection connection, UserId user, UserId reseller) =>
        Mailbox(people.Find(connection, user)?.Email) is { } mailbox
            && mailbox == Mailbox(people.Find(connection, reseller)?.Email)
        || SharedBrowsers.Any(connection, user, reseller);

    /// <summary>What comes after a plus sign, and full stops at some providers, name the same
    /// mailbox.</summary>
    internal static string? Mailbox(string? email)
    {
        if (email?.LastIndexOf('@') is not (> 0 and var at))
        {
            return null;
        }

        var (local, domain) = (
            email[..at].ToLowerInvariant(),
            email[(at + 1)..].ToLowerInvariant()
        );
        local = local.Split('+')[0];
        return domain is "gmail.com" or "googlemail.com"
            ? local.Replace(".", "", StringComparison.Ordinal) + "@gmail.com"
            : local + "@" + domain;
    }
}
