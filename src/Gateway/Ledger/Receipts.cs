using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger;

/// <summary>Receipts, made from the charge journal whenever somebody asks.</summary>
public sealed class Receipts(Database database, ReceiptKeys keys)
{
    private sealed record Line(Receipt Receipt, ChargeParts Parts, Funds Split);

    /// <summary>
    /// The receipt of a request, progress charges and corrections added up. Null where there is
    /// none, or where it belongs to a project other than <paramref name="owner"/>.
    /// </summary>
    public async ValueTask<Receipt?> FindAsync(
        GenerationId id,
        ProjectId? owner,
        CancellationToken ct
    )
    {
        await using var connection = await database.OpenAsync(ct);
        var lines = connection.Query(
            """
            SELECT c.id, c.project, c.api_key, c.connection, c.app, c.model, c.provider,
                c.upstream_request, c.started_at, c.at, c.outcome, c.usage_source, c.usage_json,
                c.price_version, p.json, c.route_json, c.gateway_markup_bps,
                c.reseller_markup_bps, c.hold, w.currency,
                c.base, c.gateway_markup, c.reseller_markup, c.paid, c.promo
            FROM charge c
            JOIN price_version p ON p.id = c.price_version
            JOIN wallet w ON w.project = c.project
            WHERE c.id = @id ORDER BY c.seq
            """,
            Read,
            ("id", id.Value)
        );
        return lines.Count == 0 || (owner is { } only && lines[0].Receipt.Project != only)
            ? null
            : Sum(lines);
    }

    /// <summary>The receipt as a JWS: the canonical JSON itself is the payload.</summary>
    public string Sign(Receipt receipt) => keys.Sign(receipt.ToCanonicalJson());

    /// <summary>Inside a caller's transaction: whether anything was booked for the request.</summary>
    internal static bool IsCharged(DbConnection connection, GenerationId id) =>
        connection.QueryOne(
            "SELECT 1 FROM charge WHERE id = @id LIMIT 1",
            row => row.GetInt32(0),
            ("id", id.Value)
        ) == 1;

    private static Receipt Sum(List<Line> lines)
    {
        var parts = default(ChargeParts);
        var split = Funds.None;
        foreach (var line in lines)
        {
            parts += line.Parts;
            split += line.Split;
        }

        return lines[^1].Receipt with
        {
            Charged = parts.Charged(split.Total),
            Paid = split.Paid,
            Promo = split.Promo,
            Absorbed = parts.Total - split.Total,
        };
    }

    private static Line Read(DbDataReader row)
    {
        var receipt = new Receipt
        {
            Id = new(row.GetString(0)),
            Project = new(row.GetString(1)),
            Key = new(row.GetString(2)),
            Connection = row.TextOrNull(3) is { } connection ? new(connection) : null,
            App = row.TextOrNull(4) is { } app ? new(app) : null,
            Model = row.GetString(5),
            Provider = row.GetString(6),
            UpstreamRequestId = row.TextOrNull(7),
            StartedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(8)),
            ChargedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(9)),
            Outcome = row.GetString(10),
            UsageSource = row.GetString(11),
            UsageJson = row.GetString(12),
            PriceVersion = row.GetString(13),
            PriceJson = row.GetString(14),
            RouteJson = row.GetString(15),
            GatewayMarkupBps = (int)row.GetInt64(16),
            ResellerMarkupBps = (int)row.GetInt64(17),
            Hold = new(row.GetInt64(18)),
            Currency = row.GetString(19),
            Charged = default,
            Paid = default,
            Promo = default,
            Absorbed = default,
        };
        return new Line(
            receipt,
            new(new(row.GetInt64(20)), new(row.GetInt64(21)), new(row.GetInt64(22))),
            new(new(row.GetInt64(23)), new(row.GetInt64(24)))
        );
    }
}
