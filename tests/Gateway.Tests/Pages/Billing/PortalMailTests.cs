using System.Reflection;
using Arda.Gateway.Accounts;
using Arda.Gateway.Pages.Billing;
using Arda.Gateway.Payments;

namespace Arda.Gateway.Tests.Pages.Billing;

/// <summary>What the portal writes to the owner of a project, as the development mailbox has
/// it.</summary>
public sealed class PortalMailTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Kinds =>
        [
            .. typeof(PaymentMailKinds)
                .GetFields(BindingFlags.Public | BindingFlags.Static)
                .Select(kind => (string)kind.GetRawConstantValue()!),
        ];

    [Fact]
    public async Task Every_kind_of_mail_has_words_a_link_and_reaches_its_owner()
    {
        await using var rig = await PortalRig.StartAsync();
        using var browser = await rig.SignedInAsync();
        var letters = rig.Get<PaymentLetters>();
        foreach (var kind in Kinds.Select(row => row.Data))
        {
            var detail = kind == PaymentMailKinds.ReloadOff ? ReloadOffReasons.CardDeclined : null;
            var before = rig.Get<DevMailbox>().Mails.Count;
            await letters.SendAsync(new(kind, rig.Project.Id, kind, 1_234, detail), Ct);

            var mails = rig.Get<DevMailbox>().Mails;
            Assert.Equal(before + 1, mails.Count);
            Assert.Equal(PortalRig.Email, mails[0].To);
            var text = mails[0].Subject + mails[0].Text;
            Assert.True(
                text.Contains("Home", StringComparison.Ordinal)
                    || text.Contains("$12.34", StringComparison.Ordinal),
                text
            );
            var url = mails[0].Text.Split('\n')[^1].Trim();
            Assert.StartsWith(rig.Host.Address.ToString(), url, StringComparison.Ordinal);
            await browser.OpenAsync(new Uri(url).PathAndQuery);
            Assert.Equal(System.Net.HttpStatusCode.OK, browser.Last.StatusCode);
        }
    }

    [Fact]
    public async Task A_balance_that_becomes_low_is_told_once()
    {
        await using var rig = await PortalRig.StartAsync();
        using var browser = await rig.SignedInAsync();
        await rig.FundAsync(browser, 500);
        await TellAsync(rig);
        Assert.DoesNotContain(rig.Get<DevMailbox>().Mails, IsLow);

        await rig.SpendAsync(450);
        await TellAsync(rig);
        await rig.SpendAsync(10);
        await TellAsync(rig);

        await PortalRig.UntilAsync(() => Task.FromResult(rig.Get<DevMailbox>().Mails.Any(IsLow)));
        var mail = rig.Get<DevMailbox>().Mails.Single(IsLow);
        Assert.Contains("$0.50", mail.Text, StringComparison.Ordinal);

        // After money came in it may be told anew.
        await rig.FundAsync(browser, 500);
        await rig.SpendAsync(500);
        await TellAsync(rig);
        await PortalRig.UntilAsync(() =>
            Task.FromResult(rig.Get<DevMailbox>().Mails.Count(IsLow) == 2)
        );
    }

    [Fact]
    public async Task A_reload_is_told_and_no_low_balance_beside_it()
    {
        await using var rig = await PortalRig.StartAsync();
        using var browser = await rig.SignedInAsync();
        await rig.FundAsync(browser, 500, save: true);
        var on = await rig.Get<AutoReloads>()
            .TurnOnAsync(rig.Project.Id, 100, 500, 500, "I agree.");
        Assert.Null(on);
        await rig.SpendAsync(450);
        await TellAsync(rig);

        await PortalRig.UntilAsync(() =>
            Task.FromResult(
                rig.Get<DevMailbox>().Mails.Any(mail => mail.Subject == "$5.00 added to Home")
            )
        );
        // The only reload that fits was most of the cap, too.
        await PortalRig.UntilAsync(() =>
            Task.FromResult(
                rig.Get<DevMailbox>()
                    .Mails.Any(mail =>
                        mail.Subject.Contains("most of its monthly cap", StringComparison.Ordinal)
                    )
            )
        );
        Assert.DoesNotContain(rig.Get<DevMailbox>().Mails, IsLow);
    }

    private static Task TellAsync(PortalRig rig) => rig.Get<LowBalanceMails>().TellAsync(Ct);

    private static bool IsLow(DevMail mail) => mail.Subject == "Low balance: Home";
}
