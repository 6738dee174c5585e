namespace Arda.Gateway.Accounts;

/// <summary>A mail to one person, as plain text and as simple HTML that says the same.</summary>
public sealed record Mail(string To, string Subject, string Text, string Html);

/// <summary>Takes a mail to its reader. Completing means handed over, not read.</summary>
internal interface IMailRoute
{
    Task SendAsync(Mail mail, CancellationToken ct);
}
