using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Arda.Gateway.OAuth;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.OAuth;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Arda.Gateway.Tests.Clients;

/// <summary>The OAuth client libraries of the JavaScript world, unmodified, through every flow; the
/// cases are in tests/clients/oauth.mjs. This test plays the person who says yes.</summary>
public sealed class OAuthClientTests
{
    [Theory]
    [InlineData(StoreKind.Sqlite)]
    [InlineData(StoreKind.Postgres)]
    public async Task Openid_client_and_oauth4webapi_complete_every_flow(StoreKind kind)
    {
        Assert.SkipWhen(
            NodeRun.Binary is null,
            "The JavaScript clients are not installed: npm ci --prefix tests/clients"
        );
        var issuer = $"http://127.0.0.1:{FreePort()}";
        await using var world = await OAuthWorld.StartAsync(
            kind,
            postgres: null,
            ("urls", issuer),
            ("PublicUrl", issuer)
        );
        await using var person = await StartPersonAsync(world);
        var demo = world.Host.Demo;
        var facts = JsonSerializer.Serialize(
            new
            {
                issuer,
                person = person.Urls.First(),
                open = new { id = demo.GetProperty("demo_client_id").GetString() },
                closed = new
                {
                    id = demo.GetProperty("demo_confidential_client_id").GetString(),
                    secret = demo.GetProperty("demo_confidential_client_secret").GetString(),
                },
            }
        );

        var run = await NodeRun.OfAsync(["oauth"], facts);

        Assert.True(run.Cases.Count >= 15, run.StandardError);
        var failed = run.Cases.Where(one => one.Error is not null);
        Assert.Empty(failed.Select(one => $"{one.Client}: {one.Name}: {one.Error}"));
    }

    private static async Task<WebApplication> StartPersonAsync(OAuthWorld world)
    {
        var person = await world.PersonAsync();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet(
            "/consent",
            async (string url, string answer) =>
            {
                var query = url[(url.IndexOf('?', StringComparison.Ordinal) + 1)..];
                var asked = await world.AuthorizeAsync(query, person.Session);
                var step =
                    asked is AuthorizeStep.Consent
                        ? await world.DecideAsync(
                            asked,
                            person,
                            OAuthWorld.Allow(person) with
                            {
                                Allow = answer == "allow",
                            }
                        )
                        : asked;
                return Assert.IsType<AuthorizeStep.Redirect>(step).Uri;
            }
        );
        app.MapGet(
            "/device",
            async (string user_code) =>
            {
                var result = await world
                    .Get<DeviceCodes>()
                    .DecideAsync(
                        user_code,
                        person.Session,
                        "192.0.2.1",
                        OAuthWorld.Allow(person),
                        CancellationToken.None
                    );
                return result.ToString();
            }
        );
        app.MapGet("/rotate", () => world.Get<SigningKeys>().RotateAsync());
        app.MapGet(
            "/activate",
            async () =>
            {
                // Ten minutes pass.
                await world.ExecuteAsync(
                    "UPDATE oauth_signing_key SET active_from = active_from - 600001"
                );
                world.Get<SigningKeys>().Forget();
                return "active";
            }
        );
        await app.StartAsync();
        return app;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
