using System.Text;
using Arda.Gateway.Developers;
using Arda.Gateway.Kernel;
using Arda.Gateway.OAuth;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;

namespace Arda.Gateway.Tests.OAuth;

/// <summary>An app that waits for review is its owner's to try, the whole way (ruling 18).</summary>
public sealed class PendingAppTests(OAuthWorlds worlds)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task The_owner_gets_a_key_through_the_browser_and_spends_with_it(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var (owner, stranger) = (await world.PersonAsync(), await world.PersonAsync());
        var app = await world.AppAsync(state: AppState.Pending, owner: owner.Id);

        var token = await world.RedeemAsync(app, await world.CodeAsync(app, owner));
        var key = token.Text("access_token")!;

        Assert.Equal(200, await SpendAsync(world, key));
        var refused = await world.AuthorizeAsync(OAuthWorld.Query(app), stranger.Session);
        Assert.IsType<AuthorizeStep.ErrorPage>(refused);
        await world.ReviewAsync(app, AppState.Rejected);
        Assert.Equal(403, await SpendAsync(world, key));
    }

    // Ruling 18 over DV01: whoever starts a device is nobody yet, so the page tells owner and
    // stranger apart.
    [Theory]
    [OAuthCase("DV01")]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_pending_apps_device_code_is_valid_for_its_owner_alone(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var (owner, stranger) = (await world.PersonAsync(), await world.PersonAsync());
        var app = await world.AppAsync(state: AppState.Pending, owner: owner.Id);
        await DeviceTests.FreeAddressAsync(world);
        var started = await DeviceTests.StartAsync(world, app.Id.Value);
        Assert.Equal(200, started.Status);
        var (code, typed) = (started.Text("device_code")!, started.Text("user_code")!);
        var devices = world.Get<DeviceCodes>();

        Assert.Null(await DeviceTests.FindAsync(world, typed, stranger, Ids.Make("address")));
        var decided = await devices.DecideAsync(
            typed,
            stranger.Session,
            Ids.Make("address"),
            OAuthWorld.Allow(stranger),
            Ct
        );
        Assert.Equal(DeviceDecisionResult.NotValid, decided);
        (await DeviceTests.PollAsync(world, app, code)).IsOAuthError(400, "authorization_pending");

        var shown = await DeviceTests.FindAsync(world, typed, owner, Ids.Make("address"));
        Assert.True(shown!.Consent.IsOwnersTest);
        decided = await devices.DecideAsync(
            typed,
            owner.Session,
            Ids.Make("address"),
            OAuthWorld.Allow(owner),
            Ct
        );
        Assert.Equal(DeviceDecisionResult.Allowed, decided);
        var key = (await DeviceTests.PollAsync(world, app, code)).Text("access_token")!;
        Assert.Equal(200, await SpendAsync(world, key));
        Assert.Equal(200, await world.StatusOfKeyAsync(key));
        await world.ReviewAsync(app, AppState.Rejected);
        Assert.Equal(403, await SpendAsync(world, key));
    }

    private static async Task<int> SpendAsync(OAuthWorld world, string key)
    {
        const string Body =
            """{"model":"arda/auto","messages":[{"role":"user","content":"Hello"}]}""";
        var answer = await world.PostRawAsync(
            "/v1/chat/completions",
            Encoding.UTF8.GetBytes(Body),
            "application/json",
            ("Authorization", "Bearer " + key)
        );
        return answer.Status;
    }
}
