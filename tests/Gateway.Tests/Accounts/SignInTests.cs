using System.Net;
using System.Text.Json;
using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Hosting;
using Arda.Gateway.Tests.Providers;
using Arda.Gateway.Tests.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Arda.Gateway.Tests.Accounts;

/// <summary>Sign-in by a code from a mail, as the pages use it.</summary>
public sealed class SignInTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_code_from_the_mail_signs_in_and_the_account_is_made(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);
        var browser = new Browser(node);

        var session = await browser.SignInAsync("New.Person@Example.com");

        Assert.Equal("New.Person@Example.com", session.Person.Email);
        Assert.True(session.IsFresh);
        Assert.Equal(session.Id, (await browser.SessionAsync())?.Id);
        await node.AssertNothingLeakedAsync();
    }

    // SE08: one account for each canonical address.
    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task SE08_one_account_however_the_address_is_written(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);

        var first = await new Browser(node).SignInAsync("Ada@Bücher.example");
        var second = await new Browser(node).SignInAsync("ada@xn--bcher-kva.EXAMPLE");

        Assert.Equal(first.Person.Id, second.Person.Id);
        Assert.True(EmailAddress.Read("\u0430da@example.com").Denied(out _, out _));
    }

    // SE09, as codes (ruling 16): reuse, another's, of another browser, expired.
    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task SE09_a_code_counts_once_in_its_browser_for_its_address_and_for_ten_minutes(
        StoreKind kind
    )
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);
        var (mine, theirs) = (new Browser(node), new Browser(node));
        theirs.Visit();
        var forA = await mine.AskForCodeAsync("a@example.com");
        var codeA = Browser.CodeIn(await mine.MailAsync("a@example.com", after: 0));
        var forB = await mine.AskForCodeAsync("b@example.com");
        var codeB = Browser.CodeIn(await mine.MailAsync("b@example.com", after: 0));

        await AssertDeadAsync(theirs, forA.Id, codeA);
        if (codeA != codeB)
        {
            Assert.IsType<CodeAnswer.Wrong>(
                await node.Codes.VerifyAsync(forB.Id, codeA, mine.Request())
            );
        }

        var right = await node.Codes.VerifyAsync(forA.Id, codeA, mine.Request());
        Assert.Equal("a@example.com", Assert.IsType<CodeAnswer.Right>(right).Person.Email);
        await AssertDeadAsync(mine, forA.Id, codeA);
        await node.AgeAsync(EmailCodes.Lifetime);
        await AssertDeadAsync(mine, forB.Id, codeB);
        Assert.Null(await node.Codes.FindAsync(forB.Id, mine.Request()));
    }

    // SE09: the Host header says nothing about where links lead.
    [Fact]
    public async Task SE09_links_in_mails_lead_to_the_issuer_whatever_the_host_header_says()
    {
        await using var store = await Stores.OpenAsync(StoreKind.Sqlite, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database, "https://gateway.example.com");
        var browser = new Browser(node);
        var session = await browser.SignInAsync("a@example.com");

        await node.Changes.RequestAsync(session, AccountsNode.EmailOf("b@example.com"));

        browser.LinkIn(await browser.MailAsync("b@example.com", 0), "/account/email/confirm/");
        browser.LinkIn(await browser.MailAsync("a@example.com", 1), "/account/email/revert/");
    }

    // SE04: guesses end, and the owner's own challenge is not touched by a stranger's.
    [Fact]
    public async Task SE04_five_wrong_codes_end_a_challenge_and_nobody_elses()
    {
        await using var store = await Stores.OpenAsync(StoreKind.Sqlite, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);
        var (owner, stranger) = (new Browser(node), new Browser(node));
        var mine = await owner.AskForCodeAsync("owner@example.com");
        var myCode = Browser.CodeIn(await owner.MailAsync("owner@example.com", 0));
        var theirs = await stranger.AskForCodeAsync("owner@example.com");
        var right = Browser.CodeIn(await owner.MailAsync("owner@example.com", 1));

        for (var left = EmailCodes.TriesMax - 1; left > 0; left--)
        {
            var wrong = await node.Codes.VerifyAsync(theirs.Id, "x", stranger.Request());
            Assert.Equal(new CodeAnswer.Wrong(left), wrong);
        }

        await AssertDeadAsync(stranger, theirs.Id, "x");
        await AssertDeadAsync(stranger, theirs.Id, right);
        Assert.IsType<CodeAnswer.Right>(
            await node.Codes.VerifyAsync(mine.Id, myCode, owner.Request())
        );
    }

    // SE04: throttled by account, silently, and without locking out the owner.
    [Fact]
    public async Task SE04_strangers_use_up_their_own_budget_and_not_the_owners()
    {
        var clock = new Keys.HandClock();
        await using var store = await Stores.OpenAsync(
            StoreKind.Sqlite,
            clock,
            AccountsSchema.Migrations
        );
        var node = new AccountsNode(store.Database);
        var owner = new Browser(node);
        await owner.SignInAsync("owner@example.com");

        for (var i = 0; i < 40; i++)
        {
            var stranger = new Browser(node) { Address = IPAddress.Parse($"192.0.2.{i}") };
            await stranger.AskForCodeAsync("owner@example.com");
        }

        // The day's budget of strangers is 60 and the hour's 20: twenty mails, none after them.
        var last = await owner.MailAsync("owner@example.com", after: 19);
        Assert.NotNull(last);
        var stillIn = await owner.SignInAsync("owner@example.com");
        Assert.Equal("owner@example.com", stillIn.Person.Email);
        Assert.Equal(21, owner.MailsTo("owner@example.com").Count);
    }

    // SE04: throttled by network address, and told so.
    [Fact]
    public async Task SE04_one_network_asks_for_twenty_codes_in_a_quarter_of_an_hour()
    {
        var clock = new Keys.HandClock();
        await using var store = await Stores.OpenAsync(
            StoreKind.Sqlite,
            clock,
            AccountsSchema.Migrations
        );
        var node = new AccountsNode(store.Database);
        for (var i = 0; i < 20; i++)
        {
            // Any address below one line's prefix counts as that line.
            var one = new Browser(node) { Address = IPAddress.Parse($"2001:db8::{i + 1:x}") };
            await one.AskForCodeAsync($"person{i}@example.com");
        }

        var next = new Browser(node) { Address = IPAddress.Parse("2001:db8::ffff") };
        var refused = await node.Codes.SendAsync(
            AccountsNode.EmailOf("x@example.com"),
            next.Request()
        );
        Assert.True(refused.Denied(out var denial, out _));
        Assert.IsType<Denial.RateLimited>(denial);
        await new Browser(node) { Address = IPAddress.Parse("2001:db8:0:1::1") }.AskForCodeAsync(
            "x@example.com"
        );
        clock.Advance(TimeSpan.FromMinutes(15));
        await next.AskForCodeAsync("x@example.com");
    }

    // SE04: an address without an account hears the same; a challenge of either looks alike.
    [Fact]
    public async Task SE04_an_unknown_address_is_answered_like_a_known_one()
    {
        await using var store = await Stores.OpenAsync(StoreKind.Sqlite, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);
        await node.PersonAsync("known@example.com");

        foreach (var email in (string[])["known@example.com", "unknown@example.com"])
        {
            var browser = new Browser(node);
            var challenge = await browser.AskForCodeAsync(email);
            Assert.Equal(email, challenge.Email);
            Assert.Equal("Your sign-in code", (await browser.MailAsync(email, 0)).Subject);
            Assert.IsType<CodeAnswer.Wrong>(
                await node.Codes.VerifyAsync(challenge.Id, "x", browser.Request())
            );
        }

        Assert.Null(
            await node.People.FindByEmailAsync(AccountsNode.EmailOf("unknown@example.com"), Ct)
        );
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Attempts_of_all_nodes_count_together_and_end_with_their_window(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var window = TimeSpan.FromMinutes(1);

        async Task<bool> TakeAsync(long now) =>
            await store.Database.WriteAsync(c => Attempts.Take(c, "test:a", 3, window, now));

        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => TakeAsync(60_000)));
        Assert.Equal(3, taken.Count(isTaken => isTaken));
        Assert.False(await TakeAsync(119_999));
        Assert.True(await TakeAsync(120_000));
    }

    // LG01: scripts read the code in the mailbox, people at the terminal, and nobody in the log.
    [Fact]
    public async Task A_script_reads_the_code_in_the_mailbox_and_no_log_has_it()
    {
        using var log = new LogLines();
        await using var host = await GatewayHost.StartAsync(
            new GatewayHostOptions
            {
                Adjust = builder =>
                {
                    builder.Logging.AddProvider(log);
                    builder.Logging.AddFilter<LogLines>(level => level >= LogLevel.Trace);
                },
            }
        );
        var codes = host.Services.GetRequiredService<EmailCodes>();
        await codes.SendAsync(AccountsNode.EmailOf("ada@example.com"), new DefaultHttpContext());
        var mails = Array.Empty<JsonElement>();
        while (mails.Length == 0)
        {
            var text = await host.Client.GetStringAsync("/dev/mailbox.json", Ct);
            mails = JsonSerializer.Deserialize<JsonElement[]>(text)!;
        }

        var mail = Assert.Single(mails);
        Assert.Equal("ada@example.com", mail.GetProperty("to").GetString());
        Assert.Equal("Your sign-in code", mail.GetProperty("subject").GetString());
        var code = mail.GetProperty("text").GetString()!["Your code is ".Length..][..9];
        Assert.Matches("^[0-9]{4} [0-9]{4}$", code);
        Assert.NotEmpty(log.Text);
        Assert.DoesNotContain(code, log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(
            code.Replace(" ", "", StringComparison.Ordinal),
            log.Text,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_mailbox_of_this_machine_is_gone_with_a_public_address()
    {
        await using var host = await GatewayHost.StartAsync();
        using var here = await host.Client.GetAsync("/dev/mailbox.json", Ct);
        Assert.Equal(HttpStatusCode.OK, here.StatusCode);

        await using var known = await GatewayHost.StartAsync(
            ("PublicUrl", "https://gateway.example.com")
        );
        using var there = await known.Client.GetAsync("/dev/mailbox.json", Ct);
        Assert.Equal(HttpStatusCode.NotFound, there.StatusCode);
    }

    [Fact]
    public async Task The_mailbox_of_this_machine_is_gone_with_a_mail_server()
    {
        await using var host = await GatewayHost.StartAsync(
            ("Mail:Smtp:Host", "localhost"),
            ("Mail:From", "Arda <no-reply@example.com>")
        );
        using var there = await host.Client.GetAsync("/dev/mailbox.json", Ct);
        Assert.Equal(HttpStatusCode.NotFound, there.StatusCode);
    }

    private static async Task AssertDeadAsync(Browser browser, string challenge, string code) =>
        Assert.IsType<CodeAnswer.Dead>(
            await browser.Node.Codes.VerifyAsync(challenge, code, browser.Request())
        );
}
