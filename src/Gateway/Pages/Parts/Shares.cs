using Arda.Gateway.Kernel;

namespace Arda.Gateway.Pages.Parts;

public static class Shares
{
    /// <summary>How much of a limit is used up; a limit of nothing is used up.</summary>
    public static decimal Of(NanoUsd spent, NanoUsd limit) =>
        limit.Value <= 0 ? 1 : (decimal)spent.Value / limit.Value;
}
