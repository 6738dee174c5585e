using Arda.Gateway.Kernel;

namespace Arda.Gateway.Ledger.Core;

/// <summary>
/// One row of the charge journal as the node decided it. The store may still change how it is
/// paid, when the lease that it was taken from is gone.
/// </summary>
internal sealed record ChargeRow
{
    public required string Id { get; init; }

    public required int Seq { get; init; }

    public required Payer Payer { get; init; }

    public required int Month { get; init; }

    public required string LeaseId { get; init; }

    /// <summary>What this row adds to the request's cost. All negative in a correction.</summary>
    public required ChargeParts Parts { get; init; }

    /// <summary>What the user pays of it. A correction leaves that to the store.</summary>
    public required Funds Split { get; init; }

    /// <summary>What the operator takes over.</summary>
    public NanoUsd Absorbed => Parts.Total - Split.Total;

    /// <summary>Why the operator takes something over; names its sub-account.</summary>
    public required string AbsorbedReason { get; init; }

    public required NanoUsd Cogs { get; init; }

    public required ChargeFacts Facts { get; init; }

    /// <summary>Written by whoever settles, so that the one writer does not have to.</summary>
    public required string UsageJson { get; init; }

    public required NanoUsd HoldAmount { get; init; }

    public required long StartedAtUnixMs { get; init; }

    /// <summary>Takes back what progress rows booked.</summary>
    public bool IsCorrection { get; init; }

    public IEnumerable<(AllowanceKey Key, NanoUsd? Cap)> Limits()
    {
        yield return (new(AllowanceScope.Key, Payer.Key.Value, Month), Payer.KeyMonthlyLimit);
        if (Payer.Connection is { } connection)
        {
            yield return (
                new(AllowanceScope.Connection, connection.Value, Month),
                Payer.ConnectionMonthlyLimit
            );
        }
    }
}

/// <summary>Rows that belong in one transaction, and the hold that they came from.</summary>
internal sealed record Settlement(HeldFunds Hold, IReadOnlyList<ChargeRow> Rows, bool IsFinal);

/// <summary>How the store booked a row.</summary>
/// <param name="Charged">What the user paid; negative where a correction gave something back.</param>
/// <param name="IsLate">Its lease was gone: paid from what was available, the rest absorbed.</param>
/// <param name="Differs">The same row is in the journal with another amount.</param>
internal readonly record struct BookedRow(Funds Charged, bool IsLate, bool Differs);
