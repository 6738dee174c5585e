using System.Text.Json.Nodes;
using Arda.Gateway.Developers;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.OAuth;
using Arda.Gateway.Tests.Storage;

namespace Arda.Gateway.Tests.Billing;

public sealed class BootstrapTests(OAuthWorlds worlds)
{
    private const string Path = "/v1/gateway/bootstrap";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<StoreKind> Both => Stores.Both;

    /// <summary>The options of the integration guide; every test person has 1000 cents.</summary>
    private static JsonObject Options(long minimumCents, bool requireCard = false) =>
        new()
        {
            ["billing"] = new JsonObject
            {
                ["minimum_balance_cents"] = minimumCents,
                ["require_saved_payment_method"] = requireCard,
                ["return_url"] = "myapp://billing/complete",
                ["suggested_auto_reload_enabled"] = true,
            },
            ["models"] = new JsonObject
            {
                ["types"] = "language",
                ["usage"] = new JsonObject { ["input_tokens"] = 5_000, ["output_tokens"] = 1_000 },
            },
        };

    [Theory]
    [MemberData(nameof(Both))]
    public async Task An_app_whose_user_has_enough_is_ready_and_has_all_it_shows(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var one = await world.ConnectAsync(markupBps: 1_500);

        var told = (await one.PostAsync(Path, Options(500))).Expect(200).Json;

        Assert.True((bool)told["billing"]!["ready"]!);
        Assert.Equal("none", (string?)told["recovery_instruction"]!["action"]);
        Assert.Null(told["recovery_instruction"]!["portal_options"]);
        Assert.Equal(one.Person.Project.Slug, (string?)told["status"]!["project"]!["slug"]);
        Assert.False((bool)told["status"]!["auto_reload"]!["enabled"]!);
        Assert.Equal(1_500, (int)told["catalog"]!["pricing_context"]!["reseller_markup_bps"]!);
        var options = told["model_options"]!.AsArray();
        Assert.Equal("arda/auto", (string?)options[0]!["id"]);
        Assert.All(
            options,
            option =>
            {
                var sentence = (string)option!["disclosure"]!;
                Assert.EndsWith("including a markup of 15% for Notebook.", sentence);
                Assert.Equal("language", (string?)option["type"]);
            }
        );
        Assert.Equal("arda/auto", (string?)told["auto_route"]!["model"]);
        Assert.Contains("coding", told["auto_route"]!["intents"]!.ToJsonString());
        Assert.True((bool)told["auto_route_option"]!["is_auto_route"]!);
        var first = (string)told["default_model_option"]!["id"]!;
        Assert.Contains(options, option => (string?)option!["id"] == first);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_balance_below_the_apps_minimum_asks_for_the_smallest_amount_that_restores_it(
        StoreKind kind
    )
    {
        var world = await worlds.OfAsync(kind);
        var one = await world.ConnectAsync();

        // As 120 of 500: 380 are missing.
        var told = (await one.PostAsync(Path, Options(1_380))).Expect(200).Json;

        var billing = told["billing"]!;
        Assert.Equal(
            (false, "open_portal", "insufficient_balance", 380L),
            (
                (bool)billing["ready"]!,
                (string)billing["action"]!,
                (string)billing["reason"]!,
                (long)billing["shortfall_cents"]!
            )
        );
        var recovery = told["recovery_instruction"]!;
        Assert.Equal(
            "The project balance is $10.00; at least $13.80 is needed. Top up to continue.",
            (string?)recovery["message"]
        );
        Assert.Equal(
            """{"purpose":"topup","return_url":"myapp://billing/complete","suggested_topup_cents":500,"suggested_auto_reload_enabled":true}""",
            recovery["portal_options"]!.ToJsonString()
        );
        var portal = await one.PostAsync(
            "/v1/gateway/portal-sessions",
            recovery["portal_options"]!.DeepClone()
        );
        portal.Expect(201);
    }

    [Theory]
    [InlineData(380, 500)]
    [InlineData(500, 500)]
    [InlineData(501, 1_000)]
    [InlineData(9_000, 2_500)]
    public void The_suggestion_is_the_smallest_amount_on_sale_that_covers_what_is_missing(
        long missing,
        long suggested
    ) => Assert.Equal(suggested, TopupSuggestions.Covering(missing, [2_500, 500, 1_000]));

    [Fact]
    public async Task A_required_card_that_is_not_there_is_what_the_portal_is_opened_for()
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var one = await world.ConnectAsync();

        var told = (await one.PostAsync(Path, Options(500, requireCard: true))).Expect(200).Json;

        Assert.Equal("payment_method_required", (string?)told["billing"]!["reason"]);
        var options = told["recovery_instruction"]!["portal_options"]!;
        Assert.Equal("payment_method", (string?)options["purpose"]);
        await world.SaveCardAsync(one.Person.Project.Id);
        told = (await one.PostAsync(Path, Options(500, requireCard: true))).Json;
        Assert.True((bool)told["billing"]!["ready"]!);
        // The user agreed to show whether a card is saved, and not which.
        Assert.Equal(
            """{"type":"card","brand":null,"last4":null,"is_expired":false}""",
            told["status"]!["saved_payment_method"]!.ToJsonString()
        );
    }

