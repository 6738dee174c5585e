using System.Diagnostics;
using System.Text.Json;
using Arda.Gateway.OAuth;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.House;
using Arda.Gateway.Tests.OAuth;
using Arda.Gateway.Tests.Storage;
using AppRecord = Arda.Gateway.Developers.App;

namespace Arda.Gateway.Tests.Clients;

/// <summary>The compiled TypeScript SDK connects users to a running gateway (tests/clients/
/// connect.mjs); the test is the person in the browser.</summary>
public sealed class SdkConnectTests(OAuthWorlds worlds)
{
    private static readonly TimeSpan s_runMax = TimeSpan.FromSeconds(60);

    public static TheoryData<StoreKind> Both => Stores.Both;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_public_app_connects_by_code_and_by_device(StoreKind kind)
    {
        RequireNodeAndSdk();
        var world = await worlds.OfAsync(kind);
        await RunAsync(world, await world.AppAsync(), secret: null);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_confidential_app_connects_by_code_and_by_device(StoreKind kind)
    {
        RequireNodeAndSdk();
        var world = await worlds.OfAsync(kind);
        var app = await world.AppAsync(isConfidential: true);
        await RunAsync(world, app, await world.SecretAsync(app));
    }

    private static void RequireNodeAndSdk()
    {
        Assert.SkipWhen(
            NodeRun.Binary is null,
            "The JavaScript clients are not installed: npm ci --prefix tests/clients"
        );
        Assert.SkipUnless(
            File.Exists(
                Path.Combine(Checkout.Root, "sdk", "typescript", "dist", "esm", "index.js")
            ),
            "The TypeScript SDK is not built: npm ci and npm test in sdk/typescript"
        );
    }

    private static async Task RunAsync(OAuthWorld world, AppRecord app, string? secret)
    {
        var person = await world.PersonAsync();
        // Other tests ask for device codes from this address as well.
        await DeviceTests.FreeAddressAsync(world);
        using var node = Start(world, app, secret);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        limit.CancelAfter(s_runMax);
        var error = node.StandardError.ReadToEndAsync(limit.Token);
        var isDone = false;
        try
        {
            while (await node.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            {
                using var said = JsonDocument.Parse(line);
                var (name, value) = Only(said.RootElement);
                Assert.True(name != "error", value);
                isDone = name == "done";
                if (!isDone)
                {
                    var answer = await ActAsync(world, person, name, value);
                    await node.StandardInput.WriteLineAsync(answer.AsMemory(), limit.Token);
                    await node.StandardInput.FlushAsync(limit.Token);
                }
            }

            Assert.True(isDone, $"It ended before it was done: {await error}");
        }
        finally
        {
            if (!node.HasExited)
            {
                node.Kill();
            }
        }
    }

    private static async Task<string> ActAsync(
        OAuthWorld world,
        Signed person,
        string wish,
        string value
    )
    {
        if (wish == "authorize")
        {
            var asked = await world.AuthorizeAsync(new Uri(value).Query[1..], person.Session);
            return Assert
                .IsType<AuthorizeStep.Redirect>(await world.DecideAsync(asked, person))
                .Uri;
        }

        var decision = OAuthWorld.Allow(person) with { Allow = wish == "allow" };
        var result = await world
            .Get<DeviceCodes>()
            .DecideAsync(value, person.Session, "127.0.0.1", decision, Ct);
        Assert.Equal(
            wish == "allow" ? DeviceDecisionResult.Allowed : DeviceDecisionResult.Denied,
            result
        );
        return "decided";
    }

    private static (string Name, string Value) Only(JsonElement said)
    {
        var member = Assert.Single(said.EnumerateObject());
        return (member.Name, member.Value.ToString());
    }

    private static Process Start(OAuthWorld world, AppRecord app, string? secret)
    {
        var start = new ProcessStartInfo(NodeRun.Binary!)
        {
            WorkingDirectory = Scenes.Folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add("connect.mjs");
        start.Environment["ARDA_CONNECT"] = JsonSerializer.Serialize(
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["issuer"] = world.Issuer,
                ["baseUrl"] = world.Host.Address.ToString().TrimEnd('/'),
                ["clientId"] = app.Id.Value,
                ["redirectUri"] = OAuthWorld.Callback,
                [secret is null ? "-" : "clientSecret"] = secret,
            }
        );
        return Process.Start(start)!;
    }
}
