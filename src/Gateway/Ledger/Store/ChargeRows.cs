using System.Data.Common;
using System.Globalization;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger.Store;

/// <summary>Rows of the charge journal as both stores write and read them.</summary>
internal static class ChargeRows
{
    private static readonly object s_zero = 0L;

    private static readonly string[] s_columns =
    [
        "id",
        "seq",
        "project",
        "lease",
        "flush",
        "api_key",
        "connection",
        "app",
        "reseller",
        "month",
        "base",
        "gateway_markup",
        "reseller_markup",
        "gateway_markup_bps",
        "reseller_markup_bps",
        "paid",
        "promo",
        "absorbed",
        "absorbed_reason",
        "earned",
        "cogs",
        "hold",
        "price_version",
        "model",
        "provider",
        "upstream_request",
        "outcome",
        "usage_source",
        "usage_json",
        "route_json",
        "reverses",
        "started_at",
        "at",
    ];

    /// <returns>For each row, whether it was new.</returns>
    public static bool[] Insert(
        DbConnection connection,
        IReadOnlyList<JournalEntry> entries,
        string flush,
        long now
    )
    {
        object moment = now;
        var rows = entries.Select(entry => Values(entry, flush, moment)).ToArray();
        var isNew = new bool[rows.Length];
        if (connection.InsertMissing("charge", s_columns, rows) == rows.Length)
        {
            Array.Fill(isNew, true);
            return isNew;
        }

        // Some were booked before; the flush that a row names tells which.
        for (var i = 0; i < isNew.Length; i++)
        {
            isNew[i] = FlushOf(connection, entries[i].Row) == flush;
        }

        return isNew;
    }

    private static string? FlushOf(DbConnection connection, ChargeRow row) =>
        connection.QueryOne(
            "SELECT flush FROM charge WHERE id = @id AND seq = @seq",
            found => found.GetString(0),
            ("id", row.Id),
            ("seq", row.Seq)
        );

    /// <summary>What the journal says of a row that is there already.</summary>
    public static BookedRow? Find(DbConnection connection, ChargeRow row) =>
        connection.QueryOne<BookedRow?>(
            """
            SELECT paid, promo, base + gateway_markup + reseller_markup, lease
            FROM charge WHERE id = @id AND seq = @seq
            """,
            found => new BookedRow(
                new(new(found.GetInt64(0)), new(found.GetInt64(1))),
                // A correction never has a lease, whatever became of the one it came from.
                IsLate: !row.IsCorrection && found.IsDBNull(3),
                Differs: found.GetInt64(2) != row.Parts.Total.Value
            ),
            ("id", row.Id),
            ("seq", row.Seq)
        );

    private static object?[] Values(JournalEntry entry, string flush, object now)
    {
        var (row, lease, split, earned) = entry;
        var absorbed = row.Parts.Total - split.Total;
        var payer = row.Payer;
        return
        [
            row.Id,
            Number(row.Seq),
            payer.Project.Value,
            lease,
            flush,
            payer.Key.Value,
            payer.Connection?.Value,
            payer.App?.Value,
            payer.Reseller?.Value,
            row.Month,
            Number(row.Parts.Base.Value),
            Number(row.Parts.GatewayMarkup.Value),
            Number(row.Parts.ResellerMarkup.Value),
            Number(payer.GatewayMarkupBps),
            Number(payer.ResellerMarkupBps),
            Number(split.Paid.Value),
            Number(split.Promo.Value),
            Number(absorbed.Value),
            absorbed == NanoUsd.Zero ? null : row.AbsorbedReason,
            Number(earned.Value),
            row.Cogs.Value,
            row.HoldAmount.Value,
            row.Facts.PriceVersion,
            row.Facts.Model,
            row.Facts.Provider,
            row.Facts.UpstreamRequestId,
            OutcomeNames.Of(row.Facts.Outcome),
            row.Facts.Source == UsageSource.Provider ? "provider" : "counted",
            row.UsageJson,
            row.Facts.RouteJson,
            row.IsCorrection ? row.Id : null,
            row.StartedAtUnixMs,
            now,
        ];
    }

    // Most columns of most rows are zero: one box, bound once, serves them all.
    private static object Number(long value) => value == 0 ? s_zero : value;
}

/// <summary>A row with the store's decision on how it is paid.</summary>
/// <param name="Row">As the node made it.</param>
/// <param name="Lease">Null where it was paid from the wallet itself.</param>
/// <param name="Split">What the user pays.</param>
/// <param name="Earned">What the reseller earns.</param>
internal readonly record struct JournalEntry(
    ChargeRow Row,
    string? Lease,
    Funds Split,
    NanoUsd Earned
)
{
    /// <summary>What the hash chain covers; the same text is built from the table when verifying.</summary>
    public string Text(string flush) =>
        TextOf(
            Row.Id,
            Row.Seq,
            Row.Payer.Project.Value,
            flush,
            Row.Parts,
            Split,
            Earned,
            Row.Cogs,
            Row.Facts.PriceVersion,
            OutcomeNames.Of(Row.Facts.Outcome)
        );

    public static string TextOf(
        string id,
        long seq,
        string project,
        string flush,
        ChargeParts parts,
        Funds split,
        NanoUsd earned,
        NanoUsd cogs,
        string priceVersion,
        string outcome
    ) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{id}|{seq}|{project}|{flush}|{parts.Base.Value}|{parts.GatewayMarkup.Value}|{parts.ResellerMarkup.Value}|{split.Paid.Value}|{split.Promo.Value}|{earned.Value}|{cogs.Value}|{priceVersion}|{outcome}\n"
        );
}

internal static class OutcomeNames
{
    public static string Of(ChargeOutcome outcome) =>
        outcome switch
        {
            ChargeOutcome.Completed => "completed",
            ChargeOutcome.Cut => "cut",
            ChargeOutcome.ClientDisconnected => "client_disconnected",
            ChargeOutcome.Revoked => "revoked",
            _ => "provider_error",
        };
}
