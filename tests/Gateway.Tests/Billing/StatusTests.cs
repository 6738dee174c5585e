using Arda.Gateway.Keys;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.OAuth;
using Arda.Gateway.Tests.Storage;

namespace Arda.Gateway.Tests.Billing;

public sealed class StatusTests(OAuthWorlds worlds)
{
    private const string Path = "/v1/gateway/status";

    public static TheoryData<StoreKind> Both => Stores.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_status_tells_project_balance_payment_scopes_app_and_markup(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var one = await world.ConnectAsync(markupBps: 250);
        var own = await world.OwnKeyAsync(one.Person);
        await world.SaveCardAsync(one.Person.Project.Id);
        await world.ExecuteAsync(
            """
            INSERT INTO auto_reload(project, enabled, threshold_cents, amount_cents, cap_cents,
                consent, consented_at, not_before)
            VALUES(@project, 1, 500, 1000, 5000, 'yes', 0, 0)
            """,
            ("project", one.Person.Project.Id.Value)
        );

        var told = (await one.GetAsync(Path)).Expect(200).Json;

        Assert.Equal(one.Person.Project.Id.Value, (string?)told["project"]!["id"]);
        Assert.False((bool)told["project"]!["is_frozen"]!);
        Assert.Equal("""{"balance_cents":1000,"warning":null}""", told["balance"]!.ToJsonString());
        Assert.Equal(
            """{"enabled":true,"state":"on","threshold_cents":500,"amount_cents":1000,"monthly_cap_cents":5000}""",
            told["auto_reload"]!.ToJsonString()
        );
        Assert.Equal("[500,1000,2500,5000,10000]", told["topup_amounts_cents"]!.ToJsonString());
        Assert.Equal(BillingWorld.AppScopes, told["scopes"]!.AsArray().Select(s => (string)s!));
        Assert.Equal("Notebook", (string?)told["app"]!["name"]);
        Assert.Equal(
            """{"gateway_markup_bps":0,"reseller_markup_bps":250}""",
            told["markup"]!.ToJsonString()
        );
        Assert.Null(told["saved_payment_method"]!["last4"]);
        var mine = (await own.GetAsync(Path)).Expect(200).Json;
        Assert.Equal("4242", (string?)mine["saved_payment_method"]!["last4"]);
        Assert.Null(mine["app"]);
    }

    [Theory]
    [InlineData("state = 'needs_action'", "action_required")]
    [InlineData("state = 'retrying'", "declined")]
    [InlineData("state = 'unknown'", "reloading")]
    [InlineData("state = 'succeeded'", "cap_reached")]
    public async Task Auto_reload_says_why_it_stands_still(string reload, string state)
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var one = await world.ConnectAsync();
        var project = one.Person.Project.Id;
        await world.SaveCardAsync(project);
        await world.ExecuteAsync(
            """
            INSERT INTO auto_reload(project, enabled, threshold_cents, amount_cents, cap_cents,
                consent, consented_at, not_before)
            VALUES(@project, 1, 500, 1000, 1000, 'yes', 0, 9000000000000)
            """,
            ("project", project.Value)
        );
        await world.ExecuteAsync(
            """
            INSERT INTO topup(id, project, kind, cents, currency, customer, state, saves_card,
                attempt, created_at)
            VALUES(@id, @project, 'auto', 1000, 'xts', 'cus_1', 'created', 0, 1, @now)
            """,
            ("id", "rld_" + project.Value),
            ("project", project.Value),
            ("now", TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds())
        );
        await world.ExecuteAsync(
            $"UPDATE topup SET {reload} WHERE id = @id",
            ("id", "rld_" + project.Value)
        );

        var told = (await one.GetAsync(Path)).Expect(200).Json;

        Assert.Equal(state, (string?)told["auto_reload"]!["state"]);
    }

    [Fact]
    public async Task Without_the_right_to_read_balances_there_is_no_status()
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var one = await world.ConnectAsync([Scopes.Inference, Scopes.ModelsRead]);

        var refused = (await one.GetAsync(Path)).Expect(403);

        Assert.Equal(
            """["balance:read"]""",
            refused.Error["gateway"]!["missing_scopes"]!.ToJsonString()
        );
    }
}
