using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Payments;

/// <summary>Tests of payments run on both stores and with both providers.</summary>
public abstract class PaymentTests
{
    public static TheoryData<StoreKind, OtherSide> All => PaymentsRig.All;

    /// <summary>The same for each of these.</summary>
    protected static TheoryData<StoreKind, OtherSide, T> AllWith<T>(params T[] cases)
    {
        TheoryData<StoreKind, OtherSide, T> all = [];
        foreach (var side in All)
        {
            foreach (var one in cases)
            {
                all.Add(side.Data.Item1, side.Data.Item2, one);
            }
        }

        return all;
    }
}
