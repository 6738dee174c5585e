using System.Net;
using Arda.Gateway.Billing.Portal;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.OAuth;

namespace Arda.Gateway.Tests.Pages.Billing;

/// <summary>What somebody tries who has a key, a link, or a form that was tampered with.</summary>
public sealed class PortalCasesTests
{
    private const string Home = PortalRig.Home;

    private static readonly string[] s_forms =
    [
        "/topup",
        "/auto-reload",
        "/auto-reload/off",
        "/card",
        "/card/remove",
    ];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    [OAuthCase("PO03")]
    public async Task A_link_shows_nothing_until_its_owner_has_signed_in()
    {
        await using var rig = await PortalRig.StartAsync();
        using var owner = await rig.SignedInAsync();
        await rig.FundAsync(owner, 1_000, save: true);
        using var nobody = new FormBrowser(rig.Host);
        using var stranger = await rig.SignedInAsync("mallory@example.com");
        foreach (var browser in (FormBrowser[])[nobody, stranger])
        {
            var link = await rig.LinkAsync(PortalPurposes.Overview);
            await browser.OpenAsync(link.Url.PathAndQuery);
            AssertTellsNothing(browser.Html);
            await PortalRig.FollowAsync(browser, link);
            AssertTellsNothing(browser.Html);
            Assert.Equal(
                browser == nobody ? HttpStatusCode.OK : HttpStatusCode.NotFound,
                browser.Last.StatusCode
            );
        }

        Assert.Contains("Send me a code", nobody.Html, StringComparison.Ordinal);
        await PortalRig.FollowAsync(owner, await rig.LinkAsync(PortalPurposes.Overview));
        Assert.Contains("$10.00", owner.Html, StringComparison.Ordinal);
        Assert.Contains("4242", owner.Html, StringComparison.Ordinal);
    }

    [Fact]
    [OAuthCase("PO04")]
    public async Task A_stolen_key_and_its_link_charge_nothing_and_change_nothing()
    {
        await using var rig = await PortalRig.StartAsync();
        using var owner = await rig.SignedInAsync();
        await rig.FundAsync(owner, 1_000, save: true);
        using var thief = new FormBrowser(rig.Host);
        using var member = await rig.SignedInAsync("mallory@example.com");
        var link = await rig.LinkAsync();
        await PortalRig.FollowAsync(thief, link);
        await member.OpenAsync("/account");

        foreach (var form in s_forms)
        {
            var path = $"{Home}{form}?via={link.Id}";
            // The key itself; the token of a page that anybody gets; somebody else's session.
            await thief.PostAsync(path, Wish(), ("Authorization", "Bearer " + rig.Key));
            Assert.Equal(HttpStatusCode.Forbidden, thief.Last.StatusCode);
            await thief.OpenAsync("/sign-in");
            await thief.PostAsync(
                path,
                [.. thief.HiddenOf("/sign-in"), .. Wish()],
                ("Authorization", "Bearer " + rig.Key)
            );
            Assert.Equal(HttpStatusCode.Unauthorized, thief.Last.StatusCode);
            await member.OpenAsync("/account");
            await member.PostAsync(path, [.. member.HiddenOf("/sign-out"), .. Wish()]);
            Assert.Equal(HttpStatusCode.Forbidden, member.Last.StatusCode);
        }

        await AssertUntouchedAsync(rig);
    }

    [Fact]
    [OAuthCase("PO04")]
    public async Task An_owner_whose_sign_in_is_old_signs_in_again_before_a_card_is_touched()
    {
        await using var rig = await PortalRig.StartAsync();
        using var owner = await rig.SignedInAsync();
        await rig.FundAsync(owner, 1_000, save: true);
        await owner.OpenAsync(Home + "/card/remove");
        var remove = owner.HiddenOf(Home + "/card/remove");
        await owner.OpenAsync(Home + "/auto-reload");
        var reload = owner.HiddenOf(Home + "/auto-reload");
        await PortalMoneyTests.AgeSessionsAsync(rig);

        await owner.PostAsync(Home + "/card/remove", remove);
        Assert.Equal("/sign-in/again", owner.Location);
        await owner.PostAsync(Home + "/auto-reload", [.. reload, .. Wish()]);
        Assert.Equal("/sign-in/again", owner.Location);
        await AssertUntouchedAsync(rig);

        await owner.OpenAsync("/sign-in/again");
        await owner.SubmitAsync("/sign-in");
        await owner.TypeCodeAsync(PortalRig.Email);
        await owner.OpenAsync(Home + "/auto-reload");
        await owner.SubmitAsync(Home + "/auto-reload", Wish());
        Assert.True((await rig.Get<AutoReloads>().FindAsync(rig.Project.Id, Ct))!.Enabled);
        await owner.OpenAsync(Home + "/card/remove");
        await owner.SubmitAsync(Home + "/card/remove");
        Assert.Null(await rig.Get<Cards>().FindAsync(rig.Project.Id, Ct));
    }

