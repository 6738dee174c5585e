using System.Net;
using System.Text.RegularExpressions;
using Arda.Gateway.Accounts;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Hosting;
using Arda.Gateway.Tests.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Arda.Gateway.Tests.Accounts;

/// <summary>Sign-in by a code, sessions and form tokens, as the pages use them.</summary>
public sealed partial class SignInTests
{
    public static TheoryData<StoreKind> Both => Stores.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_code_from_the_mail_signs_in_and_the_account_is_made(StoreKind kind)
    {
        await using var host = await StartAsync(kind);
        var browser = new Browser(host);

        var session = await browser.SignInAsync("New.Person@Example.com");

        Assert.Equal("New.Person@Example.com", session.Person.Email);
        Assert.True(session.IsFresh);
        var seen = await browser.Get<Sessions>().CurrentAsync(browser.Request());
        Assert.Equal(session.Id, seen?.Id);
        var again = await new Browser(host).SignInAsync("new.person@EXAMPLE.com");
        Assert.Equal(session.Person.Id, again.Person.Id);
    }

    [Fact]
    public async Task A_code_counts_once_and_only_in_the_browser_that_asked()
    {
        await using var host = await StartAsync(StoreKind.Sqlite);
        var (mine, theirs) = (new Browser(host), new Browser(host));
        var codes = mine.Get<EmailCodes>();
        var challenge = await mine.AskForCodeAsync("a@example.com");
        theirs.Visit();

        var stolen = await codes.VerifyAsync(challenge.Id, mine.LastCode(), theirs.Request());
        var right = await codes.VerifyAsync(challenge.Id, mine.LastCode(), mine.Request());
        var replayed = await codes.VerifyAsync(challenge.Id, mine.LastCode(), mine.Request());

        Assert.IsType<CodeAnswer.Dead>(stolen);
        Assert.IsType<CodeAnswer.Right>(right);
        Assert.IsType<CodeAnswer.Dead>(replayed);
    }

    // SE04: guesses end, and the owner's own browser is not locked out by a stranger's.
    [Fact]
    public async Task Five_wrong_codes_end_a_challenge_and_nobody_elses()
    {
        await using var host = await StartAsync(StoreKind.Sqlite);
        var (owner, stranger) = (new Browser(host), new Browser(host));
        var codes = owner.Get<EmailCodes>();
        var mine = await owner.AskForCodeAsync("owner@example.com");
        var myCode = owner.LastCode();
        var theirs = await stranger.AskForCodeAsync("owner@example.com");
        var right = stranger.LastCode();

        for (var left = EmailCodes.TriesMax - 1; left > 0; left--)
        {
            var wrong = await codes.VerifyAsync(theirs.Id, "00000000", stranger.Request());
            Assert.Equal(new CodeAnswer.Wrong(left), wrong);
        }

        await codes.VerifyAsync(theirs.Id, "00000000", stranger.Request());
        Assert.IsType<CodeAnswer.Dead>(
            await codes.VerifyAsync(theirs.Id, right, stranger.Request())
        );
        Assert.IsType<CodeAnswer.Right>(await codes.VerifyAsync(mine.Id, myCode, owner.Request()));
    }

    // SE02
    [Fact]
    public async Task Every_sign_in_gives_a_new_secret_and_the_old_one_is_dead()
    {
        await using var host = await StartAsync(StoreKind.Sqlite);
        var browser = new Browser(host);
        await browser.SignInAsync("a@example.com");
        var before = browser.Cookie("arda_session");

        await browser.SignInAsync("a@example.com");

        Assert.NotEqual(before, browser.Cookie("arda_session"));
        var old = new Browser(host);
        old.SetCookie("arda_session", before);
        Assert.Null(await old.Get<Sessions>().CurrentAsync(old.Request()));
    }

    [Fact]
    public async Task A_form_token_holds_in_its_own_browser_until_the_sign_in()
    {
        await using var host = await StartAsync(StoreKind.Sqlite);
        var (mine, other) = (new Browser(host), new Browser(host));
        var tokens = mine.Get<FormTokens>();
        var visit = mine.Request();
        var token = tokens.Of(visit);
        mine.Keep(visit);
        other.Visit();

        Assert.True(tokens.Holds(mine.Request(), token));
        Assert.False(tokens.Holds(other.Request(), token));
        Assert.False(tokens.Holds(mine.Request(), null));
        Assert.False(tokens.Holds(mine.Request(("Sec-Fetch-Site", "cross-site")), token));
        Assert.False(tokens.Holds(mine.Request(("Origin", "https://evil.example")), token));

        await mine.SignInAsync("a@example.com");
        Assert.False(tokens.Holds(mine.Request(), token));
    }

    [Fact]
    public async Task The_mailbox_of_this_machine_is_gone_with_a_public_address()
    {
        await using var host = await StartAsync(StoreKind.Sqlite);
        Assert.Equal(
            HttpStatusCode.OK,
            (await host.Client.GetAsync("/dev/mailbox.json", Ct)).StatusCode
        );
        await using var known = await GatewayHost.StartAsync(
            ("PublicUrl", "https://gateway.example.com")
        );
        var answer = await known.Client.GetAsync("/dev/mailbox.json", Ct);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static Task<GatewayHost> StartAsync(StoreKind kind) =>
        GatewayHost.StartAsync(new GatewayHostOptions { Store = kind });

    /// <summary>A browser's cookies, and requests that carry them.</summary>
    private sealed partial class Browser(GatewayHost host)
    {
        private readonly Dictionary<string, string> _cookies = new(StringComparer.Ordinal);

        public T Get<T>()
            where T : notnull => host.Services.GetRequiredService<T>();

        public string Cookie(string name) => _cookies[name];

        public void SetCookie(string name, string value) => _cookies[name] = value;

        public HttpContext Request(params (string Name, string Value)[] headers)
        {
            var http = new DefaultHttpContext { RequestServices = host.Services };
            http.Request.Scheme = "http";
            http.Request.Host = new HostString("localhost", host.Address.Port);
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
                var pair = cookie!.Split(';')[0].Split('=', 2);
                _cookies[pair[0]] = pair[1];
            }
        }

        public void Visit()
        {
            var http = Request();
            Get<FormTokens>().Of(http);
            Keep(http);
        }

        public async Task<SignInChallenge> AskForCodeAsync(string email)
        {
            Assert.False(EmailAddress.Read(email).Denied(out _, out var address));
            var http = Request();
            var before = Get<DevMailbox>().Mails.Count;
            var sent = await Get<EmailCodes>().SendAsync(address!, http);
            Keep(http);
            Assert.False(sent.Denied(out var denial, out var challenge), denial?.ToString());
            while (Get<DevMailbox>().Mails.Count == before)
            {
                await Task.Delay(5, Ct);
            }

            return challenge!;
        }

        public string LastCode() => CodeShape().Match(Get<DevMailbox>().Mails[0].Text).Value;

        public async Task<Session> SignInAsync(string email)
        {
            var challenge = await AskForCodeAsync(email);
            var answer = await Get<EmailCodes>().VerifyAsync(challenge.Id, LastCode(), Request());
            var right = Assert.IsType<CodeAnswer.Right>(answer);
            var http = Request();
            var session = await Get<Sessions>()
                .SignInAsync(http, right.Person, SignInMethod.EmailCode);
            Keep(http);
            return session;
        }

        [GeneratedRegex("[0-9]{4} [0-9]{4}", RegexOptions.None, 1_000)]
        private static partial Regex CodeShape();
    }
}
