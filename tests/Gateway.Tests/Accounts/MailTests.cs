using System.Text;
using Arda.Gateway.Accounts;
using Arda.Gateway.Http;
using Arda.Gateway.Tests.Providers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MimeKit;

namespace Arda.Gateway.Tests.Accounts;

/// <summary>Mails on their way out, to a mail server that really listens.</summary>
public sealed class MailTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mail_reaches_the_server_as_text_and_as_html_that_say_the_same()
    {
        await using var server = new SmtpListener { TakesPasswords = true };
        var mailer = MailerTo(server, ("User", "arda"), ("Password", "p w"));

        Assert.True(await mailer.DeliverAsync(Mails.SignInCode("ada@example.com", "12345678")));

        var visit = await server.NextAsync(0, Ct);
        var credentials = Convert.ToBase64String(Encoding.ASCII.GetBytes("\0arda\0p w"));
        Assert.Contains("AUTH PLAIN " + credentials, visit.Commands);
        Assert.Contains("MAIL FROM:<no-reply@example.com>", visit.Commands[2]);
        Assert.Contains("RCPT TO:<ada@example.com>", visit.Commands);
        using var message = await MimeMessage.LoadAsync(
            new MemoryStream(Encoding.Latin1.GetBytes(visit.Data!)),
            Ct
        );
        Assert.Equal("Your sign-in code", message.Subject);
        var from = message.From.Mailboxes.Single();
        Assert.Equal(("Arda", "no-reply@example.com"), (from.Name, from.Address));
        Assert.Equal("auto-generated", message.Headers["Auto-Submitted"]);
        Assert.Contains("1234 5678", message.TextBody);
        Assert.Contains("<p>Your code is 1234 5678</p>", message.HtmlBody);
    }

    [Fact]
    public async Task A_server_without_tls_gets_no_mail()
    {
        await using var server = new SmtpListener();
        var mailer = MailerTo(server, ("Security", "starttls"));

        Assert.False(await mailer.DeliverAsync(Mails.SignInCode("ada@example.com", "12345678")));

        Assert.All(server.Visits, visit => Assert.Null(visit.Data));
    }

    [Fact]
    public async Task A_mail_that_failed_is_sent_again()
    {
        await using var server = new SmtpListener { Drops = 1 };

        MailerTo(server).Post(Mails.SignInCode("ada@example.com", "12345678"));

        var visit = await server.NextAsync(0, Ct);
        Assert.Contains("1234 5678", visit.Data);
    }

    // LG01: the log says that a mail was lost, and not what was in it.
    [Fact]
    public async Task No_log_says_what_was_in_a_mail_that_is_given_up()
    {
        await using var server = new SmtpListener { Drops = int.MaxValue };
        using var log = new LogLines();
        using var logs = LoggerFactory.Create(logging => logging.AddProvider(log));
        var mailer = MailerTo(server, logs.CreateLogger<Mailer>());

        Assert.False(await mailer.DeliverAsync(Mails.SignInCode("ada@example.com", "12345678")));

        Assert.Contains("A mail 'Your sign-in code' was not sent", log.Text);
        Assert.DoesNotContain("5678", log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_is_a_link_and_nothing_else_of_a_mail_is_markup()
    {
        var mail = Mails.AddressIsChanging(
            "a@example.com",
            "<script>@example.com",
            "https://gateway.example.com/account/email/revert/gw_ml_x"
        );
        Assert.DoesNotContain("<script>", mail.Html, StringComparison.Ordinal);
        Assert.Contains(
            "<a href=\"https://gateway.example.com/account/email/revert/gw_ml_x\">",
            mail.Html,
            StringComparison.Ordinal
        );
    }

    // The terminal is the one place that shows a code, and not by way of the log.
    [Fact]
    public async Task The_mailbox_of_this_machine_writes_mails_to_the_terminal_and_keeps_the_latest()
    {
        using var terminal = new StringWriter();
        var mailbox = new DevMailbox(TimeProvider.System, terminal);
        for (var i = 0; i < 250; i++)
        {
            await mailbox.SendAsync(Mails.SignInCode($"p{i}@example.com", "12345678"), Ct);
        }

        Assert.Contains("Your code is 1234 5678", terminal.ToString(), StringComparison.Ordinal);
        Assert.Equal(200, mailbox.Mails.Count);
        Assert.Equal("p249@example.com", mailbox.Mails[0].To);
    }

    [Theory]
    [InlineData("Port", "smtp")]
    [InlineData("Port", "0")]
    [InlineData("Security", "none")]
    [InlineData("Security", "ssl")]
    [InlineData("PasswordFile", "/nowhere/at/all")]
    [InlineData("From", "nobody")]
    [InlineData("From", "")]
    public void A_setting_that_cannot_be_meant_stops_the_start(string key, string value)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Mail:Smtp:Host"] = "mail.example.com",
            ["Mail:From"] = "no-reply@example.com",
            [key == "From" ? "Mail:From" : "Mail:Smtp:" + key] = value,
        };
        var mistake = Assert.Throws<ConfigurationException>(() => Read(settings));
        Assert.Contains(key, mistake.Message, StringComparison.Ordinal);
    }

    private static SmtpOptions? Read(Dictionary<string, string?> settings) =>
        SmtpOptions.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());

    private static Mailer MailerTo(SmtpListener server, params (string Key, string Value)[] more) =>
        MailerTo(server, NullLogger<Mailer>.Instance, more);

    private static Mailer MailerTo(
        SmtpListener server,
        ILogger<Mailer> log,
        params (string Key, string Value)[] more
    )
    {
        var settings = new Dictionary<string, string?>
        {
            ["Mail:Smtp:Host"] = "127.0.0.1",
            ["Mail:Smtp:Port"] = $"{server.Port}",
            ["Mail:Smtp:Security"] = "none",
            ["Mail:From"] = "Arda <no-reply@example.com>",
        };
        foreach (var (key, value) in more)
        {
            settings["Mail:Smtp:" + key] = value;
        }

        return new Mailer(new SmtpRoute(Read(settings)!), TimeProvider.System, log);
    }
}