    [Fact]
    public async Task Missing_scopes_are_named_and_what_they_guard_stays_hidden()
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var one = await world.ConnectAsync([Scopes.Inference, Scopes.BillingPortal]);

        var told = (await one.PostAsync(Path, Options(500))).Expect(200).Json;

        Assert.Equal("reconnect", (string?)told["billing"]!["action"]);
        Assert.Equal(
            """["models:read","balance:read"]""",
            told["billing"]!["missing_scopes"]!.ToJsonString()
        );
        Assert.Equal(0, (long)told["billing"]!["shortfall_cents"]!);
        Assert.Null(told["status"]!["balance"]);
        Assert.Null(told["status"]!["project"]);
        Assert.Null(told["catalog"]!["pricing_context"]);
        Assert.Empty(told["model_options"]!.AsArray());
        Assert.Null(told["auto_route_option"]);
    }

    [Fact]
    public async Task A_pause_a_freeze_and_a_limit_each_name_the_place_to_put_them_right()
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var one = await world.ConnectAsync();
        var grant = (await one.CallerAsync()).Connection!.Value;
        var connections = world.Get<Connections>();

        await connections.PauseAsync(grant, Ct);
        Assert.Equal(("connection_paused", "limits"), await ReasonAsync(one));
        await connections.ResumeAsync(grant, Ct);
        await connections.LimitAsync(grant, NanoUsd.Zero, Ct);
        Assert.Equal(("connection_limit_reached", "limits"), await ReasonAsync(one));
        await connections.LimitAsync(grant, null, Ct);
        await world.Get<Credits>().FreezeAsync(one.Person.Project.Id, byDispute: true);
        Assert.Equal(("project_frozen", "overview"), await ReasonAsync(one));
    }

    [Fact]
    public async Task A_raised_markup_asks_for_another_consent_and_a_suspended_app_for_its_maker()
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var one = await world.ConnectAsync(markupBps: 100);
        var apps = world.Get<Apps>();
        var raise = new AppChanges { MarkupBps = 900 };
        Assert.False(
            (await apps.PatchAsync(one.App!.Id, one.App.Owner, raise, Ct)).Denied(out _, out _)
        );
        await world.ReviewAsync(one.App, AppState.Approved);
        var told = (await one.PostAsync(Path, null)).Expect(200).Json;
        Assert.Equal("consent_required", (string?)told["billing"]!["reason"]);
        Assert.Equal("reconnect", (string?)told["billing"]!["action"]);

        await world.ReviewAsync(one.App, AppState.Suspended);

        told = (await one.PostAsync(Path, null)).Expect(200).Json;
        Assert.Equal("contact_app", (string?)told["billing"]!["action"]);
        Assert.Equal(403, (await one.PostAsync("/v1/gateway/portal-sessions", null)).Status);
    }

    [Fact]
    public async Task What_cannot_be_meant_is_refused_by_its_path()
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var one = await world.ConnectAsync();
        (string Body, string Param)[] wrong =
        [
            ("""{"billing":{"minimum_balance_cents":-1}}""", "billing.minimum_balance_cents"),
            ("""{"billing":{"return_url":"https://evil.example/"}}""", "return_url"),
            ("""{"billing":7}""", "billing"),
            ("""{"models":{"types":["language","sound"]}}""", "models.types"),
            ("""{"models":{"usage":{"input_tokens":"many"}}}""", "models.usage.input_tokens"),
        ];
        foreach (var (body, param) in wrong)
        {
            var refused = (await one.PostAsync(Path, JsonNode.Parse(body))).Expect(400);
            Assert.Equal(param, (string?)refused.Error["param"]);
        }

        Assert.Equal(
            "invalid_key",
            (await (one with { Key = "gw_sk_x" }).PostAsync(Path, null)).Code
        );
    }

    private static async Task<(string? Reason, string? Purpose)> ReasonAsync(Connected one)
    {
        var told = (await one.PostAsync(Path, null)).Expect(200).Json;
        return (
            (string?)told["billing"]!["reason"],
            (string?)told["recovery_instruction"]!["portal_options"]!["purpose"]
        );
    }
}
