using Arda.Gateway.Accounts;

namespace Arda.Gateway.Pages.Mailbox;

/// <summary>The mails of a gateway on one's own machine, for people; absent wherever the mailbox
/// itself is.</summary>
internal static class MailboxEndpoints
{
    public static void MapMailbox(this IEndpointRouteBuilder routes)
    {
        if (routes.ServiceProvider.GetService<DevMailbox>() is { } mailbox)
        {
            routes.MapPage("/dev/mailbox", _ => Task.FromResult(Show(mailbox)));
        }
    }

    private static IResult Show(DevMailbox mailbox) =>
        Page.Of<MailboxPage, MailboxModel>(
            new MailboxModel([
                .. mailbox.Mails.Select(mail => new MailLine(
                    mail.To,
                    mail.Subject,
                    mail.Text,
                    mail.At
                )),
            ])
        );
}
