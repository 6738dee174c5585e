using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger.Store;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger;

/// <summary>One line of a project's books, as its owner may read it.</summary>
public sealed record StatementLine
{
    /// <summary>Where reading goes on below this line.</summary>
    public required StatementPlace Place { get; init; }

    /// <summary>"charge", "correction", or the kind of a transfer: "topup", "promo", "refund" …</summary>
    public required string Kind { get; init; }

    /// <summary>By how much the balance changed; zero where money only changed its name.</summary>
    public required NanoUsd Change { get; init; }

    /// <summary>What was moved, without a sign.</summary>
    public required NanoUsd Moved { get; init; }

    /// <summary>The outside world's name for it: a payment's, a refund's, a dispute's.</summary>
    public string? External { get; init; }

    /// <summary>For charges: the request, whose receipt has the rest.</summary>
    public GenerationId? Generation { get; init; }

    public string? Model { get; init; }

    public KeyId? Key { get; init; }

    public AppId? App { get; init; }

    public DateTimeOffset At => DateTimeOffset.FromUnixTimeMilliseconds(Place.Ms);
}

/// <summary>A place in the order of the books, which run by time and then by id.</summary>
/// <param name="Ms">When it happened; for a charge, when its request began.</param>
/// <param name="Id">Of the row.</param>
/// <param name="Part">Numbers the rows of one request.</param>
public readonly record struct StatementPlace(long Ms, string Id, long Part)
{
    public static StatementPlace End { get; } = new(long.MaxValue, "~", long.MaxValue);

    /// <summary>As it may stand in an address.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Ms}.{Part}.{Id}");

    public static StatementPlace? Read(string? text)
    {
        var parts = text?.Split('.', 3) ?? [];
        return
            parts.Length == 3
            && long.TryParse(parts[0], CultureInfo.InvariantCulture, out var ms)
            && long.TryParse(parts[1], CultureInfo.InvariantCulture, out var part)
            ? new(ms, parts[2], part)
            : null;
    }
}

/// <summary>A balance, and how much of it requests in flight hold.</summary>
public sealed record BalanceStanding(WalletReading Wallet, NanoUsd OnHold)
{
    public NanoUsd Free => Wallet.Balance - OnHold;
}

/// <summary>
/// The books of one project as a list: every charge row and every transfer that touches its wallet,
/// its debt or its refunds. The changes of all lines add up to the balance.
/// </summary>
internal sealed class Statements(Database database, SpendLedger ledger)
{
    private const int LinesMax = 1_000;

    /// <summary>
    /// The balance and the holds, read from the store at this moment. What nodes were lent and do
    /// not hold is called back first, so that what is still lent is what is held.
    /// </summary>
    public async Task<BalanceStanding> StandingAsync(ProjectId project, CancellationToken ct)
    {
        await ledger.RecallAsync(project.Value);
        await using var connection = await database.OpenAsync(ct);
        var wallet = WalletReading.Of(connection, project.Value);
        var held = connection.QueryOne(
            """
            SELECT CAST(COALESCE(SUM(paid - paid_used + promo - promo_used), 0) AS BIGINT)
            FROM lease WHERE project = @project AND state = 'open'
            """,
            row => row.GetInt64(0),
            ("project", project.Value)
        );
        var none = NanoUsd.Zero;
        return new(wallet ?? new WalletReading(none, none, none, none, Frozen: false), new(held));
    }

    /// <summary>The newest first.</summary>
    /// <param name="project">Whose.</param>
    /// <param name="below">Goes on below this place.</param>
    /// <param name="count">As many at most.</param>
    /// <param name="ct">Ends the reading.</param>
    public async Task<IReadOnlyList<StatementLine>> ListAsync(
        ProjectId project,
        StatementPlace below,
        int count,
        CancellationToken ct
    )
    {
        Invariant.Holds(count is > 0 and <= LinesMax, "a list has a length within its limit");
        await using var connection = await database.OpenAsync(ct);
        return
        [
            .. Charges(connection, project, below, count)
                .Concat(Transfers(connection, project, below, count))
                .OrderByDescending(line => line.Place.Ms)
                .ThenByDescending(line => line.Place.Id, StringComparer.Ordinal)
                .ThenByDescending(line => line.Place.Part)
                .Take(count),
        ];
    }

