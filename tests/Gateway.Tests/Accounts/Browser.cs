using System.Net;
using System.Text.RegularExpressions;
using Arda.Gateway.Accounts;
using Microsoft.AspNetCore.Http;

namespace Arda.Gateway.Tests.Accounts;

/// <summary>A browser's cookies, and the requests that carry them to any node.</summary>
internal sealed partial class Browser(AccountsNode node)
{
    private readonly Dictionary<string, string> _cookies = new(StringComparer.Ordinal);

    /// <summary>Where its next request goes.</summary>
    public AccountsNode Node { get; set; } = node;

    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The headers that set its cookies, as they came.</summary>
    public List<string> SetCookies { get; } = [];

    public string Cookie(string name) => _cookies[name];

    public void SetCookie(string name, string value) => _cookies[name] = value;

    public HttpContext Request(params (string Name, string Value)[] headers)
    {
        var url = new Uri(Node.Edge.PublicUrl);
        var http = new DefaultHttpContext();
        http.Request.Scheme = url.Scheme;
        http.Request.Host = new HostString(url.Authority);
        http.Connection.RemoteIpAddress = Address;
        http.Request.Headers.Cookie = string.Join(
            "; ",
            _cookies.Select(one => $"{one.Key}={one.Value}")
        );
        foreach (var (name, value) in headers)
        {
            http.Request.Headers[name] = value;
        }

        return http;
    }

    public void Keep(HttpContext answered)
    {
        foreach (var cookie in answered.Response.Headers.SetCookie)
        {
            SetCookies.Add(cookie!);
            var pair = cookie!.Split(';')[0].Split('=', 2);
            _cookies[pair[0]] = pair[1];
            Node.Watch("a cookie", pair[1].Length > 0 ? pair[1] : cookie);
        }
    }

    /// <summary>Looks at a page with a form, and gets its token.</summary>
    public string Visit()
    {
        var http = Request();
        var token = Node.Tokens.Of(http);
        Keep(http);
        return token;
    }

    public async Task<SignInChallenge> AskForCodeAsync(string email)
    {
        var http = Request();
        var sent = await Node.Codes.SendAsync(AccountsNode.EmailOf(email), http);
        Keep(http);
        Assert.False(sent.Denied(out var denial, out var challenge), $"{denial}");
        return challenge!;
    }

    public async Task<Session> SignInAsync(string email)
    {
        var before = CodeMailsTo(email).Count;
        var challenge = await AskForCodeAsync(email);
        // Other mails may still be on their way.
        while (CodeMailsTo(email).Count <= before)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        var code = CodeIn(CodeMailsTo(email)[before]);
        Node.Watch("a code", code);
        var right = Assert.IsType<CodeAnswer.Right>(
            await Node.Codes.VerifyAsync(challenge.Id, code, Request())
        );
        return await BeginSessionAsync(right.Person, SignInMethod.EmailCode);
    }

    public async Task<Session> BeginSessionAsync(Person person, SignInMethod method)
    {
        var http = Request();
        var session = await Node.Sessions.SignInAsync(http, person, method);
        Keep(http);
        return session;
    }

    public async Task<Session?> SessionAsync() => await Node.Sessions.CurrentAsync(Request());

    /// <summary>The mail to that address that comes after so many others.</summary>
    public async Task<DevMail> MailAsync(string to, int after)
    {
        var limit = TestContext.Current.CancellationToken;
        while (MailsTo(to).Count <= after)
        {
            await Task.Delay(5, limit);
        }

        return MailsTo(to)[after];
    }

    /// <summary>The oldest first.</summary>
    public IReadOnlyList<DevMail> MailsTo(string email) =>
        [
            .. Node
                .Mailbox.Mails.Reverse()
                .Where(mail => string.Equals(mail.To, email, StringComparison.OrdinalIgnoreCase)),
        ];

    private List<DevMail> CodeMailsTo(string email) =>
        [
            .. MailsTo(email)
                .Where(mail =>
                    mail.Subject.Contains("sign-in code", StringComparison.OrdinalIgnoreCase)
                ),
        ];

    public static string CodeIn(DevMail mail) => CodeShape().Match(mail.Text).Value;

    /// <summary>The secret at the end of the one link in a mail, which leads to our address.</summary>
    public string LinkIn(DevMail mail, string path)
    {
        var link = LinkShape().Match(mail.Text).Value;
        Assert.StartsWith(Node.Edge.PublicUrl + path, link, StringComparison.Ordinal);
        var secret = link[(Node.Edge.PublicUrl + path).Length..];
        Node.Watch("a link", secret);
        return secret;
    }

    [GeneratedRegex("[0-9]{4} [0-9]{4}", RegexOptions.None, 1_000)]
    private static partial Regex CodeShape();

    [GeneratedRegex("https?://[^\\s]+", RegexOptions.None, 1_000)]
    private static partial Regex LinkShape();
}
