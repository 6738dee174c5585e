using System.Data.Common;
using System.Globalization;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger;

/// <summary>What was spent in one part of a summary.</summary>
/// <param name="Name">The day (yyyy-MM-dd), the model, or the id of the app or key.</param>
/// <param name="Requests">That were charged.</param>
/// <param name="Charged">What the user paid, corrections taken off.</param>
public sealed record UsagePart(string Name, long Requests, NanoUsd Charged);

/// <summary>What a project has used in a span of whole days (UTC).</summary>
public sealed record UsageSummary
{
    public required DateOnly From { get; init; }

    /// <summary>The last day, itself included.</summary>
    public required DateOnly To { get; init; }

    /// <summary>Every day of the span, also those on which nothing happened.</summary>
    public required IReadOnlyList<UsagePart> Days { get; init; }

    /// <summary>The dearest first.</summary>
    public required IReadOnlyList<UsagePart> Models { get; init; }

    /// <summary>The dearest first; an empty name stands for the user's own keys.</summary>
    public required IReadOnlyList<UsagePart> Apps { get; init; }

    /// <summary>The dearest first.</summary>
    public required IReadOnlyList<UsagePart> Keys { get; init; }

    public NanoUsd Charged => new(Days.Sum(day => day.Charged.Value));

    public long Requests => Days.Sum(day => day.Requests);
}

/// <summary>One request in a list of receipts.</summary>
public sealed record UsageLine
{
    public required GenerationId Id { get; init; }

    public required DateTimeOffset ChargedAt { get; init; }

    public required string Model { get; init; }

    public required KeyId Key { get; init; }

    public AppId? App { get; init; }

    public required string Outcome { get; init; }

    public required NanoUsd Charged { get; init; }
}

/// <summary>Reads the charge journal for people: what a project spent, on what, through whom.</summary>
public sealed class UsageSummaries(Database database)
{
    public const int DaysMax = 366;

    private const long DayMs = 86_400_000;
    private const int LinesMax = 200;

    public async Task<UsageSummary> SummarizeAsync(
        ProjectId project,
        DateOnly from,
        DateOnly to,
        CancellationToken ct
    )
    {
        Invariant.Holds(
            from <= to && to.DayNumber - from.DayNumber < DaysMax,
            "a summary spans one day to a year"
        );
        await using var connection = await database.OpenAsync(ct);
        List<UsagePart> By(string column) => Sums(connection, column, project, from, to);
        var days = By($"at / {DayMs}").ToDictionary(part => DayOf(part.Name));
        return new UsageSummary
        {
            From = from,
            To = to,
            Days =
            [
                .. Enumerable
                    .Range(0, to.DayNumber - from.DayNumber + 1)
                    .Select(offset => from.AddDays(offset))
                    .Select(day =>
                        (days.GetValueOrDefault(day) ?? new UsagePart("", 0, NanoUsd.Zero)) with
                        {
                            Name = day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                        }
                    ),
            ],
            Models = By("model"),
            Apps = By("COALESCE(app, '')"),
            Keys = By("api_key"),
        };
    }

    /// <summary>Charged requests, the newest first.</summary>
    /// <param name="project">Whose.</param>
    /// <param name="before">Goes on below this one; null begins.</param>
    /// <param name="count">As many at most.</param>
    /// <param name="ct">Ends the reading.</param>
    public async Task<IReadOnlyList<UsageLine>> ListAsync(
        ProjectId project,
        GenerationId? before,
        int count,
        CancellationToken ct
    )
    {
        Invariant.Holds(count is > 0 and <= LinesMax, "a list has a length within its limit");
        await using var connection = await database.OpenAsync(ct);
        var lines = connection.Query(
            """
            SELECT c.id, c.at, c.model, c.api_key, c.app, c.outcome, c.paid + c.promo
            FROM charge c
            JOIN (
                SELECT id FROM charge WHERE project = @project AND id < @before
                GROUP BY id ORDER BY id DESC LIMIT @count
            ) newest ON newest.id = c.id
            ORDER BY c.id DESC, c.seq
            """,
            ReadLine,
            ("project", project.Value),
            ("before", before?.Value ?? "gen_~"),
            ("count", count)
        );
        // A request has several rows where it was booked as it ran, or corrected afterwards.
        return
        [
            .. lines
                .GroupBy(line => line.Id)
                .Select(rows =>
                    rows.Last() with
                    {
                        Charged = new(rows.Sum(row => row.Charged.Value)),
                    }
                ),
        ];
    }

    /// <summary>What counts against the limits of this month (UTC): the spend of each key and
    /// connection that spent anything, by its id.</summary>
    public async Task<IReadOnlyDictionary<string, NanoUsd>> ReadMonthAsync(
        IReadOnlyCollection<string> keysOrConnections,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var month = (now.UtcDateTime.Year * 100) + now.UtcDateTime.Month;
        await using var connection = await database.OpenAsync(ct);
        Dictionary<string, NanoUsd> spent = new(StringComparer.Ordinal);
        foreach (var id in keysOrConnections)
        {
            var used = connection.QueryOne(
                "SELECT used FROM spend WHERE scope IN ('key', 'connection') AND subject = @id "
                    + "AND month = @month",
                row => row.GetInt64(0),
                ("id", id),
                ("month", month)
            );
            if (used > 0)
            {
                spent[id] = new(used);
            }
        }

        return spent;
    }

    // The index leads to the project's charges since shortly before the first day: ids begin with
    // the time at which their request began, and no request runs for two days.
    private static List<UsagePart> Sums(
        DbConnection connection,
        string column,
        ProjectId project,
        DateOnly from,
        DateOnly to
    ) =>
        connection.Query(
            $"""
            SELECT {column} AS name, COUNT(DISTINCT id) AS requests,
                CAST(SUM(paid + promo) AS BIGINT) AS charged
            FROM charge
            WHERE project = @project AND id >= @first AND at >= @from AND at < @until
            GROUP BY {column} ORDER BY charged DESC, name
            """,
            row => new UsagePart(
                Convert.ToString(row.GetValue(0), CultureInfo.InvariantCulture)!,
                row.GetInt64(1),
                new(row.GetInt64(2))
            ),
            ("project", project.Value),
            ("first", $"gen_{Math.Max(0, MsOf(from) - (2 * DayMs)):x12}"),
            ("from", MsOf(from)),
            ("until", MsOf(to.AddDays(1)))
        );

    private static long MsOf(DateOnly day) =>
        new DateTimeOffset(
            day.ToDateTime(TimeOnly.MinValue),
            TimeSpan.Zero
        ).ToUnixTimeMilliseconds();

    private static DateOnly DayOf(string number) =>
        DateOnly
            .FromDateTime(DateTime.UnixEpoch)
            .AddDays(int.Parse(number, CultureInfo.InvariantCulture));

    private static UsageLine ReadLine(DbDataReader row) =>
        new()
        {
            Id = new(row.GetString(0)),
            ChargedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1)),
            Model = row.GetString(2),
            Key = new(row.GetString(3)),
            App = row.TextOrNull(4) is { } app ? new(app) : null,
            Outcome = row.GetString(5),
            Charged = new(row.GetInt64(6)),
        };
}
