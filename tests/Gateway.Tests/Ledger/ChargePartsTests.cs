using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;

namespace Arda.Gateway.Tests.Ledger;

/// <summary>The arithmetic of a charge, over seeded random figures.</summary>
public sealed class ChargePartsTests
{
    private const int Runs = 20_000;

    [Fact]
    public void Parts_always_add_up_and_the_earning_never_exceeds_the_markup()
    {
        var random = new Seeded(1);
        for (var i = 0; i < Runs; i++)
        {
            var (basePrice, gateway, reseller) = Figures(random);
            var parts = ChargeParts.Of(basePrice, gateway, reseller);

            Assert.Equal(parts.Total, parts.Base + parts.GatewayMarkup + parts.ResellerMarkup);
            Assert.Equal(parts.List.MarkupFloor(reseller), parts.ResellerMarkup);
            var paid = new NanoUsd(random.Up(parts.Total.Value));
            var earned = parts.EarnedOf(paid);
            Assert.InRange(earned.Value, 0, parts.ResellerMarkup.Value);
            Assert.Equal(parts.ResellerMarkup, parts.EarnedOf(parts.Total));
        }
    }

    [Fact]
    public void The_largest_base_within_a_total_is_exact()
    {
        var random = new Seeded(2);
        for (var i = 0; i < Runs; i++)
        {
            var (total, gateway, reseller) = Figures(random);
            var largest = ChargeParts.LargestBaseWithin(total, gateway, reseller);

            Assert.True(ChargeParts.Of(largest, gateway, reseller).Total <= total);
            var next = largest + new NanoUsd(1);
            Assert.True(ChargeParts.Of(next, gateway, reseller).Total > total);
        }

        Assert.Equal(NanoUsd.Zero, ChargeParts.LargestBaseWithin(new(-5), 100, 100));
        Assert.Equal(
            new NanoUsd(long.MaxValue),
            ChargeParts.LargestBaseWithin(new(long.MaxValue), 0, 0)
        );
    }

    [Fact]
    public void More_never_costs_less_and_splitting_never_earns_more()
    {
        var random = new Seeded(3);
        for (var i = 0; i < Runs; i++)
        {
            var (basePrice, gateway, reseller) = Figures(random);
            var whole = ChargeParts.Of(basePrice, gateway, reseller);
            var more = ChargeParts.Of(basePrice + new NanoUsd(1), gateway, reseller);
            Assert.True(more.Total > whole.Total);

            var cut = new NanoUsd(random.Up(basePrice.Value));
            var first = ChargeParts.Of(cut, gateway, reseller);
            var second = ChargeParts.Of(basePrice - cut, gateway, reseller);
            var gained = first.ResellerMarkup + second.ResellerMarkup - whole.ResellerMarkup;
            Assert.True(gained.Value <= 1);
        }
    }

    [Fact]
    public void What_is_charged_of_a_total_adds_up_to_the_nano()
    {
        var random = new Seeded(4);
        for (var i = 0; i < Runs; i++)
        {
            var (basePrice, gateway, reseller) = Figures(random);
            var parts = ChargeParts.Of(basePrice, gateway, reseller);
            var charged = new NanoUsd(random.Up(parts.Total.Value));
            var shown = parts.Charged(charged);

            Assert.Equal(charged, shown.Total);
            Assert.True(shown.Base >= NanoUsd.Zero && shown.Base <= parts.Base);
        }
    }

    private static (NanoUsd Base, int Gateway, int Reseller) Figures(Seeded random) =>
        (new(random.Up(1L << (int)random.Up(45))), (int)random.Up(10_000), (int)random.Up(10_000));
}

/// <summary>SplitMix64: the same figures for the same seed, on every machine.</summary>
internal sealed class Seeded(ulong seed)
{
    private ulong _state = seed;

    /// <summary>From 0 up to and including <paramref name="max"/>.</summary>
    public long Up(long max) => (long)(Next() % ((ulong)max + 1));

    public bool OneIn(long n) => Up(n - 1) == 0;

    private ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
