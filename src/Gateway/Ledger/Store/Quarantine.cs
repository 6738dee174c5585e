using System.Buffers;
using System.Data.Common;
using System.Text;
using System.Text.Json;
using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger.Store;

/// <summary>Charges that the tables refuse: kept for a person to look at, never lost.</summary>
internal static class Quarantine
{
    public static int Keep(
        DbConnection connection,
        Settlement settlement,
        string reason,
        long now
    ) =>
        settlement.Rows.Sum(row =>
            connection.Execute(
                """
                INSERT INTO charge_quarantine(id, seq, reason, row_json, at)
                VALUES(@id, @seq, @reason, @row, @at) ON CONFLICT(id, seq) DO NOTHING
                """,
                ("id", row.Id),
                ("seq", row.Seq),
                ("reason", reason),
                ("row", Json(row)),
                ("at", now)
            )
        );

    private static string Json(ChargeRow row)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            writer.WriteString("project", row.Payer.Project.Value);
            writer.WriteString("api_key", row.Payer.Key.Value);
            writer.WriteString("lease", row.LeaseId);
            writer.WriteNumber("base_nano_usd", row.Parts.Base.Value);
            writer.WriteNumber("gateway_markup_nano_usd", row.Parts.GatewayMarkup.Value);
            writer.WriteNumber("reseller_markup_nano_usd", row.Parts.ResellerMarkup.Value);
            writer.WriteNumber("paid_nano_usd", row.Split.Paid.Value);
            writer.WriteNumber("promo_nano_usd", row.Split.Promo.Value);
            writer.WriteNumber("cogs_nano_usd", row.Cogs.Value);
            writer.WriteString("model", row.Facts.Model);
            writer.WriteString("provider", row.Facts.Provider);
            writer.WriteString("price_version", row.Facts.PriceVersion);
            writer.WriteString("usage", row.UsageJson);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}
