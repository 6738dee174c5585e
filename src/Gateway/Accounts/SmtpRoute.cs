using System.Net;
using System.Net.Mail;
using System.Net.Mime;
using Arda.Gateway.Http;

namespace Arda.Gateway.Accounts;

/// <summary>The operator's mail server.</summary>
internal sealed record SmtpOptions
{
    public required string Host { get; init; }

    public int Port { get; init; } = 587;

    /// <summary>STARTTLS; only a server on this machine may go without.</summary>
    public bool Tls { get; init; } = true;

    public string? User { get; init; }

    public string? Password { get; init; }

    public required string From { get; init; }

    /// <summary>Null when no host is named: then no mail is sent.</summary>
    public static SmtpOptions? Read(IConfiguration configuration)
    {
        var section = configuration.GetSection("Mail:Smtp");
        if (section["Host"] is not { Length: > 0 } host)
        {
            return null;
        }

        var from = configuration["Mail:From"];
        return MailAddress.TryCreate(from, out _)
            ? new SmtpOptions
            {
                Host = host,
                Port = section.GetValue("Port", 587),
                Tls = section.GetValue("Tls", true),
                User = section["User"],
                Password = section["PasswordFile"] is { Length: > 0 } file
                    ? File.ReadAllText(file).Trim()
                    : null,
                From = from!,
            }
            : throw new ConfigurationException(
                "Mail:From",
                from ?? "",
                "the address that mails come from, such as 'Arda <no-reply@example.com>'"
            );
    }
}

internal sealed class SmtpRoute(SmtpOptions options) : IMailRoute
{
    public async Task SendAsync(Mail mail, CancellationToken ct)
    {
        using var client = new SmtpClient(options.Host, options.Port)
        {
            EnableSsl = options.Tls,
            Credentials = options.User is { } user
                ? new NetworkCredential(user, options.Password)
                : null,
        };
        using var message = new MailMessage(options.From, mail.To, mail.Subject, mail.Text);
        message.AlternateViews.Add(
            AlternateView.CreateAlternateViewFromString(mail.Html, null, MediaTypeNames.Text.Html)
        );
        await client.SendMailAsync(message, ct);
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
