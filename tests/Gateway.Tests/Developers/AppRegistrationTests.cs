using System.Text;
using Arda.Gateway.Developers;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.OAuth;

namespace Arda.Gateway.Tests.Developers;

/// <summary>What a developer may register, change and see, and what only the operator decides.</summary>
public sealed class AppRegistrationTests(OAuthWorlds worlds)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private Task<OAuthWorld> SqliteAsync() => worlds.OfAsync(StoreKind.Sqlite);

    [Theory]
    [OAuthCase("AD04", "AZ08")]
    [InlineData("https://app.example/cb#f")]
    [InlineData("https://app.example/cb?a=1")]
    [InlineData("https://app.example/cb?iss=x")]
    [InlineData("https://app.example/cb;iss=x")]
    [InlineData("https://*.app.example/cb")]
    [InlineData("https://user@app.example/cb")]
    [InlineData("https://app.example")]
    [InlineData("https://app.example:443/cb")]
    [InlineData("https://APP.example/cb")]
    [InlineData("https://app.example./cb")]
    [InlineData("https://app.example/a/../cb")]
    [InlineData("https://localhost/cb")]
    [InlineData("https://2130706433/cb")]
    [InlineData("https://a\\b.example/cb")]
    [InlineData("https://app.example/\u00fc")]
    [InlineData("http://app.example/cb")]
    [InlineData("http://127.1/cb")]
    [InlineData("http://127.0.0.1")]
    [InlineData("javascript:alert(1)")]
    [InlineData("data:text/html,x")]
    [InlineData("file:///etc/passwd")]
    [InlineData("intent://x/y")]
    [InlineData("ms-settings://x/y")]
    [InlineData("chrome-extension://x/y")]
    [InlineData("myapp:")]
    [InlineData("myapp://")]
    [InlineData("//app.example/cb")]
    [InlineData("")]
    public async Task A_redirect_uri_that_could_be_misused_is_refused(string uri)
    {
        var world = await SqliteAsync();
        var developer = await DeveloperAsync(world);
        var answer = await developer.SendAsync(
            HttpMethod.Post,
            "/developers/apps",
            new
            {
                name = "A",
                kind = "native",
                redirect_uris = new[] { uri },
            }
        );
        Assert.Equal(400, answer.Status);
        var error = answer.Json.GetProperty("error");
        Assert.Equal("redirect_uris", error.GetProperty("param").GetString());
        // The rule is said as a sentence.
        Assert.Matches("^[A-Z].{20,}\\.$", error.GetProperty("message").GetString());
    }

    [Fact]
    [OAuthCase("AD04")]
    public async Task A_scheme_without_a_dot_is_taken_and_shown_to_the_reviewer()
    {
        var world = await SqliteAsync();
        var developer = await DeveloperAsync(world);
        var made = await developer.SendAsync(
            HttpMethod.Post,
            "/developers/apps",
            new
            {
                name = "A",
                kind = "native",
                redirect_uris = new[] { "myapp://oauth/callback" },
            }
        );
        Assert.Equal((201, "pending"), (made.Status, made.Text("status")));
        var review = await world.GetAsync(
            "/admin/apps/" + made.Text("client_id"),
            ("Authorization", "Bearer " + world.Host.Demo.GetProperty("admin_token").GetString())
        );
        Assert.Contains("has no dot", review.Body, StringComparison.Ordinal);
        Assert.NotNull(
            RedirectUriRules.Broken("myapp://cb/x", AppKind.Native, requireReverseDomain: true)
        );
        Assert.NotNull(RedirectUriRules.Broken("myapp://cb/x", AppKind.Web));
    }

    [Fact]
    [OAuthCase("AD01")]
    public async Task Only_the_operators_token_reviews()
    {
        var world = await SqliteAsync();
        var developer = await DeveloperAsync(world);
        var app = await world.AppAsync(state: AppState.Pending, owner: developer.Person.Id);
        var path = $"/admin/apps/{app.Id}/review";
        var body = Encoding.UTF8.GetBytes("""{"decision":"approve"}""");
        (string, string)[][] callers =
        [
            [],
            [("Authorization", "Bearer " + world.Host.ApiKey)],
            [("Cookie", developer.Cookie), (DeveloperEndpoints.FormTokenHeader, developer.Token)],
        ];
        foreach (var headers in callers)
        {
            var answer = await world.PostRawAsync(path, body, "application/json", headers);
            Assert.Equal(401, answer.Status);
        }

        Assert.Equal(AppState.Pending, (await world.Get<Apps>().FindAsync(app.Id, Ct))!.State);
        await PayoutSetups.EndAsync(world.Host.Services, developer.Person.Id);
        var admin = "Bearer " + world.Host.Demo.GetProperty("admin_token").GetString();
        var approved = await world.PostRawAsync(
            path,
            body,
            "application/json",
            ("Authorization", admin)
        );
        Assert.Equal("approved", approved.Text("status"));
        Assert.Equal(
            1,
            await world.CountAsync(
                "SELECT COUNT(*) FROM app_review WHERE app = @app",
                ("app", app.Id.Value)
            )
        );
    }

    [Fact]
    [OAuthCase("AD05")]
    public async Task What_is_not_a_developers_to_say_is_ignored_and_others_apps_are_not_there()
    {
        var world = await SqliteAsync();
        var (mine, other) = (await DeveloperAsync(world), await DeveloperAsync(world));
        var made = await mine.SendAsync(
            HttpMethod.Post,
            "/developers/apps",
            new
            {
                name = "Mine",
                redirect_uris = new[] { OAuthWorld.Callback },
                status = "approved",
                state = "approved",
                owner = other.Person.Id.Value,
                owner_id = other.Person.Id.Value,
                first_party = true,
                verified_domain = "example.com",
            }
        );
        Assert.Equal((201, "pending"), (made.Status, made.Text("status")));
        Assert.Null(made.Text("verified_domain"));
        Assert.NotNull(made.Text("client_secret"));
        var path = "/developers/apps/" + made.Text("client_id");
        Assert.Equal(200, (await mine.SendAsync(HttpMethod.Get, path)).Status);
        Assert.Equal(404, (await other.SendAsync(HttpMethod.Get, path)).Status);
        var patch = await other.SendAsync(HttpMethod.Patch, path, new { name = "Theirs" });
        Assert.Equal(404, patch.Status);
        // Nor may its own developer decide these by a change.
        var own = await mine.SendAsync(
            HttpMethod.Patch,
            path,
            new
            {
                status = "approved",
                state = "approved",
                owner_id = other.Person.Id.Value,
                first_party = true,
                verified_domain = "example.com",
            }
        );
        Assert.Equal((200, "pending"), (own.Status, own.Text("status")));
        Assert.Null(own.Text("verified_domain"));
        Assert.Equal(404, (await other.SendAsync(HttpMethod.Get, path)).Status);
        Assert.Equal(404, (await other.SendAsync(HttpMethod.Post, path + "/secrets")).Status);
        Assert.Equal(404, (await other.SendAsync(HttpMethod.Delete, path + "/secrets/x")).Status);
        Assert.DoesNotContain(
            "Mine",
            (await other.SendAsync(HttpMethod.Get, "/developers/apps")).Body,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_change_needs_the_form_token_of_the_session()
    {
        var world = await SqliteAsync();
        var developer = await DeveloperAsync(world);
        var body = Encoding.UTF8.GetBytes("""{"name":"A"}""");
        var without = await world.PostRawAsync(
            "/developers/apps",
            body,
            "application/json",
            ("Cookie", developer.Cookie)
        );
        var crossSite = await world.PostRawAsync(
            "/developers/apps",
            body,
            "application/json",
            ("Cookie", developer.Cookie),
            (DeveloperEndpoints.FormTokenHeader, developer.Token),
            ("Sec-Fetch-Site", "cross-site")
        );
        Assert.Equal((403, 403), (without.Status, crossSite.Status));
        Assert.Equal(401, (await world.GetAsync("/developers/apps")).Status);
    }

    [Theory]
    [OAuthCase("AD06")]
    [InlineData("Arda")]
    [InlineData("ARDA Gateway")]
    [InlineData("\u0430rd\u0430")]
    [InlineData("\u0391rda Cloud")]
    [InlineData("A\u200brda")]
    [InlineData("Note\u202ekoob")]
    [InlineData("N\u043etebook")]
    [InlineData("")]
    [InlineData("   ")]
    public async Task A_name_that_deceives_is_refused(string name)
    {
        var world = await SqliteAsync();
        var developer = await DeveloperAsync(world);
        var answer = await developer.SendAsync(
            HttpMethod.Post,
            "/developers/apps",
            new { name, redirect_uris = new[] { OAuthWorld.Callback } }
        );
        Assert.Equal(400, answer.Status);
    }

    [Theory]
    [OAuthCase("AD06")]
    [InlineData("Notebook")]
    [InlineData("Ardatov Tools")]
    [InlineData("Записная книжка")]
    [InlineData("ノート Pro")]
    public void An_honest_name_is_taken(string name)
    {
        Assert.Null(AppNames.Broken(name));
        Assert.NotNull(AppNames.Broken(new string('n', 300)));
    }

    [Fact]
    public async Task What_an_approved_app_wants_changed_waits_for_review_and_less_does_not()
    {
        var world = await SqliteAsync();
        var app = await world.AppAsync(with: about => about with { MarkupBps = 1_000 });
        var apps = world.Get<Apps>();
        var more = new AppChanges
        {
            RedirectUris = [OAuthWorld.Callback, "https://app.example/second"],
        };
        Assert.False(
            (await apps.PatchAsync(app.Id, app.Owner, more, Ct)).Denied(out _, out var waiting)
        );
        Assert.Equal([OAuthWorld.Callback], waiting.RedirectUris);
        Assert.NotNull(waiting.Proposed);
        var less = new AppChanges { MarkupBps = 500 };
        Assert.False(
            (await apps.PatchAsync(app.Id, app.Owner, less, Ct)).Denied(out _, out var cut)
        );
        Assert.Equal(500, cut.MarkupBps);

        var approved = await world.ReviewAsync(app, AppState.Approved);
        Assert.Equal(2, approved.RedirectUris.Count);
        Assert.Null(approved.Proposed);
        Assert.Equal(500, approved.MarkupBps);
    }

    [Fact]
    [OAuthCase("SE10")]
    public async Task A_new_secret_needs_a_fresh_sign_in()
    {
        var world = await SqliteAsync();
        var developer = await DeveloperAsync(world);
        var app = await world.AppAsync(isConfidential: true, owner: developer.Person.Id);
        var path = $"/developers/apps/{app.Id}/secrets";
        var made = await developer.SendAsync(HttpMethod.Post, path);
        Assert.Equal(201, made.Status);
        Assert.StartsWith("gw_cs_", made.Text("secret"), StringComparison.Ordinal);
        await world.ExecuteAsync(
            "UPDATE session SET authenticated_at = authenticated_at - 3600000 WHERE person = @id",
            ("id", developer.Person.Id.Value)
        );
        Assert.Equal(401, (await developer.SendAsync(HttpMethod.Post, path)).Status);
        // It was shown once.
        var seen = await developer.SendAsync(HttpMethod.Get, $"/developers/apps/{app.Id}");
        Assert.DoesNotContain(made.Text("secret")!, seen.Body, StringComparison.Ordinal);
    }

    private static Task<Developer> DeveloperAsync(OAuthWorld world) => Developer.OfAsync(world);
}
