namespace Arda.Gateway.Pages.Mailbox;

public sealed record MailLine(string To, string Subject, string Text, DateTimeOffset SentAt);

public sealed record MailboxModel(IReadOnlyList<MailLine> Mails);
