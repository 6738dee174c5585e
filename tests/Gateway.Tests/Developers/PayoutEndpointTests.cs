using System.Text;
using Arda.Gateway.Accounts;
using Arda.Gateway.Developers;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.OAuth;
using Arda.Gateway.Pages.Billing;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Connect;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.OAuth;

namespace Arda.Gateway.Tests.Developers;

/// <summary>Approval and payouts over HTTP, on the whole gateway: cases 50 to 52 and 60 where people
/// and programs meet them.</summary>
public sealed class PayoutEndpointTests(OAuthWorlds worlds)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private Task<OAuthWorld> SqliteAsync() => worlds.OfAsync(StoreKind.Sqlite);

    // Case 52 as well: nothing but the account itself, read at this moment, counts.
    [Theory]
    [OAuthCase("AD02")]
    [InlineData(StoreKind.Sqlite)]
    [InlineData(StoreKind.Postgres)]
    public async Task An_app_whose_owner_cannot_be_paid_is_not_approved(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var owner = (await world.PersonAsync()).Id;
        var app = await world.AppAsync(state: AppState.Pending, owner: owner);
        await AssertRefusedAsync(world, app.Id);

        foreach (var end in new[] { OnboardEnd.LeftHalfway, OnboardEnd.Verifying })
        {
            await PayoutSetups.EndAsync(world.Host.Services, owner, end);
            await AssertRefusedAsync(world, app.Id);
        }

        // Our row still says that all is well.
        await PayoutSetups.EndAsync(world.Host.Services, owner);
        Assert.Equal(PayeeReadiness.Complete, await world.Get<Payees>().JudgeAsync(owner, Ct));
        await PayoutSetups.EndAsync(world.Host.Services, owner, OnboardEnd.Rejected);
        await AssertRefusedAsync(world, app.Id);

        await PayoutSetups.EndAsync(world.Host.Services, owner);
        var approved = await ReviewAsync(world, app.Id);
        Assert.Equal((200, "approved"), (approved.Status, approved.Text("status")));
    }

    [Fact]
    public async Task An_operator_may_let_apps_without_a_markup_in_and_no_others()
    {
        await using var world = await OAuthWorld.StartAsync(
            StoreKind.Sqlite,
            postgres: null,
            ("Developers:PayoutsBeforeApproval", "markup")
        );
        var free = await world.AppAsync(state: AppState.Pending);
        var paid = await world.AppAsync(
            state: AppState.Pending,
            with: about => about with { Name = "Paid", MarkupBps = 500 }
        );

        Assert.Equal("approved", (await ReviewAsync(world, free.Id)).Text("status"));
        await AssertRefusedAsync(world, paid.Id);
        // Raised later, it waits for the same thing.
        var raised = await world
            .Get<Apps>()
            .PatchAsync(free.Id, free.Owner, new AppChanges { MarkupBps = 100 }, Ct);
        Assert.False(raised.Denied(out _, out _));
        await AssertRefusedAsync(world, free.Id, AppState.Approved);
    }

    [Fact]
    public void A_word_that_is_none_of_the_two_is_refused_at_the_start()
    {
        var settings = new Microsoft.Extensions.Configuration.ConfigurationManager
        {
            ["Developers:PayoutsBeforeApproval"] = "never",
        };
        var refusal = Assert.Throws<ConfigurationException>(() => DevelopersOptions.Read(settings));
        Assert.Contains("all or markup", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_demos_apps_are_approved_because_their_owner_can_be_paid()
    {
        var world = await SqliteAsync();
        var id = new AppId(world.Host.Demo.GetProperty("demo_client_id").GetString()!);
        var app = (await world.Get<Apps>().FindAsync(id, Ct))!;

        Assert.Equal(AppState.Approved, app.State);
        var readiness = await world.Get<Payees>().JudgeAsync(app.Owner, Ct);
        Assert.Equal(PayeeReadiness.Complete, readiness);
    }

    // Cases 50 and 51.
    [Fact]
    public async Task A_link_works_once_and_another_one_is_made_for_its_owner_alone()
    {
        var world = await SqliteAsync();
        var (owner, other) = (await Developer.OfAsync(world), await Developer.OfAsync(world));
        await world.AppAsync(state: AppState.Pending, owner: owner.Person.Id);
        var made = await owner.SendAsync(
            HttpMethod.Post,
            "/developers/payouts/onboarding-links",
            new { country = "US" }
        );
        Assert.Equal(201, made.Status);
        var form = PathOf(made.Text("url"));
        Assert.Equal(200, (await world.GetAsync(form)).Status);

        var used = await world.GetAsync(form);
        Assert.Equal(302, used.Status);
        var refresh = PathOf(used.Header("Location"));
        Assert.Equal(PayeeLinks.RefreshPath, refresh);
        var stranger = await world.GetAsync(refresh, ("Accept", "text/html"));
        Assert.Equal((303, "/sign-in"), (stranger.Status, stranger.Header("Location")));
        Assert.Equal(401, (await world.GetAsync(refresh)).Status);
        Assert.Equal(404, (await other.SendAsync(HttpMethod.Get, refresh)).Status);
        var again = await owner.SendAsync(HttpMethod.Get, refresh);
        Assert.Equal(302, again.Status);
        Assert.NotEqual(form, PathOf(again.Header("Location")));

        var left = await world.PostRawAsync(
            PathOf(again.Header("Location")),
            Encoding.UTF8.GetBytes("act=leave"),
            "application/x-www-form-urlencoded"
        );
        var back = PathOf(left.Header("Location"));
        Assert.Equal(PayeeLinks.ReturnPath, back);
        var status = await owner.SendAsync(HttpMethod.Get, back);
        Assert.Equal((200, "incomplete"), (status.Status, status.Text("status")));
    }

    [Theory]
    [InlineData("finish", "complete")]
    [InlineData("verify", "verifying")]
    [InlineData("leave", "incomplete")]
    [InlineData("reject", "rejected")]
    public async Task However_the_form_ends_coming_back_reads_the_account(string act, string status)
    {
        var world = await SqliteAsync();
        var owner = await Developer.OfAsync(world);
        await world.AppAsync(state: AppState.Pending, owner: owner.Person.Id);
        var made = await owner.SendAsync(
            HttpMethod.Post,
            "/developers/payouts/onboarding-links",
            new { }
        );
        var left = await world.PostRawAsync(
            PathOf(made.Text("url")),
            Encoding.UTF8.GetBytes("act=" + act),
            "application/x-www-form-urlencoded"
        );

        var back = await owner.SendAsync(HttpMethod.Get, PathOf(left.Header("Location")));

        Assert.Equal((200, status), (back.Status, back.Text("status")));
        var listed = await owner.SendAsync(HttpMethod.Get, "/developers/payouts");
        Assert.Equal(status, listed.Json.GetProperty("account").GetProperty("status").GetString());
        var dashboard = await owner.SendAsync(
            HttpMethod.Post,
            "/developers/payouts/dashboard-links"
        );
        Assert.Equal(act == "leave" ? 400 : 201, dashboard.Status);
        var earnings = await owner.SendAsync(HttpMethod.Get, "/developers/earnings");
        Assert.Equal(0, earnings.Json.GetProperty("available_cents").GetInt64());
    }

    // Case 60: nobody new; those who are connected go on, and the operator has been told.
    [Fact]
    public async Task Apps_of_a_rejected_owner_take_nobody_new_and_keep_whom_they_have()
    {
        var world = await SqliteAsync();
        var owner = (await world.PersonAsync()).Id;
        await PayoutSetups.EndAsync(world.Host.Services, owner);
        var app = await world.AppAsync(owner: owner);
        var key = await RevocationTests.KeyAsync(world, app);

        await PayoutSetups.EndAsync(world.Host.Services, owner, OnboardEnd.Rejected);
        Assert.Equal(PayeeReadiness.Incomplete, await world.Get<Payees>().JudgeAsync(owner, Ct));

        var info = await world.GetAsync(
            $"/oauth/authorize/info?client_id={app.Id}"
                + $"&redirect_uri={Uri.EscapeDataString(OAuthWorld.Callback)}"
        );
        Assert.Equal((403, "suspended"), (info.Status, info.Text("status")));
        var person = await world.PersonAsync();
        Assert.IsType<AuthorizeStep.ErrorPage>(
            await world.AuthorizeAsync(OAuthWorld.Query(app), person.Session)
        );
        var device = await world.PostAsync("/oauth/device/code", [("client_id", app.Id.Value)]);
        Assert.NotEqual(200, device.Status);
        Assert.Equal(200, await world.StatusOfKeyAsync(key));
        var findings = await world.Get<Findings>().ListOpenAsync(Ct);
        Assert.Contains(findings, finding => finding.Kind == Findings.PayeeRejected);

        // Set right at the provider, it is open again.
        await PayoutSetups.EndAsync(world.Host.Services, owner);
        await world.Get<Payees>().JudgeAsync(owner, Ct);
        var open = await world.AuthorizeAsync(OAuthWorld.Query(app), person.Session);
        Assert.IsNotType<AuthorizeStep.ErrorPage>(open);
    }

    [Theory]
    [InlineData(PayoutMailKinds.Held)]
    [InlineData(PayoutMailKinds.BankFailed)]
    public async Task A_mail_about_payouts_has_words_and_a_link_that_asks_for_its_owner(string kind)
    {
        var world = await SqliteAsync();
        var owner = await Developer.OfAsync(world);
        await PayoutSetups.AccountAsync(world.Host.Services, owner.Person.Id);
        var mail = new PaymentMail("m", default, kind, 1_234, "account_closed")
        {
            Person = owner.Person.Id,
        };
        await world.Get<PaymentLetters>().SendAsync(mail, Ct);

        var sent = world.Get<DevMailbox>().Mails.First(one => one.To == owner.Person.Email);
        Assert.Equal(
            kind == PayoutMailKinds.BankFailed,
            sent.Text.Contains("$12.34", StringComparison.Ordinal)
                && sent.Text.Contains("(account closed)", StringComparison.Ordinal)
        );
        var link = PathOf(sent.Text.Split('\n')[^1].Trim());
        Assert.Equal(303, (await world.GetAsync(link, ("Accept", "text/html"))).Status);
        Assert.Equal(302, (await owner.SendAsync(HttpMethod.Get, link)).Status);
    }

    [Fact]
    public async Task The_operator_sees_payouts_and_decides_on_what_is_held()
    {
        var world = await SqliteAsync();
        foreach (var path in new[] { "/admin/payouts", "/admin/payouts/holds" })
        {
            Assert.Equal(200, (await world.GetAsync(path, Admin(world))).Status);
            Assert.Equal(401, (await world.GetAsync(path)).Status);
        }

        var nothing = await PostAsync(
            world,
            "/admin/payouts/holds",
            """{"reseller":"usr_1","project":"prj_1","decision":"release"}"""
        );
        Assert.Equal(404, nothing.Status);
        var unclear = await PostAsync(world, "/admin/payouts/holds", """{"decision":"keep"}""");
        Assert.Equal(400, unclear.Status);
        var owner = (await world.PersonAsync()).Id;
        await PayoutSetups.AccountAsync(world.Host.Services, owner);
        var stop = $$"""{"reseller":"{{owner}}","decision":"stop","note":"a look first"}""";
        Assert.Equal(204, (await PostAsync(world, "/admin/payouts/resellers", stop)).Status);
        var payee = await world.Get<Payees>().FindAsync(owner, Ct);
        Assert.Equal("a look first", payee!.StoppedBecause);
    }

    private static async Task AssertRefusedAsync(
        OAuthWorld world,
        AppId app,
        AppState state = AppState.Pending
    )
    {
        var refused = await ReviewAsync(world, app);
        Assert.Equal(409, refused.Status);
        Assert.Equal(
            "payouts_incomplete",
            refused.Json.GetProperty("error").GetProperty("code").GetString()
        );
        Assert.Equal(state, (await world.Get<Apps>().FindAsync(app, Ct))!.State);
    }

    private static Task<Answered> ReviewAsync(OAuthWorld world, AppId app) =>
        PostAsync(world, $"/admin/apps/{app}/review", """{"decision":"approve"}""");

    private static Task<Answered> PostAsync(OAuthWorld world, string path, string json) =>
        world.PostRawAsync(path, Encoding.UTF8.GetBytes(json), "application/json", Admin(world));

    private static (string, string) Admin(OAuthWorld world) =>
        ("Authorization", "Bearer " + world.Host.Demo.GetProperty("admin_token").GetString());

    private static string PathOf(string? url) =>
        url!.StartsWith('/') ? url : new Uri(url).PathAndQuery;
}
