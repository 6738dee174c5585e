using Arda.Gateway.Developers;
using Arda.Gateway.OAuth;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.OAuth;

/// <summary>Addresses that strangers bring are text: nothing is ever fetched from them.</summary>
public sealed class EgressTests(OAuthWorlds worlds)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    [OAuthCase("AZ17")]
    public async Task A_request_by_reference_is_refused_without_a_look_at_it()
    {
        using var watch = new EgressWatch();
        await watch.ProveAsync();
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var app = await world.AppAsync();
        var here = $"http://127.0.0.1:{watch.Port}/x";
        (string Name, string Value, string Error)[] wishes =
        [
            ("request_uri", here, "request_uri_not_supported"),
            ("request_uri", "https://az17.invalid/x", "request_uri_not_supported"),
            ("request", "eyJhbGciOiJub25lIn0.e30.", "request_not_supported"),
            ("registration", $$"""{"logo_uri":"{{here}}"}""", "registration_not_supported"),
        ];
        foreach (var (name, value, error) in wishes)
        {
            var step = await world.AuthorizeAsync(OAuthWorld.Query(app, (name, value)), null);
            Assert.Equal(error, OAuthWorld.Answer(step)["error"]);
        }

        // Nor is a client looked up where its id points to.
        var byAddress = OAuthWorld.Query(app, ("client_id", here));
        Assert.IsType<AuthorizeStep.ErrorPage>(await world.AuthorizeAsync(byAddress, null));
        await AssertNobodyCalledAsync(watch, "az17.invalid");
    }

    [Fact]
    [OAuthCase("SS01")]
    public async Task An_apps_addresses_are_kept_and_shown_and_never_called()
    {
        using var watch = new EgressWatch();
        await watch.ProveAsync();
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var person = await world.PersonAsync();
        string[] websites =
        [
            "https://169.254.169.254/latest",
            $"https://localhost:{watch.Port}/x",
            $"https://127.0.0.1:{watch.Port}/x",
            "https://10.0.0.1/",
            $"https://[::ffff:127.0.0.1]:{watch.Port}/",
            $"https://2130706433:{watch.Port}/",
            "https://ss01.invalid/private",
        ];
        foreach (var website in websites)
        {
            var app = await world.AppAsync(
                AppKind.Native,
                with: about => about with { WebsiteUrl = website }
            );
            Assert.Equal(website, app.WebsiteUrl);
            var info = await world.GetAsync(
                $"/oauth/authorize/info?client_id={app.Id}"
                    + $"&redirect_uri={Uri.EscapeDataString(OAuthWorld.Callback)}"
            );
            Assert.Equal(website, info.Text("website_url"));
            var asked = await world.AuthorizeAsync(OAuthWorld.Query(app), person.Session);
            var view = await world
                .Get<AuthorizeRequests>()
                .ViewAsync(((AuthorizeStep.Consent)asked).Id, person.Session, Ct);
            Assert.False(view.Denied(out _, out _));
            Assert.IsType<AuthorizeStep.Redirect>(await world.DecideAsync(asked, person));
        }

        await AssertNobodyCalledAsync(watch, "169.254.169.254", "10.0.0.1", "ss01.invalid");
    }

    private static async Task AssertNobodyCalledAsync(EgressWatch watch, params string[] hosts)
    {
        // What would have been begun beside the request has its chance to arrive.
        await Task.Delay(50, Ct);
        Assert.False(watch.IsCalled);
        Assert.DoesNotContain(hosts, watch.HasSeen);
        Assert.False(watch.HasSeen($" {watch.Port} "));
    }
}
