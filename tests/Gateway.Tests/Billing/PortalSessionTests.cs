using System.Text.Json.Nodes;
using Arda.Gateway.Billing.Portal;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Http;
using Arda.Gateway.Tests.OAuth;
using Arda.Gateway.Tests.Storage;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Billing;

public sealed class PortalSessionTests(OAuthWorlds worlds)
{
    private const string Path = "/v1/gateway/portal-sessions";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<StoreKind> Both => Stores.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_link_opens_once_and_tells_why_its_person_comes(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var one = await world.ConnectAsync();
        var wish = new JsonObject
        {
            ["purpose"] = "payment_method",
            ["return_url"] = "myapp://billing/complete",
            ["suggested_topup_cents"] = 700,
            ["suggested_auto_reload_enabled"] = true,
            ["state"] = "chat-17",
        };

        var made = (await one.PostAsync(Path, wish)).Expect(201).Json;

        var id = new PortalSessionId((string)made["id"]!);
        Assert.Equal("open", (string?)made["status"]);
        Assert.StartsWith(world.Issuer + PortalSessions.OpenPath, (string?)made["url"]);
        var sessions = world.Get<PortalSessions>();
        var opened = await sessions.OpenAsync(SecretOf(made));
        Assert.NotNull(opened);
        Assert.Equal((id, one.Person.Id), (opened.Id, opened.UserId));
        Assert.Equal(one.Person.Project.Id, opened.Project);
        Assert.Equal(one.App!.Id, opened.App);
        Assert.Equal("payment_method", opened.Purpose);
        // What is not on sale becomes what covers it.
        Assert.Equal(1_000, opened.SuggestedTopupCents);
        Assert.True(opened.SuggestedAutoReloadEnabled);
        Assert.Null(await sessions.OpenAsync(SecretOf(made)));
        var told = (await one.GetAsync($"{Path}/{id}")).Expect(200).Json;
        Assert.Equal("opened", (string?)told["status"]);
        Assert.False((bool)told["is_final"]!);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_session_is_nothing_to_anybody_else(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var one = await world.ConnectAsync();
        var stranger = await world.ConnectAsync();
        var otherApp = await world.ConnectAsync(person: one.Person);
        var made = (await one.PostAsync(Path, null)).Expect(201).Json;
        var id = new PortalSessionId((string)made["id"]!);
        await world.Get<PortalSessions>().OpenAsync(SecretOf(made));

        Assert.Null(await world.Get<PortalSessions>().FindAsync(id, stranger.Person.Id, Ct));
        Assert.NotNull(await world.Get<PortalSessions>().FindAsync(id, one.Person.Id, Ct));
        (await stranger.GetAsync($"{Path}/{id}")).Expect(404);
        (await otherApp.GetAsync($"{Path}/{id}")).Expect(404);
        (await otherApp.GetAsync($"{Path}/{id}/events")).Expect(404);
    }

    [Theory]
    [OAuthCase("PO01")]
    [InlineData("myapp://billing/complete", true)]
    [InlineData("myapp:/x", true)]
    [InlineData("https://app.example/anywhere?x=1#part", true)]
    [InlineData("https://web.example/", true)]
    [InlineData("http://127.0.0.1:53124/done", true)]
    [InlineData("http://127.0.0.1/other", true)]
    [InlineData("https://app.example:8443/cb", false)]
    [InlineData("http://app.example/cb", false)]
    [InlineData("https://app.example.evil.example/cb", false)]
    [InlineData("https://app.example@evil.example/cb", false)]
    [InlineData("https:/app.example/cb", false)]
    [InlineData("https://APP.example/cb", false)]
    [InlineData("https://app.example\\@evil.example/", false)]
    [InlineData("http://127.0.0.1:99999/cb", false)]
    [InlineData("http://127.0.0.1.evil.example/cb", false)]
    [InlineData("yourapp://billing/complete", false)]
    [InlineData("https://evil.example/cb", false)]
    [InlineData("https://user@app.example/cb", false)]
    [InlineData("javascript:alert(1)", false)]
    [InlineData("data:text/html,x", false)]
    [InlineData("//evil.example", false)]
    [InlineData("//app.example/cb", false)]
    [InlineData("myapp:", false)]
    [InlineData("", false)]
    public async Task A_return_goes_to_an_origin_or_a_scheme_of_the_app(string url, bool isAllowed)
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var one = await world.ConnectAsync();

        var answer = await one.PostAsync(Path, new JsonObject { ["return_url"] = url });

        if (isAllowed)
        {
            answer.Expect(201);
            return;
        }

        answer.Expect(400);
        Assert.Equal("invalid_return_url", answer.Code);
        Assert.Equal("return_url", (string?)answer.Error["param"]);
        if (url.Length > 0 && !url.Contains('\\'))
        {
            var message = (string)answer.Error["message"]!;
            Assert.Contains("https://app.example, myapp:", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_key_of_no_app_has_a_portal_and_no_page_to_return_to()
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var own = await world.OwnKeyAsync();
        (await own.PostAsync(Path, null)).Expect(201);
        var wish = new JsonObject { ["return_url"] = "https://app.example/cb" };

        var refused = (await own.PostAsync(Path, wish)).Expect(400);

        Assert.Equal("return_url", (string?)refused.Error["param"]);
    }

    [Theory]
    [InlineData("purpose", "\"money\"")]
    [InlineData("purpose", "7")]
    [InlineData("suggested_topup_cents", "0")]
    [InlineData("suggested_topup_cents", "\"500\"")]
    [InlineData("suggested_auto_reload_enabled", "\"yes\"")]
    [InlineData("return_url", "[]")]
    public async Task A_member_of_a_wrong_kind_is_refused_by_its_name(string name, string value)
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var one = await world.ConnectAsync();

        var answer = await one.PostAsync(Path, new JsonObject { [name] = JsonNode.Parse(value) });

        Assert.Equal(name, (string?)answer.Expect(400).Error["param"]);
    }

    [Theory]
    [OAuthCase("PO02")]
    [MemberData(nameof(Both))]
    public async Task A_key_makes_links_for_its_own_project_alone(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var (one, other) = (await world.ConnectAsync(), await world.ConnectAsync());
        var own = new JsonObject { ["project_id"] = one.Person.Project.Id.Value };
        (await one.PostAsync(Path, own)).Expect(201);

        foreach (var named in (string[])[other.Person.Project.Id.Value, "prj_none", ""])
        {
            var wish = new JsonObject { ["project_id"] = named };
            var refused = (await one.PostAsync(Path, wish)).Expect(404);
            Assert.Equal("not_found", refused.Code);
        }

        Assert.Equal(
            0,
            await world.CountAsync(
                "SELECT COUNT(*) FROM portal_session WHERE project = @project",
                ("project", other.Person.Project.Id.Value)
            )
        );
    }

    [Fact]
    [OAuthCase("PO02")]
    public async Task Without_its_scope_a_key_makes_no_link()
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var one = await world.ConnectAsync([Scopes.Inference]);

        var refused = (await one.PostAsync(Path, null)).Expect(403);

        Assert.Equal("insufficient_scope", refused.Code);
        Assert.Equal(
            """["billing:portal"]""",
            refused.Error["gateway"]!["missing_scopes"]!.ToJsonString()
        );
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Success_outlives_what_is_told_later_and_the_return_says_how_it_ended(
        StoreKind kind
    )
    {
        var world = await worlds.OfAsync(kind);
        var one = await world.ConnectAsync();
        var wish = new JsonObject { ["return_url"] = "myapp://done?a=1#top", ["state"] = "a&b" };
        var made = (await one.PostAsync(Path, wish)).Expect(201).Json;
        var id = new PortalSessionId((string)made["id"]!);
        var sessions = world.Get<PortalSessions>();
        await sessions.OpenAsync(SecretOf(made));

        var left = await sessions.FinishAsync(id, PortalOutcome.Cancelled);
        Assert.Equal(
            $"myapp://done?a=1&portal_session={id}&outcome=cancelled&state=a%26b#top",
            left
        );
        await sessions.FinishAsync(id, PortalOutcome.LimitsChanged);
        var again = await sessions.FinishAsync(id, PortalOutcome.Failed);

        Assert.Contains("outcome=limits_changed", again, StringComparison.Ordinal);
        var told = (await one.GetAsync($"{Path}/{id}")).Json;
        Assert.Equal(
            ("limits_changed", true, true),
            ((string)told["status"]!, (bool)told["is_final"]!, (bool)told["should_retry"]!)
        );
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Money_that_comes_after_the_tab_was_closed_makes_the_session_funded(
        StoreKind kind
    )
    {
        var world = await worlds.OfAsync(kind);
        var one = await world.ConnectAsync();
        var made = (await one.PostAsync(Path, null)).Expect(201).Json;
        var path = $"{Path}/{(string)made["id"]!}";
        await world.Get<PortalSessions>().OpenAsync(SecretOf(made));
        using var events = await one.StreamAsync(path + "/events");
        Assert.Equal("opened", (string?)(await NextAsync(events))!["status"]);

        await world.PayAsync(one.Person.Project.Id);

        var told = await NextAsync(events);
        Assert.Equal("funded", (string?)told!["status"]);
        Assert.True((bool)told["should_retry"]!);
        Assert.Null(await NextAsync(events));
        Assert.Equal("funded", (string?)(await one.GetAsync(path)).Json["status"]);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_link_that_was_not_followed_expires_and_a_day_later_nothing_is_known(
        StoreKind kind
    )
    {
        var world = await worlds.OfAsync(kind);
        var one = await world.ConnectAsync();
        var made = (await one.PostAsync(Path, null)).Expect(201).Json;
        var id = (string)made["id"]!;
        await world.ExecuteAsync(
            "UPDATE portal_session SET link_expires_at = created_at - 1 WHERE id = @id",
            ("id", id)
        );

        Assert.Null(await world.Get<PortalSessions>().OpenAsync(SecretOf(made)));
        var told = (await one.GetAsync($"{Path}/{id}")).Expect(200).Json;
        Assert.Equal(("expired", true), ((string)told["status"]!, (bool)told["is_final"]!));
        await world.ExecuteAsync(
            "UPDATE portal_session SET expires_at = created_at WHERE id = @id",
            ("id", id)
        );
        (await one.GetAsync($"{Path}/{id}")).Expect(404);
        (await one.PostAsync(Path, null)).Expect(201);
        Assert.Equal(
            0,
            await world.CountAsync("SELECT COUNT(*) FROM portal_session WHERE id = @id", ("id", id))
        );
    }

    [Fact]
    public void Every_denial_that_opens_the_portal_names_a_purpose_that_it_has()
    {
        var table = new DenialTable("https://gateway.example", [500]);
        var purposes = DenialSamples
            .All.Select(denial => table.Refuse(denial, WireFormat.OpenAiChat, true, null).Facts)
            .Where(facts => facts.Gateway?.Action == "open_portal")
            .Select(facts => facts.Gateway!.Purpose)
            .Distinct()
            .ToList();

        Assert.Equal(PortalPurposes.All.Order(), purposes.Order());
    }

    internal static string SecretOf(JsonNode made) => ((string)made["url"]!).Split('/')[^1];

    /// <summary>The data of the next event; null when the stream has ended.</summary>
    internal static async Task<JsonNode?> NextAsync(StreamReader events)
    {
        while (await events.ReadLineAsync(Ct) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                return JsonNode.Parse(line["data: ".Length..]);
            }
        }

        return null;
    }
}
