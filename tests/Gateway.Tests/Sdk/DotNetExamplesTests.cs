using System.Net.Http.Json;
using System.Text.Json;
using Arda.Gateway.Billing.Portal;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.OAuth;
using Arda.Gateway.Tests.OAuth;

namespace Arda.Gateway.Tests.Sdk;

/// <summary>The apps of examples/dotnet do what their first lines say, against a running
/// gateway.</summary>
public sealed class DotNetExamplesTests(SdkWorld sdk)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_command_line_connects_by_device_asks_and_signs_out()
    {
        var world = await sdk.StartAsync();
        var (app, person) = (await world.AppAsync(), await world.PersonAsync());
        using var example = ExampleProcess.Start(
            "Device",
            ["Hello"],
            ("ARDA_BASE_URL", (await sdk.AddressAsync()).ToString()),
            ("ARDA_CLIENT_ID", app.Id.Value)
        );
        var code = (await example.SaysAsync("enter (.+)")).Groups[1].Value;
        var decided = await world
            .Get<DeviceCodes>()
            .DecideAsync(code, person.Session, "127.0.0.1", OAuthWorld.Allow(person), Ct);
        Assert.Equal(DeviceDecisionResult.Allowed, decided);
        await example.SaysAsync("Connected to " + person.Project.Slug);
        await example.SaysAsync(@" for \$0\.\d+");
        await example.SaysAsync("Signed out");
        await example.EndsWellAsync();
    }

    [Fact]
    public async Task The_web_app_connects_by_code_and_asks()
    {
        var world = await sdk.StartAsync();
        var person = await world.PersonAsync();
        var app = await world.AppAsync(with: about =>
            about with
            {
                RedirectUris = ["http://127.0.0.1/callback"],
            }
        );
        using var example = ExampleProcess.Start(
            "Web",
            ["--urls", "http://127.0.0.1:0"],
            ("Arda__BaseAddress", (await sdk.AddressAsync()).ToString()),
            ("Arda__ClientId", app.Id.Value)
        );
        var address = await example.ListensAsync();
        using var handler = new HttpClientHandler { AllowAutoRedirect = false };
        using var browser = new HttpClient(handler) { BaseAddress = address };

        using var connect = await browser.GetAsync(new Uri("/connect", UriKind.Relative), Ct);
        var asked = await world.AuthorizeAsync(
            connect.Headers.Location!.Query[1..],
            person.Session
        );
        var back = Assert.IsType<AuthorizeStep.Redirect>(await world.DecideAsync(asked, person));
        using var callback = await browser.GetAsync(new Uri(back.Uri), Ct);
        Assert.Equal("/", callback.Headers.Location?.OriginalString);
        using var form = new FormUrlEncodedContent([new("prompt", "Hello")]);
        using var answer = await browser.PostAsync(new Uri("/ask", UriKind.Relative), form, Ct);
        Assert.True(answer.IsSuccessStatusCode, answer.ToString());
        Assert.NotEmpty(await answer.Content.ReadAsStringAsync(Ct));
    }

    [Fact]
    public async Task The_server_asks_with_the_official_client()
    {
        var world = await sdk.StartAsync();
        using var example = ExampleProcess.Start(
            "Server",
            ["--urls", "http://127.0.0.1:0"],
            ("Arda__BaseAddress", (await sdk.AddressAsync()).ToString()),
            ("Arda__ApiKey", world.Host.ApiKey)
        );
        using var http = new HttpClient { BaseAddress = await example.ListensAsync() };
        using var text = new StringContent("A long story.");
        using var answer = await http.PostAsync(new Uri("/summarize", UriKind.Relative), text, Ct);
        var said = await answer.Content.ReadFromJsonAsync<JsonElement>(Ct);
        Assert.NotEmpty(said.GetProperty("summary").GetString()!);
        Assert.NotEmpty(said.GetProperty("model").GetString()!);
        Assert.True(said.GetProperty("balanceCents").GetInt64() > 0);
    }

    [Fact]
    public async Task The_reseller_waits_for_the_top_up_and_goes_on()
    {
        var world = await sdk.StartAsync();
        var (key, project) = await sdk.PoorAsync();
        using var example = ExampleProcess.Start(
            "Reseller",
            ["simulated/chat"],
            ("ARDA_BASE_URL", (await sdk.AddressAsync()).ToString()),
            ("ARDA_API_KEY", key)
        );
        var link = (await example.SaysAsync("Top up at (.+)")).Groups[1].Value;
        var session = await world
            .Get<PortalSessions>()
            .OpenAsync(link[(link.LastIndexOf('/') + 1)..]);
        await world
            .Get<Credits>()
            .GrantPromoAsync(project.Id, NanoUsd.FromCents(1_000), "topup:" + project.Id);
        await world.Get<PortalSessions>().FinishAsync(session!.Id, PortalOutcome.Funded);
        await example.SaysAsync(@"The user paid \$0\.\d+");
        await example.EndsWellAsync();
    }
}
