using System.Data.Common;
using System.Globalization;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger.Store;

/// <summary>Projects whose earnings wait for a person, or for the end of a dispute.</summary>
internal static class EarningHolds
{
    /// <summary>Ends by itself, with the last dispute of the project.</summary>
    public const string Disputed = "disputed";

    /// <summary>Earnings of that project are set aside from now on. What the operator has decided
    /// stays, unless it was only a dispute that was over.</summary>
    /// <returns>Whether that is news.</returns>
    public static bool Open(
        DbConnection connection,
        string reseller,
        string project,
        string reason,
        long now
    ) =>
        connection.Execute(
            """
            INSERT INTO earning_hold(reseller, project, reason, state, amount, at)
            VALUES(@reseller, @project, @reason, 'held', 0, @at)
            ON CONFLICT(reseller, project) DO UPDATE
               SET reason = excluded.reason, state = 'held', at = excluded.at
             WHERE earning_hold.state <> 'forfeited'
                AND (excluded.reason = 'disputed' AND earning_hold.state = 'released'
                    OR excluded.reason <> 'disputed' AND earning_hold.reason = 'disputed')
            """,
            ("reseller", reseller),
            ("project", project),
            ("reason", reason),
            ("at", now)
        ) == 1;

    public static void Add(
        DbConnection connection,
        string reseller,
        string project,
        NanoUsd amount
    ) =>
        connection.Execute(
            """
            UPDATE earning_hold SET amount = amount + @amount
            WHERE reseller = @reseller AND project = @project
            """,
            ("amount", amount.Value),
            ("reseller", reseller),
            ("project", project)
        );

    /// <summary>Lets the earnings go to the reseller, or keeps them for good.</summary>
    /// <returns>Null when nothing is held for that project.</returns>
    public static NanoUsd? End(
        DbConnection connection,
        string reseller,
        string project,
        bool isForfeit,
        string? note,
        string currency,
        long now
    )
    {
        var account = Reseller.OpenAndLock(connection, reseller, currency);
        if (AmountOf(connection, reseller, project) is not { } amount)
        {
            return null;
        }

        var postings = new Postings(currency);
        var move = new ResellerMove
        {
            Id = string.Create(
                CultureInfo.InvariantCulture,
                $"hold_end:{reseller}:{project}:{account.Version}"
            ),
            Group = "hold:" + reseller,
            Kind = isForfeit ? "earnings_forfeited" : "earnings_released",
            Other = Accounts.Held(reseller),
            Amount = amount,
            External = project,
            At = now,
        };
        account.Held -= amount;
        if (isForfeit)
        {
            Transfers.Post(
                connection,
                account.TransferOf(move, move.Other, Accounts.EarningsForfeited, amount),
                postings
            );
        }
        else
        {
            account.Receive(connection, move, postings);
        }

        postings.Save(connection);
        account.Save(connection);
        connection.Execute(
            """
            UPDATE earning_hold SET state = @state, amount = 0, note = @note, at = @at
            WHERE reseller = @reseller AND project = @project
            """,
            ("state", isForfeit ? EarningStore.Forfeited : EarningStore.Released),
            ("note", note),
            ("at", now),
            ("reseller", reseller),
            ("project", project)
        );
        return amount;
    }

    /// <summary>Resellers whose earnings from that project only wait for its disputes.</summary>
    public static List<string> WaitingForDisputes(DbConnection connection, string project) =>
        connection.Query(
            """
            SELECT reseller FROM earning_hold
            WHERE project = @project AND state = 'held' AND reason = 'disputed' ORDER BY reseller
            """,
            row => row.GetString(0),
            ("project", project)
        );

    private static NanoUsd? AmountOf(DbConnection connection, string reseller, string project) =>
        connection.QueryOne<NanoUsd?>(
            """
            SELECT amount FROM earning_hold
            WHERE reseller = @reseller AND project = @project AND state = 'held'
            """,
            row => new NanoUsd(row.GetInt64(0)),
            ("reseller", reseller),
            ("project", project)
        );
}
