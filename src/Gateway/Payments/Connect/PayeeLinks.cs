using Arda.Gateway.Kernel;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments.Connect;

/// <summary>
/// Links into the provider's own pages. Each is used once and lives for minutes, so it is made when
/// its owner asks, handed to nobody else and never mailed.
/// </summary>
internal sealed class PayeeLinks(
    Database database,
    StripeClient client,
    PaymentsOptions options,
    TimeProvider time
)
{
    /// <summary>Makes another link and goes on to it; only with the owner's session.</summary>
    public const string RefreshPath = "/developers/payouts/onboarding";

    /// <summary>Where the form ends, finished or not.</summary>
    public const string ReturnPath = "/developers/payouts/return";

    private static readonly TimeSpan s_askedSoon = TimeSpan.FromSeconds(5);

    /// <summary>To the form in which the owner says who they are and where money goes.</summary>
    public async Task<Outcome<string>> OnboardingAsync(Payee payee, CancellationToken ct)
    {
        if (payee.Account is not { } account)
        {
            return new Denial.NotFound("account for payouts");
        }

        var key = await NewKeyAsync(payee.Owner, "onboarding");
        return Read(
            await client.PayeeLinkAsync(
                key,
                account,
                options.PublicUrl + RefreshPath,
                options.PublicUrl + ReturnPath,
                ct
            )
        );
    }

    /// <summary>To the owner's view of balance and bank at the provider.</summary>
    public async Task<Outcome<string>> DashboardAsync(Payee payee, CancellationToken ct)
    {
        if (payee is not { Account: { } account, DetailsSubmitted: true })
        {
            return new Denial.InvalidRequest("Finish the form for payouts first.");
        }

        var key = await NewKeyAsync(payee.Owner, "dashboard");
        return Read(await client.PayeeDashboardLinkAsync(key, account, ct));
    }

    private static Outcome<string> Read(StripeAnswer<string> answer) =>
        answer switch
        {
            StripeAnswer<string>.Done({ Length: > 0 } url) => url,
            StripeAnswer<string>.Refused(var error) => new Denial.InvalidRequest(
                error.Message ?? "The payment provider makes no link for this account."
            ),
            _ => new Denial.PaymentsUnavailable(s_askedSoon),
        };

    private Task<string> NewKeyAsync(UserId owner, string kind) =>
        database.WriteAsync(connection =>
        {
            var id = Ids.Make("plk_");
            connection.Execute(
                """
                INSERT INTO payee_link(id, owner, kind, at) VALUES(@id, @owner, @kind, @now)
                """,
                ("id", id),
                ("owner", owner.Value),
                ("kind", kind),
                ("now", time.Now())
            );
            return "link:" + id;
        });
}
