using System.Buffers;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Arda.Gateway.Kernel;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>A top-up as its owner sees it.</summary>
public sealed record Topup
{
    public required string Id { get; init; }

    /// <summary>True for one that auto-reload made.</summary>
    public required bool IsAuto { get; init; }
    public required long Cents { get; init; }

    /// <summary>One of <see cref="TopupStates"/>.</summary>
    public required string State { get; init; }

    /// <summary>Where it can be paid, as long as it can.</summary>
    public string? Url { get; init; }
    public string? ReceiptUrl { get; init; }

    /// <summary>The provider's name for it, which the ledger's line has too.</summary>
    public string? Payment { get; init; }

    /// <summary>In neutral words.</summary>
    public string? Failure { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? PaidAt { get; init; }

    /// <summary>When a declined reload is tried again.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    internal static Topup Of(TopupRow row) =>
        new()
        {
            Id = row.Id,
            IsAuto = row.IsAuto,
            Cents = row.Cents,
            State = row.State,
            Url = row.State == TopupStates.Open ? row.Url : null,
            ReceiptUrl = row.ReceiptUrl,
            Payment = row.Payment,
            Failure = row.Failure,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt),
            PaidAt = row.PaidAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
            NextAttemptAt = row is { State: TopupStates.Retrying, NextAt: { } next }
                ? DateTimeOffset.FromUnixTimeMilliseconds(next)
                : null,
        };
}

