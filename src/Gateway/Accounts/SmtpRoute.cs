using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Arda.Gateway.Accounts;

/// <summary>Hands mails to the operator's mail server, one connection each: mails are few.</summary>
internal sealed class SmtpRoute(SmtpOptions options) : IMailRoute
{
    private const int TimeoutMs = 20_000;

    public async Task SendAsync(Mail mail, CancellationToken ct)
    {
        using var message = MessageOf(mail);
        using var client = new SmtpClient { Timeout = TimeoutMs };
        await client.ConnectAsync(options.Host, options.Port, Security(), ct);
        if (options.User is { Length: > 0 } user)
        {
            await client.AuthenticateAsync(user, options.Password ?? "", ct);
        }

        await client.SendAsync(message, ct);
        await client.DisconnectAsync(quit: true, ct);
    }

    private SecureSocketOptions Security() =>
        options.Security switch
        {
            SmtpSecurity.Tls => SecureSocketOptions.SslOnConnect,
            SmtpSecurity.None => SecureSocketOptions.None,
            // Not "when available": whoever stands between could take the offer out.
            _ => SecureSocketOptions.StartTls,
        };

    private MimeMessage MessageOf(Mail mail)
    {
        var message = new MimeMessage { Subject = mail.Subject };
        message.From.Add(options.From);
        message.To.Add(new MailboxAddress("", mail.To));
        // Nobody's holiday notice should answer a sign-in code.
        message.Headers.Add("Auto-Submitted", "auto-generated");
        message.Body = new BodyBuilder
        {
            TextBody = mail.Text,
            HtmlBody = mail.Html,
        }.ToMessageBody();
        return message;
    }
}

/// <summary>A public address and no mail server: nobody can sign in by a code, and the log says so.</summary>
internal sealed class NoMail : IMailRoute
{
    public Task SendAsync(Mail mail, CancellationToken ct) =>
        throw new InvalidOperationException(
            "no mail server is configured; set Mail:Smtp:Host and Mail:From"
        );
}