    [Fact]
    [OAuthCase("PO05")]
    public async Task Looking_at_a_link_leaves_it_whole_and_following_it_uses_it_up()
    {
        await using var rig = await PortalRig.StartAsync();
        using var preview = new FormBrowser(rig.Host);
        using var owner = await rig.SignedInAsync();
        var link = await rig.LinkAsync();
        var path = link.Url.PathAndQuery;
        foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Head, HttpMethod.Get])
        {
            await preview.SendAsync(new HttpRequestMessage(method, path));
            Assert.Equal(HttpStatusCode.OK, preview.Last.StatusCode);
        }

        Assert.Equal(PortalStatus.Open, await rig.StatusAsync(link));
        await owner.OpenAsync(path);
        await owner.SubmitAsync(path);
        Assert.Equal(HttpStatusCode.SeeOther, owner.Last.StatusCode);
        Assert.Equal($"/billing/via/{link.Id}", owner.Location);
        Assert.Equal("no-referrer", owner.Last.Headers.GetValues("Referrer-Policy").Single());
        Assert.Equal("no-store", owner.Last.Headers.CacheControl!.ToString());

        var token = await TokenAsync(owner);
        Assert.Equal(HttpStatusCode.NotFound, await owner.PostAsync(path, token));
        Assert.Equal(HttpStatusCode.NotFound, await owner.OpenAsync(path));
    }

    [Theory]
    [OAuthCase("PO05")]
    [InlineData("followed")]
    [InlineData("too old")]
    [InlineData("of a revoked key")]
    public async Task A_dead_link_is_the_page_of_one_that_never_was(string why)
    {
        await using var rig = await PortalRig.StartAsync();
        using var owner = await rig.SignedInAsync();
        using var browser = new FormBrowser(rig.Host);
        var link = await rig.LinkAsync();
        var path = link.Url.PathAndQuery;
        await (
            why switch
            {
                "followed" => PortalRig.FollowAsync(owner, link),
                "too old" => OutliveAsync(rig, link),
                _ => RevokeAsync(rig),
            }
        );

        Assert.Equal(HttpStatusCode.NotFound, await browser.OpenAsync(path));
        var page = browser.Html;
        AssertTellsNothing(page);
        await browser.OpenAsync(PortalSessions.OpenPath + Secrets.New(Secrets.PortalSession));
        Assert.Equal(HttpStatusCode.NotFound, browser.Last.StatusCode);
        Assert.Equal(page, browser.Html);
        await browser.OpenAsync(PortalSessions.OpenPath + "junk");
        Assert.Equal(page, browser.Html);
        // Nor does a form that was shown while the link was good.
        Assert.Equal(HttpStatusCode.NotFound, await owner.PostAsync(path, await TokenAsync(owner)));
        Assert.NotEqual(PortalStatus.Funded, await rig.StatusAsync(link));
    }

    [Fact]
    [OAuthCase("PO05")]
    public async Task A_thousand_guesses_get_one_answer_and_then_none()
    {
        await using var rig = await PortalRig.StartAsync();
        using var browser = new FormBrowser(rig.Host);
        var dead = 0;
        string? page = null;
        for (var i = 0; i < 1_000; i++)
        {
            var guess = i % 2 == 0 ? Secrets.New(Secrets.PortalSession) : $"gw_ps_{i}";
            var status = await browser.OpenAsync(PortalSessions.OpenPath + guess);
            if (status == HttpStatusCode.NotFound)
            {
                Assert.Equal(page ??= browser.Html, browser.Html);
                dead++;
                continue;
            }

            Assert.Equal(HttpStatusCode.TooManyRequests, status);
            Assert.NotNull(browser.Last.Headers.RetryAfter);
        }

        Assert.Equal(PortalSessions.DeadLooksMax, dead);
    }

    [Fact]
    [OAuthCase("PO06")]
    public async Task A_form_that_was_tampered_with_is_refused_and_charges_nothing()
    {
        await using var rig = await PortalRig.StartAsync();
        using var owner = await rig.SignedInAsync();
        using var other = await rig.SignedInAsync("mallory@example.com");
        foreach (var amount in (string[])["0", "-5", "1000000000", "5.00", "500.0", "1e3"])
        {
            Assert.Equal(HttpStatusCode.BadRequest, await PayAsync(owner, ("amount", amount)));
        }

        var euros = await PayAsync(owner, ("amount", "500"), ("currency", "eur"));
        Assert.Equal(HttpStatusCode.BadRequest, euros);
        // One's own form, sent to somebody else's project, or to one that there is not.
        var token = await TokenAsync(other);
        foreach (var slug in (string[])["home", "no-such-project"])
        {
            var path = $"/billing/p/{slug}/topup";
            var swapped = await other.PostAsync(path, [.. token, ("amount", "500")]);
            Assert.Equal(HttpStatusCode.Forbidden, swapped);
        }

        Assert.Empty(await rig.Get<Topups>().ListAsync(rig.Project.Id, Ct));
    }

    [Fact]
    [OAuthCase("PO06")]
    public async Task A_form_sent_twice_leads_to_one_payment()
    {
        await using var rig = await PortalRig.StartAsync();
        using var owner = await rig.SignedInAsync();
        await owner.OpenAsync(Home + "/topup");
        (string, string)[] form = [.. owner.HiddenOf(Home + "/topup"), ("amount", "500")];

        await owner.PostAsync(Home + "/topup", form);
        var page = owner.Location;
        await owner.PostAsync(Home + "/topup", form);
        Assert.Equal(page, owner.Location);
        Assert.Equal(PayStep.Done, (await rig.PayAsync(page)).Step);
        await rig.PayAsync(page);
        await owner.OpenAsync(await rig.SuccessUrlAsync(page));
        // Back to the form, and once more.
        await owner.PostAsync(Home + "/topup", form);
        Assert.EndsWith(await rig.SuccessUrlAsync(page), owner.Location, StringComparison.Ordinal);

        Assert.Equal(NanoUsd.FromCents(500), await rig.BalanceAsync());
        Assert.Single(await rig.Get<Topups>().ListAsync(rig.Project.Id, Ct));
        // Another amount is another payment.
        await owner.PostAsync(Home + "/topup", [.. form[..^1], ("amount", "1000")]);
        Assert.NotEqual(page, owner.Location);
        Assert.Contains("/checkout/", owner.Location, StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> PayAsync(
        FormBrowser browser,
        params (string Name, string Value)[] filled
    )
    {
        await browser.OpenAsync(Home + "/topup");
        var names = filled.Select(field => field.Name).ToHashSet(StringComparer.Ordinal);
        var hidden = browser.HiddenOf(Home + "/topup").Where(one => !names.Contains(one.Name));
        return await browser.PostAsync(Home + "/topup", [.. hidden, .. filled]);
    }

    private static (string Name, string Value)[] Wish() =>
        [("amount", "500"), ("threshold", "5"), ("cap", "40"), ("consent", "yes")];

    private static async Task<(string Name, string Value)[]> TokenAsync(FormBrowser browser)
    {
        await browser.OpenAsync("/account");
        return browser.HiddenOf("/sign-out");
    }

    private static void AssertTellsNothing(string html)
    {
        foreach (var fact in (string[])["$", "4242", PortalRig.Email, "Home<", "Margin Notes"])
        {
            Assert.DoesNotContain(fact, html, StringComparison.Ordinal);
        }
    }

    private static async Task AssertUntouchedAsync(PortalRig rig)
    {
        Assert.NotNull(await rig.Get<Cards>().FindAsync(rig.Project.Id, Ct));
        Assert.Null(await rig.Get<AutoReloads>().FindAsync(rig.Project.Id, Ct));
        Assert.Single(await rig.Get<Topups>().ListAsync(rig.Project.Id, Ct));
        Assert.Equal(NanoUsd.FromCents(1_000), await rig.BalanceAsync());
    }

    private static Task OutliveAsync(PortalRig rig, PortalLink link) =>
        rig.Host.Gateway.Database.WriteAsync(connection =>
            connection.Execute(
                "UPDATE portal_session SET link_expires_at = created_at - 1 WHERE id = @id",
                ("id", link.Id.Value)
            )
        );

    private static async Task RevokeAsync(PortalRig rig)
    {
        var keys = rig.Get<ApiKeys>();
        var known = await keys.AuthenticateAsync(rig.Key.AsMemory(), default, Ct);
        Assert.False(known.Denied(out _, out var caller));
        await keys.RevokeAsync(caller!.Key, RevokeReason.Owner, Ct);
    }
}