/// <summary>Top-ups that a person pays on the provider's page.</summary>
internal sealed class Topups(
    Database database,
    StripeClient client,
    Customers customers,
    PaidTopups paid,
    PaymentsOptions options,
    TimeProvider time
)
{
    private const string IdPrefix = "top_";
    private const int IdChars = 36;

    private static readonly SearchValues<char> s_hex = SearchValues.Create("0123456789abcdef");

    private static readonly TimeSpan s_firstLook = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_keyLives = TimeSpan.FromHours(23);
    private static readonly Denial s_unavailable = new Denial.PaymentsUnavailable(
        TimeSpan.FromSeconds(30)
    );

    /// <summary>For a form that will ask for a page.</summary>
    public static string NewId() => Ids.Make(IdPrefix);

    /// <summary>Only the amounts of the operator's list can be bought.</summary>
    public Task<Outcome<PaymentPage>> OpenAsync(
        ProjectId project,
        long cents,
        bool saveCard,
        PageReturns returns,
        CancellationToken ct
    ) => OpenAsync(id: null, project, cents, saveCard, returns, ct);

    /// <summary>The same for a form, which may be sent twice: one id has one page, and where that is
    /// paid already the address is that of the return. Another id is taken where the given one is
    /// none, or names a payment that is not this one.</summary>
    public async Task<Outcome<PaymentPage>> OpenAsync(
        string? id,
        ProjectId project,
        long cents,
        bool saveCard,
        PageReturns returns,
        CancellationToken ct
    )
    {
        if (!options.TopupAmountsCents.Contains(cents))
        {
            return new Denial.InvalidRequest(
                "Choose one of the amounts that are offered.",
                "amount_cents"
            );
        }

        if (!options.IsOn || await customers.EnsureAsync(project, ct) is not { } customer)
        {
            return s_unavailable;
        }

        TopupRow Row(string id)
        {
            var (success, cancel) = returns.With(id);
            return new TopupRow
            {
                Id = id,
                Project = project,
                Kind = TopupRow.Page,
                Cents = cents,
                Currency = options.Currency,
                Customer = customer,
                State = TopupStates.Created,
                SavesCard = saveCard,
                SuccessUrl = success,
                CancelUrl = cancel,
                CreatedAt = time.Now(),
                NextAt = time.In(s_firstLook),
            };
        }

        var row = await database.WriteAsync(connection =>
            Begin(connection, Row(IsId(id) ? id : NewId())) ?? Begin(connection, Row(NewId()))!
        );
        return row.State is TopupStates.Succeeded or TopupStates.Processing
                ? new PaymentPage(row.Id, row.SuccessUrl!)
            : await MakePageAsync(row, ct) is { Url: { } url } ? new PaymentPage(row.Id, url)
            : s_unavailable;
    }

    // The row, or the one that the same form has begun; null where another has its id, or that one
    // can be paid no more.
    private static TopupRow? Begin(DbConnection connection, TopupRow row)
    {
        if (row.Insert(connection))
        {
            return row;
        }

        var current = TopupRow.Find(connection, "id", row.Id);
        return
            current is { Kind: TopupRow.Page }
            && (current.Project, current.Cents, current.SavesCard)
                == (row.Project, row.Cents, row.SavesCard)
            && current.State
                is TopupStates.Created
                    or TopupStates.Open
                    or TopupStates.Processing
                    or TopupStates.Succeeded
            ? current
            : null;
    }

    private static bool IsId([NotNullWhen(true)] string? id) =>
        id is { Length: IdChars }
        && id.StartsWith(IdPrefix, StringComparison.Ordinal)
        && !id.AsSpan(IdPrefix.Length).ContainsAnyExcept(s_hex);

    /// <summary>For the return page: asks the provider, credits if that is due, and says what
    /// is.</summary>
    public async Task<Topup?> ReturnedAsync(ProjectId project, string id, CancellationToken ct)
    {
        if (await FindAsync(id, ct) is not { } row || row.Project != project)
        {
            return null;
        }

        await paid.LookAsync(row, eventId: null, ct);
        return Topup.Of((await FindAsync(id, ct))!);
    }

    /// <summary>So that a second tab cannot pay later.</summary>
    public async Task<Denial?> CancelAsync(ProjectId project, string id, CancellationToken ct)
    {
        if (await FindAsync(id, ct) is not { } row || row.Project != project)
        {
            return new Denial.NotFound("such top-up");
        }

        if (row.State is not (TopupStates.Open or TopupStates.Created) || row.Session is null)
        {
            return null;
        }

        var answer = await client.ExpirePageAsync(row.Session, ct);
        if (answer is StripeAnswer<StripePage>.Unknown)
        {
            return s_unavailable;
        }

        // Refused: it was paid or has expired in the meantime, and the look finds out which.
        await paid.LookAsync(row, eventId: null, ct);
        return null;
    }

    /// <summary>The newest first.</summary>
    public async Task<IReadOnlyList<Topup>> ListAsync(ProjectId project, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return connection.Query(
            TopupRow.SelectSql + " WHERE project = @project ORDER BY id DESC LIMIT 200",
            row => Topup.Of(TopupRow.Read(row)),
            ("project", project.Value)
        );
    }

    /// <summary>Pages that were paid and told nobody are found within minutes.</summary>
    public async Task SweepAsync(CancellationToken ct)
    {
        List<TopupRow> due;
        await using (var connection = await database.OpenAsync(ct))
        {
            due = connection.Query(
                TopupRow.SelectSql
                    + """
                     WHERE next_at <= @now AND kind = 'page'
                        AND state IN ('created', 'open', 'processing')
                    ORDER BY next_at LIMIT 50
                    """,
                TopupRow.Read,
                ("now", time.Now())
            );
        }

        foreach (var row in due)
        {
            if (row.Session is null)
            {
                await FinishMakingAsync(row, ct);
            }
            else if (await paid.LookAsync(row, eventId: null, ct) is Look.Unreachable)
            {
                await AgainAsync(row);
            }
        }
    }

    private async Task<TopupRow?> MakePageAsync(TopupRow row, CancellationToken ct)
    {
        var answer = await client.CreateTopupPageAsync("topup:" + row.Id, PageOf(row), ct);
        return answer.ValueOrNull is { } page
            ? await database.WriteAsync(connection =>
            {
                var current = TopupRow.Lock(connection, row.Id);
                return current.State == TopupStates.Created
                    ? (
                        current with
                        {
                            State = TopupStates.Open,
                            Session = page.Id,
                            Url = page.Url,
                        }
                    ).Save(connection)
                    : current;
            })
            : null;
    }

    // Every field comes from the row, so that the same key always carries the same bytes.
    private TopupPage PageOf(TopupRow row) =>
        new()
        {
            Topup = row.Id,
            Customer = row.Customer,
            Cents = row.Cents,
            Currency = row.Currency,
            SavesCard = row.SavesCard,
            ProductName = "Prepaid balance",
            ExpiresAt =
                DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt) + options.PageLifetime,
            Returns = new PageReturns(row.SuccessUrl!, row.CancelUrl!),
        };

    // Nobody was ever sent to this page. It is fetched by its key and closed.
    private async Task FinishMakingAsync(TopupRow row, CancellationToken ct)
    {
        if (time.Now() - row.CreatedAt > s_keyLives.TotalMilliseconds)
        {
            await paid.CloseAsync(row, TopupStates.Expired, failure: null, eventId: null);
            return;
        }

        if (await MakePageAsync(row, ct) is { Session: { } session } made)
        {
            await client.ExpirePageAsync(session, ct);
            await paid.LookAsync(made, eventId: null, ct);
        }
        else
        {
            await AgainAsync(row);
        }
    }

    private Task AgainAsync(TopupRow row) =>
        database.WriteAsync(connection =>
            connection.Execute(
                "UPDATE topup SET next_at = @next WHERE id = @id AND next_at IS NOT NULL",
                ("next", time.In(s_firstLook)),
                ("id", row.Id)
            )
        );

    private async Task<TopupRow?> FindAsync(string id, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return TopupRow.Find(connection, "id", id);
    }
}
