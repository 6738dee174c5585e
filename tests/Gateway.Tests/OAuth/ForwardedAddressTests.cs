using Arda.Gateway.OAuth;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.OAuth;

/// <summary>What counts by address behind a proxy of the operator, and what its headers cannot
/// change.</summary>
public sealed class ForwardedAddressTests
{
    private const string Info = "/oauth/authorize/info?client_id=gw_app_none";

    [Fact]
    [OAuthCase("AZ24")]
    public async Task A_trusted_proxys_clients_are_counted_one_by_one_and_never_name_the_issuer()
    {
        await using var world = await OAuthWorld.StartAsync(
            StoreKind.Sqlite,
            postgres: null,
            ("Http:TrustedProxies:0", "127.0.0.1")
        );
        Assert.True(await IsStoppedAsync(world, "203.0.113.9"));
        Assert.Equal(404, (await AskAsync(world, "203.0.113.10")).Status);

        var answer = await world.GetAsync(
            "/.well-known/openid-configuration",
            ("X-Forwarded-For", "203.0.113.10"),
            ("X-Forwarded-Host", "evil.example"),
            ("X-Forwarded-Proto", "https")
        );
        Assert.Equal(world.Issuer, answer.Text("issuer"));
    }

    [Fact]
    [OAuthCase("AZ24")]
    public async Task Without_the_operators_word_a_header_brings_no_new_budget()
    {
        await using var world = await OAuthWorld.StartAsync(StoreKind.Sqlite);
        var isStopped = false;
        // Another address each time; the minute may turn once on the way.
        for (var i = 0; i < 2 * AddressLimits.PerMinuteMax && !isStopped; i++)
        {
            isStopped = (await AskAsync(world, $"203.0.113.{i}")).Status == 429;
        }

        Assert.True(isStopped);
    }

    private static async Task<bool> IsStoppedAsync(OAuthWorld world, string address)
    {
        for (var i = 0; i < 2 * AddressLimits.PerMinuteMax; i++)
        {
            if ((await AskAsync(world, address)).Status == 429)
            {
                return true;
            }
        }

        return false;
    }

    private static Task<Answered> AskAsync(OAuthWorld world, string address) =>
        world.GetAsync(Info, ("X-Forwarded-For", address));
}
