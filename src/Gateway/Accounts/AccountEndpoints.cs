namespace Arda.Gateway.Accounts;

/// <summary>The mailbox of a machine of one's own, for scripts; its page is the rooms' above.</summary>
public static class AccountEndpoints
{
    public static void MapAccounts(this IEndpointRouteBuilder routes)
    {
        if (routes.ServiceProvider.GetService<DevMailbox>() is { } mailbox)
        {
            routes.MapGet("/dev/mailbox.json", () => Results.Json(mailbox.Mails));
        }
    }
}
