using Arda.Gateway.Http;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Pages.Parts;

/// <summary>The form of a monthly limit, wherever one is set.</summary>
internal static class LimitForm
{
    public const string Field = "monthly_limit";

    /// <param name="form">As it was posted.</param>
    /// <param name="set">Takes the limit; null is none.</param>
    /// <param name="again">Shows the page with what was typed and what is wrong with it.</param>
    public static Task<IResult> TakeAsync(
        StrictForm form,
        Func<NanoUsd?, Task<IResult>> set,
        Func<string?, string, Task<IResult>> again
    )
    {
        var typed = form[Field];
        return MoneyField.Read(typed).Denied(out var denial, out var limit)
            ? again(typed, ((Denial.InvalidRequest)denial).Message)
            : set(limit.Amount);
    }

    /// <summary>What stands in the field: the limit, or again what was typed wrongly.</summary>
    public static string? Shown(NanoUsd? limit, string? typed, string? error) =>
        error is not null ? typed
        : limit is { } amount ? MoneyText.Typed(amount)
        : null;

    public static int StatusOf(string? error) =>
        error is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity;
}
