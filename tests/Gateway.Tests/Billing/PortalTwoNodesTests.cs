using System.Security.Cryptography;
using Arda.Gateway.Billing.Portal;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.OAuth;
using Arda.Gateway.Tests.Storage;

namespace Arda.Gateway.Tests.Billing;

/// <summary>The app waits at one node, its user is at another.</summary>
public sealed class PortalTwoNodesTests
{
    private const string Path = "/v1/gateway/portal-sessions";

    [Fact]
    public async Task What_happens_at_one_node_is_heard_at_the_other_and_of_two_openings_one_wins()
    {
        if (PostgresCluster.ForThisRun is not { } cluster)
        {
            Assert.Skip("PostgreSQL is not installed (no initdb in /usr/lib/postgresql/*/bin).");
            return;
        }

        var database = cluster.CreateDatabase();
        var secret = (
            "OAuth:SigningKeySecret",
            Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))
        );
        await using var a = await OAuthWorld.StartAsync(
            StoreKind.Postgres,
            database,
            secret,
            ("node", "a")
        );
        await using var b = await OAuthWorld.StartAsync(
            StoreKind.Postgres,
            database,
            secret,
            ("node", "b")
        );
        var atA = await a.ConnectAsync();
        var atB = atA with { World = b };
        var made = (await atA.PostAsync(Path, null)).Expect(201).Json;
        var id = new PortalSessionId((string)made["id"]!);
        using var events = await atB.StreamAsync($"{Path}/{id}/events");
        Assert.Equal("open", (string?)(await PortalSessionTests.NextAsync(events))!["status"]);

        var link = PortalSessionTests.SecretOf(made);
        var openings = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(i => (i % 2 == 0 ? a : b).Get<PortalSessions>().OpenAsync(link))
        );

        Assert.Single(openings, opening => opening is not null);
        Assert.Equal("opened", (string?)(await PortalSessionTests.NextAsync(events))!["status"]);
        await a.Get<PortalSessions>().FinishAsync(id, PortalOutcome.LimitsChanged);
        var last = await PortalSessionTests.NextAsync(events);
        Assert.Equal("limits_changed", (string?)last!["status"]);
        Assert.Null(await PortalSessionTests.NextAsync(events));
    }
}
