using System.Net;
using System.Text.Json;
using Arda.Gateway.OAuth;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Pages;
using Arda.Gateway.Tests.Storage;

namespace Arda.Gateway.Tests.OAuth;

/// <summary>Whoever types a code that is not waiting learns nothing of what it was.</summary>
public sealed class UserCodeOracleTests(OAuthWorlds worlds)
{
    private static readonly string[] s_fates = ["unknown", "no code", "expired", "used", "denied"];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    [OAuthCase("DV08")]
    public async Task Unknown_expired_used_and_denied_codes_get_one_page_and_one_status()
    {
        await using var host = await PagesHost.StartAsync();
        var app = await host.NewAppAsync("http://127.0.0.1/callback");
        using var http = new HttpClient { BaseAddress = host.Address };
        HashSet<string> pages = [];
        foreach (var fate in s_fates)
        {
            // Five wrong codes of one account are the most that are looked at.
            using var browser = new FormBrowser(host);
            await browser.SignInAsync(fate.Replace(' ', '-') + "@example.com");
            var form = new FormUrlEncodedContent([new("client_id", app.Id.Value)]);
            var started = await http.PostAsync("/oauth/device/code", form, Ct);
            using var json = JsonDocument.Parse(await started.Content.ReadAsStringAsync(Ct));
            var code = json.RootElement.GetProperty("user_code").GetString()!;
            var typed = await FateAsync(host, browser, fate, code);
            await browser.OpenAsync("/connect");
            var hidden = browser.HiddenOf("/connect");
            await browser.PostAsync("/connect", [.. hidden, ("user_code", typed)]);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, browser.Last.StatusCode);
            pages.Add(Anonymous(browser.Html, typed, hidden, fate));
            await browser.PostAsync(
                "/connect/decision",
                [.. hidden, ("user_code", typed), ("decision", "deny")]
            );
            Assert.Equal(HttpStatusCode.UnprocessableEntity, browser.Last.StatusCode);
            pages.Add(Anonymous(browser.Html, typed, hidden, fate));
        }

        Assert.Single(pages);
        Assert.Contains("This code is not valid", pages.Single(), StringComparison.Ordinal);
    }

    // Not their time, which the machine decides, but the work that it is made of.
    [Fact]
    [OAuthCase("DV08")]
    public async Task They_cost_the_same_statements_and_none_ends_early()
    {
        Assert.SkipWhen(PostgresCluster.ForThisRun is null, "PostgreSQL is not installed.");
        var world = await worlds.OfAsync(StoreKind.Postgres);
        var app = await world.AppAsync();
        var codes = world.Get<DeviceCodes>();
        List<IReadOnlyList<string>> asked = [];
        // The first round prepares statements, which is one step more.
        foreach (var fate in s_fates.Concat(s_fates))
        {
            await DeviceTests.FreeAddressAsync(world);
            var person = await world.PersonAsync();
            var code = (await DeviceTests.StartAsync(world, app.Id.Value)).Text("user_code")!;
            var typed = await FateAsync(world, person, fate, code);
            asked.Add(
                await StatementWatch.OfAsync(async () =>
                {
                    var found = await codes.FindAsync(
                        typed,
                        person.Session,
                        "192.0.2.9" + fate,
                        Ct
                    );
                    Assert.False(found.Denied(out _, out var lookup));
                    Assert.Null(lookup.Request);
                })
            );
        }

        Assert.Contains(asked[^1], sql => sql.Contains("oauth_device_code", Ordinal));
        Assert.All(asked[s_fates.Length..], one => Assert.Equal(asked[^1], one));
    }

    private const StringComparison Ordinal = StringComparison.Ordinal;

    private static async Task<string> FateAsync(
        PagesHost host,
        FormBrowser browser,
        string fate,
        string code
    )
    {
        if (fate is "used" or "denied")
        {
            await browser.OpenAsync("/connect");
            await browser.SubmitAsync("/connect", ("user_code", code));
            await browser.SubmitAsync(
                "/connect/decision",
                ("new_project", "Personal"),
                ("monthly_limit", "5"),
                ("decision", fate == "used" ? "allow" : "deny")
            );
            Assert.Equal(HttpStatusCode.SeeOther, browser.Last.StatusCode);
        }
        else if (fate == "expired")
        {
            await host.Gateway.Database.WriteAsync(connection => connection.Execute(ExpireSql));
        }

        return Typed(fate, code);
    }

    private static async Task<string> FateAsync(
        OAuthWorld world,
        Signed person,
        string fate,
        string code
    )
    {
        if (fate is "used" or "denied")
        {
            var decision = OAuthWorld.Allow(person) with { Allow = fate == "used" };
            await world
                .Get<DeviceCodes>()
                .DecideAsync(code, person.Session, "192.0.2.8", decision, Ct);
        }
        else if (fate == "expired")
        {
            await world.ExecuteAsync(ExpireSql);
        }

        return Typed(fate, code);
    }

    private const string ExpireSql =
        "UPDATE oauth_device_code SET expires_at = expires_at - 601000 WHERE state = 'pending'";

    private static string Typed(string fate, string code) =>
        fate switch
        {
            "unknown" => "BBBB-BBBB",
            "no code" => "not a code",
            _ => code,
        };

    private static string Anonymous(
        string html,
        string typed,
        (string Name, string Value)[] hidden,
        string fate
    ) =>
        hidden.Aggregate(
            html.Replace(typed, "CODE", Ordinal)
                .Replace(fate.Replace(' ', '-') + "@example.com", "WHO", Ordinal),
            (page, field) => page.Replace(field.Value, field.Name, Ordinal)
        );
}
