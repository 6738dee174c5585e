using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger.Core;

namespace Arda.Gateway.Tests.Simulation;

/// <summary>What kind of day a seed has. Extremes are as likely as the usual.</summary>
internal sealed record Knobs
{
    public required LeasePolicy Policy { get; init; }

    public required int Nodes { get; init; }

    public required int Projects { get; init; }

    /// <summary>Settlements in one flush.</summary>
    public required int BatchMax { get; init; }

    public required int DelayMaxMs { get; init; }

    public required int ArrivalEveryMs { get; init; }

    /// <summary>The largest hold, at the provider's price.</summary>
    public required long HoldMax { get; init; }

    public required long CreditMax { get; init; }

    public required int ProgressPerMille { get; init; }

    public required int ExtendPerMille { get; init; }

    public required int LiePerMille { get; init; }

    public required int PoisonPerMille { get; init; }

    public required int LostPerMille { get; init; }

    public required int ChaosEveryMs { get; init; }

    public required int CreditEveryMs { get; init; }

    public required bool HasLimits { get; init; }

    public required bool HasPromo { get; init; }

    public bool HasFailover { get; init; }

    public static Knobs Of(Dice dice)
    {
        var isEmbedded = dice.OneIn(6);
        var isTiny = dice.OneIn(3);
        return new()
        {
            Policy = isEmbedded ? LeasePolicy.Embedded : Shared(dice),
            Nodes = isEmbedded ? 1 : (int)dice.Between(1, 3),
            Projects = (int)dice.Between(1, 2),
            BatchMax = dice.Any([1, 2, 7, 1_000]),
            DelayMaxMs = dice.Any([2, 50, 400, 3_000]),
            ArrivalEveryMs = dice.Any([60, 200, 900]),
            HoldMax = isTiny ? dice.Any([9L, 500, 100_000]) : dice.Any([20_000_000, 900_000_000L]),
            CreditMax = isTiny ? 3_000_000 : dice.Any([60_000_000L, 6_000_000_000]),
            ProgressPerMille = dice.Any([0, 200, 800]),
            ExtendPerMille = dice.Any([0, 150, 600]),
            LiePerMille = dice.Any([0, 60, 300]),
            PoisonPerMille = dice.Any([0, 15, 100]),
            LostPerMille = dice.Any([0, 40, 200]),
            ChaosEveryMs = dice.Any([3_000, 15_000, 90_000]),
            CreditEveryMs = dice.Any([700, 3_000, 12_000]),
            HasLimits = dice.OneIn(2),
            HasPromo = !dice.OneIn(3),
            HasFailover = dice.OneIn(4),
        };
    }

    private static LeasePolicy Shared(Dice dice)
    {
        var grant = TimeSpan.FromSeconds(dice.Any([2, 10, 60]));
        return new()
        {
            GrantTime = grant,
            HardTime = dice.OneIn(4) ? grant : grant * dice.Between(2, 12),
            IdleTime = TimeSpan.FromSeconds(dice.Any([1, 5])),
            // Leases of exactly one hold, or always some ahead.
            ExactBelow = dice.Any<NanoUsd>([
                default,
                new(2 * NanoUsd.PerUsd),
                new(long.MaxValue / 4),
            ]),
        };
    }
}
