using Arda.Gateway.Developers;
using Arda.Gateway.Keys;
using Arda.Gateway.OAuth;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;
using AppRecord = Arda.Gateway.Developers.App;

namespace Arda.Gateway.Tests.OAuth;

/// <summary>What a person takes back from an app, and the operator from everybody.</summary>
public sealed class WithdrawalTests(OAuthWorlds worlds)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<StoreKind> Both => Stores.Both;

    [Theory]
    [OAuthCase("RV08")]
    [MemberData(nameof(Both))]
    public async Task Disconnecting_ends_keys_codes_and_device_codes_and_nothing_of_others(
        StoreKind kind
    )
    {
        var world = await worlds.OfAsync(kind);
        var (person, neighbour) = (await world.PersonAsync(), await world.PersonAsync());
        var (app, other) = (await world.AppAsync(), await world.AppAsync());
        await DeviceTests.FreeAddressAsync(world);
        var open = await OpenAsync(world, app, person);
        var kept = await RevocationTests.KeyAsync(world, other, person);
        var neighbours = await RevocationTests.KeyAsync(world, app, neighbour);
        var grant = (await world.Get<Connections>().ListAsync(person.Id, Ct))
            .Single(one => one.Grant.App == app.Id)
            .Grant;

        await world.Get<Connections>().RevokeAsync(grant.Id, RevokeReason.Disconnected, Ct);

        Assert.Equal(401, await world.StatusOfKeyAsync(open.Key));
        Assert.Equal(401, (await ConsentTests.AskAsync(world, open.Key)).Status);
        (await world.RedeemAsync(app, open.Code)).IsOAuthError(400, "invalid_grant");
        var polled = await DeviceTests.PollAsync(world, app, open.Device);
        polled.IsOAuthError(400, "invalid_grant");
        foreach (var key in new[] { kept, neighbours })
        {
            Assert.Equal(200, (await ConsentTests.AskAsync(world, key)).Status);
        }
    }

    [Theory]
    [OAuthCase("RV08")]
    [MemberData(nameof(Both))]
    public async Task Suspending_an_app_ends_keys_codes_and_device_codes_and_nothing_of_others(
        StoreKind kind
    )
    {
        var world = await worlds.OfAsync(kind);
        var person = await world.PersonAsync();
        var (app, other) = (await world.AppAsync(), await world.AppAsync());
        await DeviceTests.FreeAddressAsync(world);
        var open = await OpenAsync(world, app, person);
        var waiting = await DeviceTests.StartAsync(world, app.Id.Value);
        var kept = await RevocationTests.KeyAsync(world, other, person);

        await world.ReviewAsync(app, AppState.Suspended);

        Assert.Equal(403, (await ConsentTests.AskAsync(world, open.Key)).Status);
        (await world.RedeemAsync(app, open.Code)).IsOAuthError(400, "unauthorized_client");
        var polled = await DeviceTests.PollAsync(world, app, open.Device);
        polled.IsOAuthError(400, "unauthorized_client");
        var found = await world
            .Get<DeviceCodes>()
            .FindAsync(waiting.Text("user_code")!, person.Session, "192.0.2.8", Ct);
        Assert.False(found.Denied(out _, out var lookup));
        Assert.Null(lookup.Request);
        (await DeviceTests.StartAsync(world, app.Id.Value)).IsOAuthError(
            400,
            "unauthorized_client"
        );
        Assert.Equal(200, (await ConsentTests.AskAsync(world, kept)).Status);
    }

    // A key that works, a code and an approved device code that wait to be redeemed.
    private static async Task<(string Key, string Code, string Device)> OpenAsync(
        OAuthWorld world,
        AppRecord app,
        Signed person
    )
    {
        var key = await RevocationTests.KeyAsync(world, app, person);
        Assert.Equal(200, (await ConsentTests.AskAsync(world, key)).Status);
        var started = await DeviceTests.StartAsync(world, app.Id.Value);
        var allowed = await world
            .Get<DeviceCodes>()
            .DecideAsync(
                started.Text("user_code")!,
                person.Session,
                "192.0.2.8",
                OAuthWorld.Allow(person),
                Ct
            );
        Assert.Equal(DeviceDecisionResult.Allowed, allowed);
        var code = await world.CodeAsync(app, person);
        return (key, code, started.Text("device_code")!);
    }
}
