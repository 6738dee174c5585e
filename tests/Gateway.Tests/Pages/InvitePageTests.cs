using System.Net;
using Arda.Gateway.Accounts;
using Arda.Gateway.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Arda.Gateway.Tests.Pages;

/// <summary>The link that makes an operator, as its first visitor meets it.</summary>
public sealed class InvitePageTests
{
    private const string Email = "ada@example.com";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_signs_in_behind_the_link_and_takes_it_becomes_the_operator_once()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        var invitation = await host.Services.GetRequiredService<Invitations>().MakeAsync();

        await browser.OpenAsync(invitation.Path);
        Assert.Contains("Send me a code", browser.Html, StringComparison.Ordinal);
        await browser.SubmitAsync("/sign-in", ("email", Email));
        await browser.TypeCodeAsync(Email);
        Assert.Equal(invitation.Path, browser.Location);

        await browser.OpenAsync(invitation.Path);
        Assert.Contains($"makes {Email} an operator", browser.Html, StringComparison.Ordinal);
        // Looking does not use it up.
        Assert.False(await IsOperatorAsync(host, Email));
        await browser.SubmitAsync(invitation.Path);
        Assert.Equal(
            (HttpStatusCode.SeeOther, "/console"),
            (browser.Last.StatusCode, browser.Location)
        );
        Assert.True(await IsOperatorAsync(host, Email));

        using var second = new FormBrowser(host);
        await second.SignInAsync("eve@example.com");
        await second.OpenAsync(invitation.Path);
        Assert.DoesNotContain("an operator", second.Html, StringComparison.Ordinal);
        await second.OpenAsync("/account");
        var token = second.HiddenOf("/account/name");
        await second.PostAsync(invitation.Path, token);
        Assert.NotEqual(HttpStatusCode.SeeOther, second.Last.StatusCode);
        Assert.False(await IsOperatorAsync(host, "eve@example.com"));
    }

    [Fact]
    public async Task It_is_taken_by_its_page_alone_and_with_a_fresh_sign_in()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        var invitation = await host.Services.GetRequiredService<Invitations>().MakeAsync();
        await browser.SignInAsync(Email);
        await browser.OpenAsync(invitation.Path);
        var form = browser.HiddenOf(invitation.Path);

        await browser.PostAsync(invitation.Path, []);
        Assert.Equal(HttpStatusCode.Forbidden, browser.Last.StatusCode);
        await browser.PostAsync(invitation.Path, form, ("Sec-Fetch-Site", "cross-site"));
        Assert.Equal(HttpStatusCode.Forbidden, browser.Last.StatusCode);

        await host.Gateway.Database.WriteAsync(connection =>
            connection.Execute(
                "UPDATE session SET authenticated_at = authenticated_at - @by",
                ("by", (long)Session.FreshFor.TotalMilliseconds)
            )
        );
        await browser.PostAsync(invitation.Path, form);
        Assert.Equal("/sign-in/again", browser.Location);
        Assert.False(await IsOperatorAsync(host, Email));
    }

    [Theory]
    [InlineData("/invite/none")]
    [InlineData("/invite/gw_in_00000000000000000000000000000000000000000000000000")]
    public async Task A_link_that_is_none_says_so_and_nothing_else(string path)
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        await browser.SignInAsync(Email);

        Assert.NotEqual(HttpStatusCode.OK, await browser.OpenAsync(path));
        Assert.DoesNotContain("operator", browser.Html, StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<bool> IsOperatorAsync(PagesHost host, string email)
    {
        Assert.False(EmailAddress.Read(email).Denied(out _, out var address));
        var people = host.Services.GetRequiredService<People>();
        return (await people.FindByEmailAsync(address, Ct))!.IsOperator;
    }
}
