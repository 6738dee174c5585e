using System.Data.Common;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Accounts;

/// <summary>Lets only the operator's token through. Put it on the group of the operator's API.</summary>
public sealed class OperatorOnly(OperatorTokens tokens) : IEndpointFilter
{
    private const string Scheme = "Bearer ";

    private static readonly Denial s_denied = new Denial.InvalidKey(
        "This address is the operator's; send the operator's token as 'Authorization: Bearer "
            + "gw_op_…'."
    );

    public async ValueTask<object?> InvokeAsync(
        EndpointFilterInvocationContext context,
        EndpointFilterDelegate next
    )
    {
        var http = context.HttpContext;
        if (await DenialForAsync(http) is { } denial)
        {
            await Errors.WriteForPathAsync(http, denial);
            return Results.Empty;
        }

        return await next(context);
    }

    private async ValueTask<Denial?> DenialForAsync(HttpContext http)
    {
        if (
            http.Request.Headers.Authorization is not [{ } value]
            || !value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        )
        {
            return s_denied;
        }

        try
        {
            var presented = value.AsMemory(Scheme.Length).Trim();
            return await tokens.VerifyAsync(presented, http.RequestAborted) ? null : s_denied;
        }
        catch (Exception failure) when (failure is StoreUnavailableException or DbException)
        {
            return new Denial.LedgerUnavailable(TimeSpan.FromSeconds(5));
        }
    }
}
