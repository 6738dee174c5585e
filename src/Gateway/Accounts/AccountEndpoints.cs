using Arda.Gateway.Http;

namespace Arda.Gateway.Accounts;

/// <summary>What scripts call; the pages of people are the rooms' above.</summary>
public static class AccountEndpoints
{
    public static void MapAccounts(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/admin/invitations", InviteAsync).AddEndpointFilter<OperatorOnly>();
        if (routes.ServiceProvider.GetService<DevMailbox>() is { } mailbox)
        {
            routes.MapGet("/dev/mailbox.json", (HttpContext http) => Show(http, mailbox));
        }
    }

    private static IResult Show(HttpContext http, DevMailbox mailbox)
    {
        http.Response.Headers.CacheControl = "no-store";
        return Results.Json(mailbox.Mails, s_json);
    }

    /// <summary>A new link in the place of one that was lost or ran out.</summary>
    private static async Task<IResult> InviteAsync(
        HttpContext http,
        Invitations invitations,
        EdgeOptions edge
    )
    {
        var made = await invitations.MakeAsync();
        http.Response.Headers.CacheControl = "no-store";
        return Results.Json(
            new InvitationLink(edge.PublicUrl + made.Path, made.ExpiresAt),
            s_json,
            statusCode: StatusCodes.Status201Created
        );
    }

    private static readonly System.Text.Json.JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = System.Text.Json.JsonNamingPolicy.SnakeCaseLower,
    };

    private sealed record InvitationLink(string Url, DateTimeOffset ExpiresAt);
}
