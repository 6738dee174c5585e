using System.Net;
using System.Text.RegularExpressions;
using Arda.Gateway.Developers;
using Arda.Gateway.OAuth;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Developers;
using Microsoft.Extensions.DependencyInjection;

namespace Arda.Gateway.Tests.Pages;

/// <summary>What stands around the page of consent: its limits, and the logo of who asks.</summary>
public sealed class ConsentEdgeTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_flood_from_one_address_is_stopped_before_it_is_stored()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        var app = await host.NewAppAsync("https://app.example/cb");
        var path = new AuthorizeWish(app, "https://app.example/cb").Path;
        var (passed, isOver) = (0, false);
        // The minute may turn once on the way.
        for (var asked = 0; asked <= AddressLimits.PerMinuteMax && !isOver; asked++)
        {
            var shown = await browser.SendAsync(new HttpRequestMessage(HttpMethod.Get, path));
            passed += shown == HttpStatusCode.OK ? 1 : 0;
            var parked = await browser.PostAsync("/oauth/authorize", [("client_id", "none")]);
            isOver =
                shown == HttpStatusCode.TooManyRequests && parked == HttpStatusCode.TooManyRequests;
        }

        Assert.True(isOver);
        Assert.NotNull(browser.Last.Headers.RetryAfter);
        Assert.Contains("Wait a minute", browser.Html, StringComparison.Ordinal);
        Assert.InRange(passed, 1, AddressLimits.PerMinuteMax);
        Assert.Equal(passed, await CountAsync(host));
    }

    [Fact]
    public async Task An_uploaded_logo_is_shown_with_words_for_those_who_do_not_see_it()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        const string Uri = "https://app.example/cb";
        var app = await host.NewAppAsync(Uri);
        var logos = host.Services.GetRequiredService<AppLogos>();
        var set = await logos.SetAsync(app.Id, app.Owner, Images.Png(96, 96), Ct);
        Assert.False(set.Denied(out var denial, out _), $"{denial}");
        var wish = new AuthorizeWish(app, Uri);
        await browser.SignInAsync("ada@example.com");

        // Until the operator has seen it, nobody else does.
        await browser.OpenAsync(wish.Path);
        Assert.DoesNotContain("<img", browser.Html, StringComparison.Ordinal);
        var decision = new ReviewDecision { State = AppState.Approved };
        await host.Services.GetRequiredService<Apps>().ReviewAsync(app.Id, decision, "test", Ct);
        await browser.OpenAsync(wish.Path);

        var tag = Regex.Match(
            browser.Html,
            "<img src=\"(/assets/logos/[0-9a-f]{64})\" alt=\"([^\"]+)\"",
            RegexOptions.None,
            TimeSpan.FromSeconds(5)
        );
        Assert.Equal("Logo of Margin Notes", tag.Groups[2].Value);
        await browser.SendAsync(new HttpRequestMessage(HttpMethod.Get, tag.Groups[1].Value));
        Assert.Equal("image/png", browser.Last.Content.Headers.ContentType?.MediaType);
    }

    private static async Task<long> CountAsync(PagesHost host)
    {
        await using var connection = await host.Gateway.Database.OpenAsync(Ct);
        return connection.QueryOne(
            "SELECT COUNT(*) FROM oauth_interaction",
            row => row.GetInt64(0)
        );
    }
}
