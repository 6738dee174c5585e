using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger;

/// <summary>Which charged requests are meant.</summary>
public sealed record ChargedFilter
{
    public required ProjectId Project { get; init; }

    /// <summary>Null: of all of them, and of the user's own keys.</summary>
    public ConnectionId? Connection { get; init; }

    /// <summary>Charged at this moment or later.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>Charged before this moment.</summary>
    public required DateTimeOffset To { get; init; }
}

/// <summary>One request with all that was booked for it.</summary>
public sealed record ChargedRequest
{
    public required GenerationId Id { get; init; }

    public required DateTimeOffset ChargedAt { get; init; }

    public required string Model { get; init; }

    public required string Provider { get; init; }

    public required KeyId Key { get; init; }

    public AppId? App { get; init; }

    public required string Outcome { get; init; }

    /// <summary>Token counts by class.</summary>
    public required string UsageJson { get; init; }

    /// <summary>What the user paid, corrections taken off.</summary>
    public required ChargeParts Charged { get; init; }
}

/// <param name="Requests">The newest first.</param>
/// <param name="HasMore">There are older ones.</param>
/// <param name="TotalRequests">Of the whole filter, not of this page.</param>
/// <param name="TotalCharged">What the user paid for all of them.</param>
public sealed record ChargedPage(
    IReadOnlyList<ChargedRequest> Requests,
    bool HasMore,
    long TotalRequests,
    NanoUsd TotalCharged
);

/// <summary>Reads the charge journal for programs, page by page.</summary>
public sealed class ChargedRequests(Database database)
{
    public const int PageMax = 200;

    private const long DayMs = 86_400_000;

    // The index leads to the project's charges since shortly before: ids begin with the time at
    // which their request began, and no request runs for two days.
    private const string WhereSql = """
        project = @project AND id >= @first AND at >= @from AND at < @to
            AND (@connection = '' OR connection = @connection)
        """;

    private sealed record Row(ChargedRequest Request, ChargeParts Parts, NanoUsd Paid);

    public async Task<ChargedPage> ReadAsync(
        ChargedFilter filter,
        GenerationId? before,
        int count,
        CancellationToken ct
    )
    {
        Invariant.Holds(count is > 0 and <= PageMax, "a page has a length within its limit");
        await using var connection = await database.OpenAsync(ct);
        var page = Requests(connection, filter, before, count + 1);
        var (requests, charged) = Totals(connection, filter);
        return new ChargedPage([.. page.Take(count)], page.Count > count, requests, charged);
    }

    private static List<ChargedRequest> Requests(
        DbConnection connection,
        ChargedFilter filter,
        GenerationId? before,
        int count
    )
    {
        var rows = connection.Query(
            $"""
            SELECT c.id, c.at, c.model, c.provider, c.api_key, c.app, c.outcome, c.usage_json,
                c.base, c.gateway_markup, c.reseller_markup, c.paid + c.promo
            FROM charge c
            JOIN (
                SELECT id FROM charge WHERE {WhereSql} AND id < @before
                GROUP BY id ORDER BY id DESC LIMIT @count
            ) newest ON newest.id = c.id
            ORDER BY c.id DESC, c.seq
            """,
            Read,
            [.. Parameters(filter), ("before", before?.Value ?? "gen_~"), ("count", count)]
        );
        // A request has several rows where it was booked as it ran, or corrected afterwards.
        return [.. rows.GroupBy(row => row.Request.Id).Select(Sum)];
    }

    private static (long Requests, NanoUsd Charged) Totals(
        DbConnection connection,
        ChargedFilter filter
    ) =>
        connection.QueryOne(
            $"""
            SELECT COUNT(DISTINCT id), CAST(COALESCE(SUM(paid + promo), 0) AS BIGINT)
            FROM charge WHERE {WhereSql}
            """,
            row => (row.GetInt64(0), new NanoUsd(row.GetInt64(1))),
            Parameters(filter)
        );

    private static (string Name, object? Value)[] Parameters(ChargedFilter filter)
    {
        var from = filter.From.ToUnixTimeMilliseconds();
        return
        [
            ("project", filter.Project.Value),
            ("first", $"gen_{Math.Max(0, from - (2 * DayMs)):x12}"),
            ("from", from),
            ("to", filter.To.ToUnixTimeMilliseconds()),
            ("connection", filter.Connection?.Value ?? ""),
        ];
    }

    private static ChargedRequest Sum(IEnumerable<Row> rows)
    {
        var parts = default(ChargeParts);
        var paid = NanoUsd.Zero;
        ChargedRequest? last = null;
        foreach (var row in rows)
        {
            (parts, paid, last) = (parts + row.Parts, paid + row.Paid, row.Request);
        }

        return last! with
        {
            Charged = parts.Charged(paid),
        };
    }

    private static Row Read(DbDataReader row) =>
        new(
            new ChargedRequest
            {
                Id = new(row.GetString(0)),
                ChargedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1)),
                Model = row.GetString(2),
                Provider = row.GetString(3),
                Key = new(row.GetString(4)),
                App = row.TextOrNull(5) is { } app ? new(app) : null,
                Outcome = row.GetString(6),
                UsageJson = row.GetString(7),
                Charged = default,
            },
            new(new(row.GetInt64(8)), new(row.GetInt64(9)), new(row.GetInt64(10))),
            new(row.GetInt64(11))
        );
}
