using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;

namespace Arda.Gateway.Tests.Keys;

public sealed class ConnectionsTests
{
    private static readonly AppId App = new("gw_app_a");
    private static readonly ResellerId Reseller = new("res_a");

    private static readonly Connection Grant = new()
    {
        Id = new ConnectionId("con_a"),
        Owner = KeyNode.Wish.Owner,
        Project = KeyNode.Wish.Project,
        App = App,
        Scopes = [Scopes.Inference, Scopes.BalanceRead],
        MarkupBps = 2_000,
        MonthlyLimit = NanoUsd.FromCents(1_000),
    };

    private static readonly NewKey Wish = KeyNode.Wish with
    {
        App = App,
        Connection = Grant.Id,
        Scopes = [Scopes.Inference, Scopes.BalanceRead],
    };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_key_of_an_app_carries_what_was_agreed_at_consent(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, KeysSchema.Migrations);
        await using var node = await StartAsync(store);
        var secret = (await node.MintAsync(Wish)).Secret;

        var caller = await node.CallerAsync(secret);

        Assert.Equal((App, Grant.Id, Reseller), (caller.App, caller.Connection, caller.Reseller));
        Assert.Equal(2_000, caller.ResellerMarkupBps);
        Assert.Equal(NanoUsd.FromCents(1_000), caller.ConnectionMonthlyLimit);
        Assert.Null(caller.SpendingDenied);
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_raised_markup_waits_for_consent_and_a_cut_applies_at_once(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, KeysSchema.Migrations);
        await using var node = await StartAsync(store);
        var secret = (await node.MintAsync(Wish)).Secret;
        await node.CallerAsync(secret);

        await StandAsync(node, AppStanding.Approved, 3_000);
        var raised = await node.CallerAsync(secret);
        await StandAsync(node, AppStanding.Approved, 500);
        var cut = await node.CallerAsync(secret);
        await StandAsync(node, AppStanding.Approved, 3_000);
        await node.Connections.AgreeAsync(Grant with { MarkupBps = 3_000 }, Ct);
        var agreed = await node.CallerAsync(secret);

        Assert.IsType<Denial.ConsentRequired>(raised.SpendingDenied);
        Assert.Equal(2_000, raised.ResellerMarkupBps);
        Assert.Equal((500, null), (cut.ResellerMarkupBps, cut.SpendingDenied));
        Assert.Equal((3_000, null), (agreed.ResellerMarkupBps, agreed.SpendingDenied));
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Pause_resume_limit_and_narrowed_scopes_apply_to_the_next_request(
        StoreKind kind
    )
    {
        await using var store = await Stores.OpenAsync(kind, KeysSchema.Migrations);
        await using var node = await StartAsync(store);
        var secret = (await node.MintAsync(Wish)).Secret;
        await node.CallerAsync(secret);

        await node.Connections.PauseAsync(Grant.Id, Ct);
        Assert.IsType<Denial.ConnectionPaused>((await node.CallerAsync(secret)).SpendingDenied);

        await node.Connections.ResumeAsync(Grant.Id, Ct);
        Assert.Null((await node.CallerAsync(secret)).SpendingDenied);

        await node.Connections.LimitAsync(Grant.Id, null, Ct);
        Assert.Null((await node.CallerAsync(secret)).ConnectionMonthlyLimit);

        await node.Connections.AgreeAsync(Grant with { Scopes = [Scopes.Inference] }, Ct);
        var narrowed = await node.CallerAsync(secret);
        Assert.False(narrowed.MayReadBalance);
        Assert.Null(narrowed.Lacks(Scopes.Inference));
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Disconnecting_an_app_kills_its_keys_and_no_other(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, KeysSchema.Migrations);
        await using var node = await StartAsync(store);
        var ofTheApp = await node.MintAsync(Wish);
        var own = await node.MintAsync();
        await node.CallerAsync(ofTheApp.Secret);

        await node.Connections.RevokeAsync(Grant.Id, RevokeReason.Disconnected, Ct);
        await node.Connections.ResumeAsync(Grant.Id, Ct);

        Assert.IsType<Denial.KeyRevoked>(await node.DenialAsync(ofTheApp.Secret));
        Assert.Contains((ofTheApp.Key.Id, new Denial.KeyRevoked()), node.Withdrawn);
        await node.CallerAsync(own.Secret);
        Assert.IsType<Denial.KeyRevoked>(
            await node.DenialAsync((await node.MintAsync(Wish)).Secret)
        );
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_suspended_app_may_not_spend_and_its_running_streams_are_told(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, KeysSchema.Migrations);
        await using var node = await StartAsync(store);
        var minted = await node.MintAsync(Wish);
        await node.CallerAsync(minted.Secret);

        await StandAsync(node, AppStanding.Suspended, 2_000);

        var caller = await node.CallerAsync(minted.Secret);
        Assert.IsType<Denial.AppSuspended>(caller.SpendingDenied);
        Assert.Contains((minted.Key.Id, new Denial.AppSuspended()), node.Withdrawn);

        await StandAsync(node, AppStanding.Approved, 2_000);
        Assert.Null((await node.CallerAsync(minted.Secret)).SpendingDenied);
    }

    private static async Task<KeyNode> StartAsync(TestStore store)
    {
        var node = await KeyNode.StartAsync(store.Database);
        await StandAsync(node, AppStanding.Approved, 2_000);
        await node.Connections.AgreeAsync(Grant, Ct);
        return node;
    }

    private static Task StandAsync(KeyNode node, AppStanding standing, int markupBps) =>
        node.Connections.StandAsync(App, standing, markupBps, Reseller, Ct);
}