    /// <summary>All of them, the newest first, a page at a time so that long books fit.</summary>
    public async IAsyncEnumerable<StatementLine> ReadAsync(
        ProjectId project,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        var below = StatementPlace.End;
        while (true)
        {
            var lines = await ListAsync(project, below, LinesMax, ct);
            foreach (var line in lines)
            {
                yield return line;
            }

            if (lines.Count < LinesMax)
            {
                yield break;
            }

            below = lines[^1].Place;
        }
    }

    // Ids of charges begin with the time at which their request began, so one index gives both.
    private static List<StatementLine> Charges(
        DbConnection connection,
        ProjectId project,
        StatementPlace below,
        int count
    )
    {
        var isCharge = below.Id.StartsWith("gen_", StringComparison.Ordinal);
        var time = $"gen_{Math.Clamp(below.Ms, 0, (1L << 48) - 1):x12}";
        var bound =
            isCharge ? below.Id
            : string.CompareOrdinal(below.Id, "gen_") > 0 ? time + "~"
            : time;
        return connection.Query(
            """
            SELECT id, seq, paid + promo, reverses, model, api_key, app FROM charge
            WHERE project = @project AND (id < @bound OR (id = @bound AND seq < @part))
            ORDER BY id DESC, seq DESC LIMIT @count
            """,
            ReadCharge,
            ("project", project.Value),
            ("bound", bound),
            ("part", isCharge ? below.Part : 0),
            ("count", count)
        );
    }

    private static StatementLine ReadCharge(DbDataReader row)
    {
        var id = row.GetString(0);
        NanoUsd charged = new(row.GetInt64(2));
        var ms = long.Parse(id.AsSpan(4, 12), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return new StatementLine
        {
            Place = new(ms, id, row.GetInt64(1)),
            Kind = row.TextOrNull(3) is null ? "charge" : "correction",
            Change = NanoUsd.Zero - charged,
            Moved = charged < NanoUsd.Zero ? NanoUsd.Zero - charged : charged,
            Generation = new(id),
            Model = row.GetString(4),
            Key = new(row.GetString(5)),
            App = row.TextOrNull(6) is { } app ? new(app) : null,
        };
    }

    private static List<StatementLine> Transfers(
        DbConnection connection,
        ProjectId project,
        StatementPlace below,
        int count
    ) =>
        connection.Query(
            """
            SELECT id, at, kind, ext, amount,
                CASE WHEN credit IN (@paid, @promo, @debt) THEN 1 ELSE 0 END
                    - CASE WHEN debit IN (@paid, @promo, @debt) THEN 1 ELSE 0 END
            FROM transfer
            WHERE project = @project AND (at < @ms OR (at = @ms AND id < @id))
                AND (credit IN (@paid, @promo, @debt, @refund)
                    OR debit IN (@paid, @promo, @debt, @refund))
            ORDER BY at DESC, id DESC LIMIT @count
            """,
            ReadTransfer,
            ("project", project.Value),
            ("paid", Store.Accounts.WalletOf(Lots.Paid, project.Value)),
            ("promo", Store.Accounts.WalletOf(Lots.Promo, project.Value)),
            ("debt", Store.Accounts.DebtOf(project.Value)),
            ("refund", Store.Accounts.RefundOf(project.Value)),
            ("ms", below.Ms),
            ("id", below.Id),
            ("count", count)
        );

    private static StatementLine ReadTransfer(DbDataReader row)
    {
        NanoUsd amount = new(row.GetInt64(4));
        var sign = row.GetInt64(5);
        return new StatementLine
        {
            Place = new(row.GetInt64(1), row.GetString(0), 0),
            Kind = row.GetString(2),
            External = row.TextOrNull(3),
            Moved = amount,
            Change =
                sign > 0 ? amount
                : sign < 0 ? NanoUsd.Zero - amount
                : NanoUsd.Zero,
        };
    }
}
