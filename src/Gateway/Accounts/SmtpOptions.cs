using System.Globalization;
using System.Net;
using Arda.Gateway.Http;
using MimeKit;

namespace Arda.Gateway.Accounts;

/// <summary>How the way to the mail server is kept private.</summary>
internal enum SmtpSecurity
{
    /// <summary>Begins in clear and goes no further unless the server changes over to TLS.</summary>
    StartTls,

    /// <summary>TLS from the first byte.</summary>
    Tls,

    /// <summary>In clear: codes and links could be read on the way, so only to this machine.</summary>
    None,
}

/// <summary>The operator's mail server.</summary>
internal sealed record SmtpOptions
{
    private const int TlsPort = 465;
    private const int SubmissionPort = 587;
    private const string Section = "Mail:Smtp";

    public required string Host { get; init; }

    public required int Port { get; init; }

    public required SmtpSecurity Security { get; init; }

    public string? User { get; init; }

    public string? Password { get; init; }

    public required MailboxAddress From { get; init; }

    /// <summary>Null when no host is named: then no mail is sent.</summary>
    /// <exception cref="ConfigurationException">A value that cannot be meant.</exception>
    public static SmtpOptions? Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        if (section["Host"] is not { Length: > 0 } host)
        {
            return null;
        }

        var port = PortOf(section["Port"]);
        return new SmtpOptions
        {
            Host = host,
            Port = port,
            Security = SecurityOf(section["Security"], host, port),
            User = section["User"],
            Password = PasswordOf(section),
            From = FromOf(configuration["Mail:From"]),
        };
    }

    private static int PortOf(string? text) =>
        text switch
        {
            null or "" => SubmissionPort,
            _ when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                    && port is > 0 and <= ushort.MaxValue => port,
            _ => throw new ConfigurationException(
                Section + ":Port",
                text,
                "a port from 1 to 65535"
            ),
        };

    private static SmtpSecurity SecurityOf(string? text, string host, int port) =>
        text switch
        {
            null or "" => port == TlsPort ? SmtpSecurity.Tls : SmtpSecurity.StartTls,
            "starttls" => SmtpSecurity.StartTls,
            "tls" => SmtpSecurity.Tls,
            "none" when IsThisMachine(host) => SmtpSecurity.None,
            _ => throw new ConfigurationException(
                Section + ":Security",
                text,
                "starttls or tls; none only for a mail server on this machine"
            ),
        };

    private static bool IsThisMachine(string host) =>
        host == "localhost" || (IPAddress.TryParse(host, out var ip) && IPAddress.IsLoopback(ip));

    private static string? PasswordOf(IConfiguration section)
    {
        const string Key = Section + ":PasswordFile";
        if (section["PasswordFile"] is not { Length: > 0 } file)
        {
            return section["Password"];
        }

        return File.Exists(file)
            ? File.ReadAllText(file).Trim()
            : throw new ConfigurationException(Key, file, "the path of a file that exists");
    }

    private static MailboxAddress FromOf(string? text) =>
        // The parser is content with a name alone.
        MailboxAddress.TryParse(text ?? "", out var from)
        && from.Address.Contains('@', StringComparison.Ordinal)
            ? from
            : throw new ConfigurationException(
                "Mail:From",
                text ?? "",
                "the address that mails come from, such as 'Arda <no-reply@example.com>'"
            );
}
