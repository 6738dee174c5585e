using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>How payments stand, for the operator.</summary>
public sealed record PaymentHealthReading
{
    /// <summary>stripe, simulated or none.</summary>
    public required string Provider { get; init; }

    public required bool IsLive { get; init; }

    /// <summary>False while the provider refuses our secret key; no call is made then.</summary>
    public required bool IsKeyAccepted { get; init; }

    /// <summary>With a clock that is off, every signature of an event looks too old or too
    /// new.</summary>
    public required bool IsClockRight { get; init; }

    /// <summary>How far our clock is ahead of the provider's.</summary>
    public required TimeSpan ClockSkew { get; init; }

    /// <summary>What a person must look at, the newest first.</summary>
    public required IReadOnlyList<PaymentFinding> Findings { get; init; }

    public bool IsWell => IsKeyAccepted && IsClockRight && Findings.Count == 0;
}

/// <summary>What this node knows of the provider, and what all nodes have written down for the
/// operator.</summary>
internal sealed class PaymentHealth(
    PaymentsOptions options,
    StripeHealth provider,
    Findings findings,
    Database database
)
{
    public async Task<PaymentHealthReading> ReadAsync(CancellationToken ct) =>
        new()
        {
            Provider = options.Provider.ToString().ToLowerInvariant(),
            IsLive = options.IsLive,
            IsKeyAccepted = !provider.IsResting,
            IsClockRight = provider.IsClockRight,
            ClockSkew = provider.ClockSkew,
            Findings = await findings.ListOpenAsync(ct),
        };

    /// <summary>Somebody has dealt with it.</summary>
    /// <returns>False when there is no such open finding.</returns>
    public Task<bool> CloseAsync(string finding) =>
        database.WriteAsync(connection =>
            connection.Execute(
                """
                UPDATE payment_finding SET closed_at = @now WHERE id = @id AND closed_at IS NULL
                """,
                ("now", database.Now(connection)),
                ("id", finding)
            ) == 1
        );
}
