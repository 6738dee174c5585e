using System.Data.Common;
using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments.Connect;

/// <summary>Whether money can reach an owner, read from the provider at this moment.</summary>
public enum PayeeReadiness
{
    /// <summary>There is no account yet, or none any more.</summary>
    None,
    Incomplete,
    Complete,

    /// <summary>The provider does not answer, so nobody knows.</summary>
    Unknown,
}

/// <summary>
/// Accounts of app owners at the payment provider: one each, whatever number of apps. The owner
/// gives name, papers and bank to the provider alone; what we know is whether it is content.
/// </summary>
internal sealed class Payees(
    Database database,
    StripeClient client,
    People people,
    BankPayouts atBank,
    Inbox inbox,
    Findings findings,
    PaymentMails mails,
    PaymentsOptions options,
    TimeProvider time
)
{
    public static readonly TimeSpan ReadAgain = TimeSpan.FromHours(24);

    private static readonly TimeSpan s_askedSoon = TimeSpan.FromSeconds(5);

    /// <summary>Told, in the transaction that notes it, when the provider has turned an owner away,
    /// and when that is over.</summary>
    public Action<DbConnection, UserId, bool>? Rejected { get; set; }

    public async Task<Payee?> FindAsync(UserId owner, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return Payee.Find(connection, owner);
    }

    /// <param name="owner">Whose account.</param>
    /// <param name="app">The first app it is made for.</param>
    /// <param name="website">Of that app.</param>
    /// <param name="country">Two letters; fixed for ever. Null asks for the operator's own.</param>
    /// <param name="ct">The caller's.</param>
    public async Task<Outcome<Payee>> EnsureAsync(
        UserId owner,
        string app,
        string? website,
        string? country,
        CancellationToken ct
    )
    {
        if (!options.IsOn)
        {
            return new Denial.PaymentsUnavailable(TimeSpan.FromMinutes(1));
        }

        if (country is not null && !PayoutsOptions.IsCountry(country))
        {
            return new Denial.InvalidRequest(
                "The country is two letters, such as 'US'.",
                "country"
            );
        }

        var payee = await OpenAsync(
            new Payee
            {
                Owner = owner,
                Generation = 1,
                Country = country ?? options.Payouts.Country,
                App = app,
                Website = website,
                Email = (await people.FindAsync(owner, ct))?.Email,
            }
        );
        if (payee.Account is not null)
        {
            return payee;
        }

        // An account that was rejected is not helped by another one.
        if (payee.IsRejected)
        {
            return new Denial.Forbidden(
                "The payment provider has rejected your account; ask whoever runs this gateway."
            );
        }

        var made = await client.CreatePayeeAsync(
            new NewPayee
            {
                Key = Key(payee),
                Owner = owner.Value,
                App = payee.App,
                Country = payee.Country,
                IsAbroad = payee.Country != options.Payouts.Country,
                Email = payee.Email,
                Website = payee.Website,
            },
            ct
        );
        return made switch
        {
            StripeAnswer<StripePayee>.Done(var found) => await KeepAsync(payee, found),
            StripeAnswer<StripePayee>.Refused(var error) => new Denial.InvalidRequest(
                error.Message ?? "The payment provider does not open an account there.",
                "country"
            ),
            _ => new Denial.PaymentsUnavailable(s_askedSoon),
        };
    }

    /// <summary>Reads the account at the provider and keeps what it says. What the row said before
    /// decides nothing.</summary>
    public async Task<PayeeReadiness> JudgeAsync(UserId owner, CancellationToken ct) =>
        await FindAsync(owner, ct) is not { Account: { } account } ? PayeeReadiness.None
        : await LookAsync(account, eventId: null, ct) is not Look.Settled ? PayeeReadiness.Unknown
        : await FindAsync(owner, ct) is not { Account: not null } payee ? PayeeReadiness.None
        : payee.IsComplete ? PayeeReadiness.Complete
        : PayeeReadiness.Incomplete;

    /// <summary>For an event about an account, a return from the form, and the daily look.</summary>
    public async Task<Look> LookAsync(string account, string? eventId, CancellationToken ct)
    {
        Payee? payee;
        await using (var connection = await database.OpenAsync(ct))
        {
            payee = Payee.FindByAccount(connection, account);
        }

        if (payee is null)
        {
            // One that has left us may still tell of itself.
            return await WasOursAsync(account, eventId, ct) ? Look.Settled : Look.NotOurs;
        }

        var answer = await client.GetPayeeAsync(account, ct);
        switch (answer)
        {
            case StripeAnswer<StripePayee>.Done(var found):
                await database.WriteAsync(c => Apply(c, payee.Owner, account, found, eventId));
                return Look.Settled;
            case StripeAnswer<StripePayee>.Refused({ Code: "account_invalid" } or { Status: 404 }):
                await database.WriteAsync(c => Detach(c, payee.Owner, account, eventId));
                return Look.Settled;
            default:
                return Look.Unreachable;
        }
    }

    /// <summary>What no event told us: each account is read once a day.</summary>
    public async Task SweepAsync(CancellationToken ct)
    {
        List<Payee> due;
        await using (var connection = await database.OpenAsync(ct))
        {
            due = Payee.Due(connection, time.Now());
        }

        foreach (var payee in due)
        {
            if (await LookAsync(payee.Account!, eventId: null, ct) is Look.Unreachable)
            {
                await database.WriteAsync(c => Later(c, payee.Owner));
            }
            else if (payee.WasComplete)
            {
                await atBank.SweepAsync(payee.Account!, payee.Owner, ct);
            }
        }
    }

    public static UserId? OwnerOf(DbConnection connection, string account) =>
        connection.QueryOne<UserId?>(
            "SELECT owner FROM payee_account WHERE account = @account",
            row => new UserId(row.GetString(0)),
            ("account", account)
        );

    private static string Key(Payee payee) =>
        payee.Generation == 1
            ? $"acct:{payee.Owner}"
            : FormattableString.Invariant($"acct:{payee.Owner}:{payee.Generation}");

    // The row is there before the call, and with it the key: asked twice there is one account.
    private Task<Payee> OpenAsync(Payee wish) =>
        database.WriteAsync(connection =>
        {
            connection.Execute(
                """
                INSERT INTO payee(owner, generation, country, app, website, email, created_at)
                VALUES(@owner, 1, @country, @app, @website, @email, @now)
                ON CONFLICT(owner) DO NOTHING
                """,
                ("owner", wish.Owner.Value),
                ("country", wish.Country),
                ("app", wish.App),
                ("website", wish.Website),
                ("email", wish.Email),
                ("now", time.Now())
            );
            return Payee.Lock(connection, wish.Owner)!;
        });

    private Task<Payee> KeepAsync(Payee asked, StripePayee found) =>
        database.WriteAsync(connection =>
        {
            var payee = Payee.Lock(connection, asked.Owner)!;
            if (payee.Account is not null || payee.Generation != asked.Generation)
            {
                return payee;
            }

            connection.Execute(
                """
                INSERT INTO payee_account(account, owner, at) VALUES(@account, @owner, @now)
                ON CONFLICT(account) DO NOTHING
                """,
                ("account", found.Id),
                ("owner", payee.Owner.Value),
                ("now", time.Now())
            );
            var kept = (payee with { Account = found.Id, IsDetached = false }).With(
                found,
                time.GetUtcNow()
            );
            kept.Save(connection, time.In(ReadAgain));
            return kept;
        });

    private bool Apply(
        DbConnection connection,
        UserId owner,
        string account,
        StripePayee found,
        string? eventId
    )
    {
        inbox.Done(connection, eventId);
        if (Payee.Lock(connection, owner) is not { } before || before.Account != account)
        {
            return false;
        }

        var after = before.With(found, time.GetUtcNow());
        after.Save(connection, time.In(ReadAgain));
        if (after.IsRejected != before.IsRejected)
        {
            Rejected?.Invoke(connection, owner, after.IsRejected);
        }

        if (after.IsRejected && !before.IsRejected)
        {
            findings.Write(
                connection,
                Findings.PayeeRejected,
                account,
                $"{after.DisabledReason}: nobody new can connect the apps of {owner}; decide on "
                    + "those that are connected"
            );
        }

        if (before.IsComplete && !after.IsComplete)
        {
            TellHeld(connection, after);
        }
        else if (!before.IsComplete && after.IsComplete)
        {
            Payouts.Wake(connection, owner, time.Now());
        }

        return true;
    }

    private bool Detach(DbConnection connection, UserId owner, string account, string? eventId)
    {
        inbox.Done(connection, eventId);
        if (Payee.Lock(connection, owner) is not { } payee || payee.Account != account)
        {
            return false;
        }

        var left = payee with
        {
            Account = null,
            Generation = payee.Generation + 1,
            IsDetached = true,
            IsComplete = false,
            DetailsSubmitted = false,
            IsVerifying = false,
            Needs = [],
            NeedsBy = null,
        };
        left.Save(connection, nextAt: null);
        TellHeld(connection, payee);
        // What waits to be sent there looks again now, and finds that it has nowhere to go.
        Payouts.Wake(connection, owner, time.Now());
        return true;
    }

    private void TellHeld(DbConnection connection, Payee payee) =>
        mails.Write(
            connection,
            new PaymentMail(
                FormattableString.Invariant($"{PayoutMailKinds.Held}:{payee.Account}:{time.Now()}"),
                default,
                PayoutMailKinds.Held,
                null,
                null
            )
            {
                Person = payee.Owner,
            }
        );

    private Task<bool> WasOursAsync(string account, string? eventId, CancellationToken ct) =>
        database.WriteAsync(connection =>
        {
            var isOurs = OwnerOf(connection, account) is not null;
            return isOurs && (inbox.Done(connection, eventId) || isOurs);
        });

    private bool Later(DbConnection connection, UserId owner) =>
        connection.Execute(
            "UPDATE payee SET next_at = @next WHERE owner = @owner",
            ("next", time.In(TimeSpan.FromHours(1))),
            ("owner", owner.Value)
        ) == 1;
}
