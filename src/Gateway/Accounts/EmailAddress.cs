using System.Globalization;
using System.Net.Mail;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Accounts;

/// <summary>
/// An address as its person wrote it, and the one form under which accounts are told apart: lower
/// case, the domain in ASCII. Letters outside ASCII before the @ are refused, because two that
/// look alike would be two accounts.
/// </summary>
public sealed record EmailAddress
{
    private const int CharsMax = 254;
    private const int LocalCharsMax = 64;

    private EmailAddress(string written, string canonical) =>
        (Written, Canonical) = (written, canonical);

    public string Written { get; }

    public string Canonical { get; }

    public static Outcome<EmailAddress> Read(string text)
    {
        var written = text.Trim();
        var at = written.LastIndexOf('@');
        if (
            at is < 1 or > LocalCharsMax
            || written.Length > CharsMax
            || !IsLocalPart(written.AsSpan(0, at))
            || Domain(written[(at + 1)..]) is not { } domain
            || !MailAddress.TryCreate(written[..at] + "@" + domain, out _)
        )
        {
            return new Denial.InvalidRequest(
                "This is no e-mail address we can use; write one such as 'name@example.com'.",
                "email"
            );
        }

        return new EmailAddress(written, written[..at].ToLowerInvariant() + "@" + domain);
    }

    public override string ToString() => Written;

    private static bool IsLocalPart(ReadOnlySpan<char> local)
    {
        foreach (var c in local)
        {
            if (!char.IsAsciiLetterOrDigit(c) && !"!#$%&'*+-/=?^_`{|}~.".Contains(c))
            {
                return false;
            }
        }

        return true;
    }

    private static string? Domain(string domain)
    {
        try
        {
            var ascii = new IdnMapping { UseStd3AsciiRules = true }
                .GetAscii(domain)
                .ToLowerInvariant();
            return ascii.Contains('.', StringComparison.Ordinal) && ascii[^1] != '.' ? ascii : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
