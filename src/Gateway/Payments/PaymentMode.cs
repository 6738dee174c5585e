using Arda.Gateway.Http;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>
/// Which money this store holds. It is written down at the first start with payments, and a start
/// with another kind of money is refused as long as there are payments of the first.
/// </summary>
internal sealed class PaymentMode(Database database, PaymentsOptions options)
{
    private sealed record Kind(string Provider, bool Livemode, string Currency);

    /// <exception cref="ConfigurationException">The store holds money of another kind.</exception>
    public async Task CheckAsync()
    {
        if (!options.IsOn)
        {
            return;
        }

        var kind = new Kind(
            options.Provider.ToString().ToLowerInvariant(),
            options.IsLive,
            options.Currency
        );
        var found = await database.WriteAsync(connection =>
        {
            connection.LockNamed("payment-mode", shared: false);
            var before = connection.QueryOne(
                "SELECT provider, livemode, currency FROM payment_mode",
                row => new Kind(row.GetString(0), row.GetInt64(1) == 1, row.GetString(2))
            );
            var isFresh =
                connection.QueryOne(
                    """
                    SELECT (SELECT COUNT(*) FROM topup) + (SELECT COUNT(*) FROM payment_customer)
                        + (SELECT COUNT(*) FROM payee)
                    """,
                    row => row.GetInt64(0)
                ) == 0;
            if (before is not null && before != kind && !isFresh)
            {
                return before;
            }

            connection.Execute(
                """
                INSERT INTO payment_mode(id, provider, livemode, currency, at)
                VALUES(1, @provider, @livemode, @currency, @at)
                ON CONFLICT(id) DO UPDATE SET provider = excluded.provider,
                    livemode = excluded.livemode, currency = excluded.currency
                """,
                ("provider", kind.Provider),
                ("livemode", kind.Livemode),
                ("currency", kind.Currency),
                ("at", database.Now(connection))
            );
            return kind;
        });
        if (found != kind)
        {
            throw new ConfigurationException(
                "Payments:Provider",
                Describe(kind),
                $"what this store was begun with ({Describe(found)}), or start with a fresh store: "
                    + "its customers and payments are unknown to the other side"
            );
        }
    }

    private static string Describe(Kind kind) =>
        $"{kind.Provider} {(kind.Livemode ? "live" : "test")} {kind.Currency}";
}
