using System.Data.Common;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Accounts;

/// <summary>Somebody asks for a code.</summary>
internal sealed record CodeRequest(EmailAddress Email, string Visitor, string Network, string Id);

/// <summary>
/// How many codes may be asked for. Strangers share the budgets of an address, so a mailbox is not
/// flooded and its eight digits are not guessed; a browser in which that account signed in before
/// has a budget of its own, so strangers cannot lock the owner out.
/// </summary>
internal sealed class CodeBudget(DbConnection connection, long now)
{
    public const int PerNetwork = 20;

    private const int PerBrowser = 6;
    private const int PerAddressAndNetwork = 6;
    private const int PerAddressHour = 20;
    private const int PerAddressDay = 60;
    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(15);

    public bool IsKnownBrowser(CodeRequest asked) =>
        connection.QueryOne(
            """
            SELECT COUNT(*) FROM known_browser b JOIN person p ON p.id = b.person
             WHERE b.visitor = @visitor AND p.canonical_email = @canonical
            """,
            row => row.GetInt64(0),
            ("visitor", asked.Visitor),
            ("canonical", asked.Email.Canonical)
        ) > 0;

    public bool TakeOfNetwork(CodeRequest asked) =>
        Take("code-send:net:" + asked.Network, PerNetwork, s_window);

    public bool TakeOfBrowser(CodeRequest asked) =>
        Take($"code-send:browser:{asked.Visitor}:{asked.Email.Canonical}", PerBrowser, s_window);

    public bool TakeOfAddress(CodeRequest asked)
    {
        var to = "code-send:to:" + asked.Email.Canonical;
        return Take(to + ":" + asked.Network, PerAddressAndNetwork, s_window)
            && Take(to, PerAddressHour, TimeSpan.FromHours(1))
            && Take(to, PerAddressDay, TimeSpan.FromDays(1));
    }

    private bool Take(string bucket, int limit, TimeSpan window) =>
        Attempts.Take(connection, bucket, limit, window, now);
}
