using Arda.Gateway.Developers;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.OAuth;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;

namespace Arda.Gateway.Tests.OAuth;

/// <summary>What a person's yes or no does, and what it does not.</summary>
public sealed class ConsentTests(OAuthWorlds worlds)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<StoreKind> Both => Stores.Both;

    [Fact]
    [OAuthCase("CN04")]
    public async Task A_request_that_one_person_saw_cannot_be_decided_by_another()
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var (alice, bob) = (await world.PersonAsync(), await world.PersonAsync());
        var app = await world.AppAsync();
        var asked = await world.AuthorizeAsync(OAuthWorld.Query(app), alice.Session);

        var stolen = await world.DecideAsync(asked, bob);
        Assert.Equal(403, Assert.IsType<AuthorizeStep.ErrorPage>(stolen).Status);
        // Also the same person in another browser must open the page there first.
        var elsewhere = alice with
        {
            Session = await world.SignInAsync(alice.Session.Person),
        };
        Assert.Equal(
            403,
            Assert.IsType<AuthorizeStep.ErrorPage>(await world.DecideAsync(asked, elsewhere)).Status
        );
        var opened = await world
            .Get<AuthorizeRequests>()
            .ContinueAsync(((AuthorizeStep.Consent)asked).Id, bob.Session, Ct);
        Assert.Equal(403, Assert.IsType<AuthorizeStep.ErrorPage>(opened).Status);
        foreach (var person in new[] { alice, bob })
        {
            Assert.Empty(await world.Get<Connections>().ListAsync(person.Id, Ct));
        }
    }

    [Fact]
    [OAuthCase("CN02", "CN12")]
    public async Task A_decision_grants_what_was_asked_and_ticked_and_nothing_else()
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var person = await world.PersonAsync();
        var app = await world.AppAsync();
        var query = OAuthWorld.Query(app, ("scope", "inference models:read balance:read"));
        var asked = await world.AuthorizeAsync(query, person.Session);
        var decision = OAuthWorld.Allow(person, "models:read", "email", "usage:read");
        var code = OAuthWorld.Answer(await world.DecideAsync(asked, person, decision))["code"]!;

        var token = await world.RedeemAsync(app, code);

        // inference was not ticked, but without it the app would be of no use.
        Assert.Equal("inference models:read", token.Text("scope"));
    }

    [Theory]
    [OAuthCase("CN08")]
    [MemberData(nameof(Both))]
    public async Task A_no_goes_back_as_such_and_leaves_what_was_granted_before(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var person = await world.PersonAsync();
        var app = await world.AppAsync();
        var key = (await world.RedeemAsync(app, await world.CodeAsync(app, person))).Text(
            "access_token"
        )!;
        var asked = await world.AuthorizeAsync(
            OAuthWorld.Query(app, ("prompt", "consent")),
            person.Session
        );

        var no = await world.DecideAsync(asked, person, new ConsentDecision { Allow = false });

        var answer = OAuthWorld.Answer(no);
        Assert.Equal("access_denied", answer["error"]);
        Assert.Equal(("xyz", world.Issuer), (answer["state"], answer["iss"]));
        Assert.Equal(200, await world.StatusOfKeyAsync(key));
        // Decided is decided.
        Assert.IsType<AuthorizeStep.ErrorPage>(await world.DecideAsync(asked, person));
    }

    [Fact]
    public async Task Somebody_elses_project_cannot_be_made_to_pay()
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var (person, other) = (await world.PersonAsync(), await world.PersonAsync());
        var app = await world.AppAsync();
        var asked = await world.AuthorizeAsync(OAuthWorld.Query(app), person.Session);
        var decision = OAuthWorld.Allow(person) with { Project = other.Project.Id };

        var step = await world.DecideAsync(asked, person, decision);

        Assert.IsType<AuthorizeStep.ErrorPage>(step);
        Assert.Empty(await world.Get<Connections>().ListAsync(person.Id, Ct));
    }

    [Theory]
    [OAuthCase("CN10")]
    [MemberData(nameof(Both))]
    public async Task A_raised_markup_stops_the_old_key_until_its_user_agrees(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var person = await world.PersonAsync();
        var app = await world.AppAsync(with: about => about with { MarkupBps = 1_500 });
        var key = (await world.RedeemAsync(app, await world.CodeAsync(app, person))).Text(
            "access_token"
        )!;
        Assert.Equal(200, (await AskAsync(world, key)).Status);

        var wish = new AppChanges { MarkupBps = 2_000 };
        var patched = await world.Get<Apps>().PatchAsync(app.Id, app.Owner, wish, Ct);
        Assert.False(patched.Denied(out _, out _));
        // Not before the operator has agreed to it.
        Assert.Equal(200, (await AskAsync(world, key)).Status);
        await world.ReviewAsync(app, AppState.Approved);
        var refused = await AskAsync(world, key);
        Assert.Equal(403, refused.Status);
        Assert.Equal(
            "consent_required",
            refused.Json.GetProperty("error").GetProperty("code").GetString()
        );

        // Remembered consent was for the old price, so the question is put again, and a yes to it
        // opens the old key too.
        Assert.IsType<AuthorizeStep.Redirect>(
            await world.DecideAsync(
                await world.AuthorizeAsync(OAuthWorld.Query(app), person.Session),
                person
            )
        );
        Assert.Equal(200, (await AskAsync(world, key)).Status);
    }

    [Fact]
    [OAuthCase("CN10")]
    public async Task A_markup_that_rises_while_the_page_is_open_asks_again()
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var person = await world.PersonAsync();
        var app = await world.AppAsync(with: about => about with { MarkupBps = 1_500 });
        var asked = await world.AuthorizeAsync(OAuthWorld.Query(app), person.Session);
        await world
            .Get<Apps>()
            .PatchAsync(app.Id, app.Owner, new AppChanges { MarkupBps = 2_000 }, Ct);
        await world.ReviewAsync(app, AppState.Approved);

        var again = Assert.IsType<AuthorizeStep.Consent>(await world.DecideAsync(asked, person));
        Assert.Empty(await world.Get<Connections>().ListAsync(person.Id, Ct));
        var view = await world.Get<AuthorizeRequests>().ViewAsync(again.Id, person.Session, Ct);
        Assert.False(view.Denied(out _, out var shown));
        Assert.Equal(2_000, shown.Markup.Bps);
        Assert.IsType<AuthorizeStep.Redirect>(await world.DecideAsync(again, person));
        var grant = Assert.Single(await world.Get<Connections>().ListAsync(person.Id, Ct)).Grant;
        Assert.Equal(2_000, grant.MarkupBps);
    }

    [Fact]
    public async Task The_page_shows_the_price_as_money_and_where_the_answer_goes()
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var person = await world.PersonAsync();
        var app = await world.AppAsync(with: about => about with { MarkupBps = 1_500 });
        var asked = await world.AuthorizeAsync(OAuthWorld.Query(app), person.Session);
        var view = await world
            .Get<AuthorizeRequests>()
            .ViewAsync(((AuthorizeStep.Consent)asked).Id, person.Session, Ct);

        Assert.False(view.Denied(out _, out var shown));
        Assert.Contains(
            "$0.0100 costs you $0.0115",
            shown.Markup.Disclosure,
            StringComparison.Ordinal
        );
        Assert.Equal("app.example", shown.Destination);
        Assert.False(shown.ReturnsToScheme);
        Assert.Equal("Example Works", shown.App.Publisher);
    }

    [Theory]
    [OAuthCase("KY10")]
    [MemberData(nameof(Both))]
    public async Task The_limit_set_at_consent_holds(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var person = await world.PersonAsync();
        var app = await world.AppAsync();
        var asked = await world.AuthorizeAsync(OAuthWorld.Query(app), person.Session);
        var decision = OAuthWorld.Allow(person) with { MonthlyLimit = NanoUsd.Zero };
        var code = OAuthWorld.Answer(await world.DecideAsync(asked, person, decision))["code"]!;
        var key = (await world.RedeemAsync(app, code)).Text("access_token")!;

        var refused = await AskAsync(world, key);

        Assert.Equal(402, refused.Status);
        Assert.Equal(
            "connection_limit_reached",
            refused.Json.GetProperty("error").GetProperty("code").GetString()
        );
    }

    internal static Task<Answered> AskAsync(OAuthWorld world, string key) =>
        world.PostRawAsync(
            "/v1/chat/completions",
            """{"model":"arda/auto","messages":[{"role":"user","content":"Hello"}]}"""u8.ToArray(),
            "application/json",
            ("Authorization", "Bearer " + key)
        );
}
