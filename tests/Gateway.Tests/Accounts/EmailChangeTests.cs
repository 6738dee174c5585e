using Arda.Gateway.Accounts;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;

namespace Arda.Gateway.Tests.Accounts;

/// <summary>SE06: nobody takes an account over by changing its address.</summary>
public sealed class EmailChangeTests
{
    private const string Old = "old@example.com";
    private const string New = "new@example.com";
    private const string Confirm = "/account/email/confirm/";
    private const string Revert = "/account/email/revert/";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task SE06_the_address_moves_only_when_the_new_box_confirms_and_ends_what_was_open(
        StoreKind kind
    )
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);
        var (here, there) = (new Browser(node), new Browser(node));
        await there.SignInAsync(Old);
        var challenge = await there.AskForCodeAsync(Old);
        var pending = Browser.CodeIn(await there.MailAsync(Old, 1));
        var session = await here.SignInAsync(Old);

        var (confirm, _) = await RequestAsync(here, session);
        Assert.NotNull(await node.People.FindByEmailAsync(AccountsNode.EmailOf(Old), Ct));
        var shown = await node.Changes.FindToConfirmAsync(confirm, Ct);
        Assert.Equal((Old, New), (shown!.OldEmail, shown.NewEmail));
        Assert.True(await node.Changes.ConfirmAsync(confirm, session));

        Assert.Equal(New, (await here.SessionAsync())!.Person.Email);
        Assert.Equal(session.Person.Id, (await here.SessionAsync())!.Person.Id);
        Assert.Null(await there.SessionAsync());
        Assert.IsType<CodeAnswer.Dead>(
            await node.Codes.VerifyAsync(challenge.Id, pending, there.Request())
        );
        var told = await here.MailAsync(Old, 4);
        Assert.Equal("Your address was changed", told.Subject);
        Assert.False(await node.Changes.ConfirmAsync(confirm, session));
        await node.AssertNothingLeakedAsync();
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task SE06_the_old_owner_brings_the_address_back_and_everybody_is_out(
        StoreKind kind
    )
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);
        var thief = new Browser(node);
        var session = await thief.SignInAsync(Old);
        var before = await node.Passkeys.AddForTestAsync(thief, session, "the owner's");
        await Task.Delay(5, Ct);
        var (confirm, revert) = await RequestAsync(thief, session);
        var planted = await node.Passkeys.AddForTestAsync(thief, session, "the thief's");
        Assert.True(await node.Changes.ConfirmAsync(confirm, session));
        var further = await ChangeAgainAsync(thief);

        Assert.True((await node.Changes.FindToRevertAsync(revert, Ct))!.IsConfirmed);
        Assert.True(await node.Changes.RevertAsync(revert));

        Assert.Null(await thief.SessionAsync());
        Assert.False(await node.Changes.ConfirmAsync(further, session));
        Assert.False(await node.Changes.RevertAsync(revert));
        var owner = await new Browser(node).SignInAsync(Old);
        Assert.Equal(session.Person.Id, owner.Person.Id);
        var left = await node.Passkeys.ListAsync(owner.Person.Id, Ct);
        Assert.Equal([before.Id], left.Select(one => one.Id));
        Assert.NotEqual(before.Id, planted.Id);
        var newcomer = await new Browser(node).SignInAsync(New);
        Assert.NotEqual(owner.Person.Id, newcomer.Person.Id);
        await node.AssertNothingLeakedAsync();
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task SE06_the_old_owner_stops_a_change_before_it_is_made(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);
        var thief = new Browser(node);
        var session = await thief.SignInAsync(Old);
        var (confirm, revert) = await RequestAsync(thief, session);

        Assert.True(await node.Changes.RevertAsync(revert));

        Assert.False(await node.Changes.ConfirmAsync(confirm, session));
        Assert.Null(await thief.SessionAsync());
        Assert.NotNull(await node.People.FindByEmailAsync(AccountsNode.EmailOf(Old), Ct));
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task SE06_links_die_after_their_time(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);
        var browser = new Browser(node);
        var session = await browser.SignInAsync(Old);
        var (late, _) = await RequestAsync(browser, session);
        await node.AgeAsync(EmailChanges.ConfirmWithin);
        Assert.Null(await node.Changes.FindToConfirmAsync(late, Ct));
        Assert.False(await node.Changes.ConfirmAsync(late, session));

        var (confirm, revert) = await RequestAsync(browser, session);
        var another = await new Browser(node).SignInAsync("another@example.com");
        Assert.False(await node.Changes.ConfirmAsync(confirm, another));
        Assert.True(await node.Changes.ConfirmAsync(confirm, session));
        await node.AgeAsync(EmailChanges.RevertWithin);
        Assert.Null(await node.Changes.FindToRevertAsync(revert, Ct));
        Assert.False(await node.Changes.RevertAsync(revert));
        Assert.False(await node.Changes.RevertAsync(confirm));
        Assert.False(await node.Changes.ConfirmAsync(revert, session));
        Assert.False(await node.Changes.ConfirmAsync("junk", session));
    }

    // Whoever had the box can still undo the change, so nobody may settle there meanwhile.
    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task An_address_that_may_come_back_opens_no_other_account_until_then(
        StoreKind kind
    )
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);
        var browser = new Browser(node);
        var session = await browser.SignInAsync(Old);
        var (confirm, _) = await RequestAsync(browser, session);
        Assert.True(await node.Changes.ConfirmAsync(confirm, session));
        await browser.MailAsync(Old, 2);

        var asking = new Browser(node);
        await asking.AskForCodeAsync(Old);
        var told = await asking.MailAsync(Old, 3);
        Assert.Equal("This address no longer signs in", told.Subject);
        Assert.Equal("", Browser.CodeIn(told));

        await node.AgeAsync(EmailChanges.RevertWithin);
        var later = await asking.SignInAsync(Old);
        Assert.NotEqual(session.Person.Id, later.Person.Id);
    }

    // The asker hears the same whether the address has an account or not.
    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_taken_address_gets_a_mail_without_a_link_and_the_asker_hears_nothing(
        StoreKind kind
    )
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);
        await node.PersonAsync(New);
        var browser = new Browser(node);
        var session = await browser.SignInAsync(Old);

        var answer = await node.Changes.RequestAsync(session, AccountsNode.EmailOf(New));

        Assert.Equal(EmailChangeAnswer.Sent, answer);
        var mail = await browser.MailAsync(New, 0);
        Assert.Equal("You have an account with this address", mail.Subject);
        Assert.DoesNotContain("http", mail.Text, StringComparison.Ordinal);
        Assert.Equal(
            EmailChangeAnswer.SameAddress,
            await node.Changes.RequestAsync(session, AccountsNode.EmailOf("OLD@example.com"))
        );
    }

    [Fact]
    public async Task Without_the_warning_to_the_old_box_no_change_begins()
    {
        await using var store = await Stores.OpenAsync(StoreKind.Sqlite, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);
        var session = await new Browser(node).SignInAsync(Old);
        var mute = new Mailer(
            new NoMail(),
            TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<Mailer>.Instance
        );
        var changes = new EmailChanges(node.Database, mute, node.Edge);

        var answer = await changes.RequestAsync(session, AccountsNode.EmailOf(New));

        Assert.Equal(EmailChangeAnswer.NotWarned, answer);
        await using var connection = await node.Database.OpenAsync(Ct);
        var open = connection.QueryOne(
            "SELECT COUNT(*) FROM email_change WHERE ended_at IS NULL",
            row => row.GetInt64(0)
        );
        Assert.Equal(0, open);
    }

    private static async Task<(string Confirm, string Revert)> RequestAsync(
        Browser browser,
        Session session
    )
    {
        var node = browser.Node;
        var (old, fresh) = (browser.MailsTo(Old).Count, browser.MailsTo(New).Count);
        var answer = await node.Changes.RequestAsync(session, AccountsNode.EmailOf(New));
        Assert.Equal(EmailChangeAnswer.Sent, answer);
        var toNew = await browser.MailAsync(New, fresh);
        var toOld = browser
            .MailsTo(Old)
            .Last(mail => mail.Subject == "Your address is being changed");
        Assert.True(browser.MailsTo(Old).Count > old);
        return (browser.LinkIn(toNew, Confirm), browser.LinkIn(toOld, Revert));
    }

    // On to a third address, so that the first owner would come too late for the second.
    private static async Task<string> ChangeAgainAsync(Browser thief)
    {
        const string Third = "third@example.com";
        var session = (await thief.SessionAsync())!;
        Assert.Equal(
            EmailChangeAnswer.Sent,
            await thief.Node.Changes.RequestAsync(session, AccountsNode.EmailOf(Third))
        );
        return thief.LinkIn(await thief.MailAsync(Third, 0), Confirm);
    }
}
