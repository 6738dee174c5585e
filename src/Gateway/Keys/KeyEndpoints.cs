using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Keys;

/// <summary>What a program can do to the key it holds.</summary>
public static class KeyEndpoints
{
    private static readonly TimeSpan s_storeRetryAfter = TimeSpan.FromSeconds(5);

    public static void MapKeys(this IEndpointRouteBuilder app)
    {
        var keys = app.ServiceProvider.GetRequiredService<ApiKeys>();
        app.MapPost("/v1/keys/self/revoke", http => RevokeSelfAsync(http, keys));
    }

    // Needs no scope and no right to spend: whoever holds a key may always put an end to it.
    private static async Task RevokeSelfAsync(HttpContext http, ApiKeys keys)
    {
        var known = await keys.AuthenticateAsync(
            PresentedKey.Of(http.Request),
            http.RequestAborted
        );
        if (known.Denied(out var denial, out var caller))
        {
            await Errors.WriteAsync(http, denial, WireFormat.OpenAiChat);
            return;
        }

        RequestFacts.Of(http).App = caller.App;
        try
        {
            await keys.RevokeAsync(caller.Key, RevokeReason.Holder, http.RequestAborted);
        }
        catch (StoreUnavailableException)
        {
            // Never "done" when it may not be: a leaked key would go on spending.
            var unavailable = new Denial.LedgerUnavailable(s_storeRetryAfter);
            await Errors.WriteAsync(http, unavailable, WireFormat.OpenAiChat);
            return;
        }

        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}
