using System.Net;
using System.Text.RegularExpressions;
using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Arda.Gateway.Tests.Payments;

/// <summary>The whole gateway as it is composed: pages in HTML, events delivered to its own
/// endpoint
/// over HTTP by its own workers, nothing moved by hand.</summary>
public sealed partial class HostedPageTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<StoreKind> Both => Storage.Stores.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_declined_then_confirmed_payment_raises_the_balance_by_webhook_alone(
        StoreKind kind
    )
    {
        await using var host = await GatewayHost.StartAsync(
            new GatewayHostOptions { Store = kind }
        );
        var (project, page) = await OpenAsync(host);
        var before = await BalanceAsync(host, project);
        var address = Local(host, page.Url);

        var shown = await host.Client.GetAsync(address, Ct);
        var html = await shown.Content.ReadAsStringAsync(Ct);
        Assert.Contains("<h1>Pay $10.00</h1>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(
            "default-src 'none'",
            shown.Headers.GetValues("Content-Security-Policy").Single(),
            StringComparison.Ordinal
        );

        var declined = await PostAsync(
            host,
            address,
            ("act", "pay"),
            ("number", "4000 0000 0000 0002")
        );
        Assert.Equal(HttpStatusCode.PaymentRequired, declined.StatusCode);
        Assert.Contains(
            "role=\"alert\"",
            await declined.Content.ReadAsStringAsync(Ct),
            StringComparison.Ordinal
        );

        var asked = await PostAsync(host, address, ("act", "pay"), ("number", "4000002760003184"));
        Assert.Equal(HttpStatusCode.Redirect, asked.StatusCode);
        var bank = asked.Headers.Location!.ToString();
        var bankPage = await host.Client.GetStringAsync(bank, Ct);
        var card = Hidden().Match(bankPage).Groups[1].Value;
        var done = await PostAsync(host, bank.Split('?')[0], ("act", "pass"), ("card", card));

        Assert.Equal(HttpStatusCode.Redirect, done.StatusCode);
        Assert.Contains(
            "session_id=cs_test_",
            done.Headers.Location!.ToString(),
            StringComparison.Ordinal
        );
        var paid = before + NanoUsd.FromCents(1000);
        for (var i = 0; i < 300 && await BalanceAsync(host, project) != paid; i++)
        {
            await Task.Delay(100, Ct);
        }

        Assert.Equal(paid, await BalanceAsync(host, project));
        Assert.Equal(HttpStatusCode.Gone, (await host.Client.GetAsync(address, Ct)).StatusCode);
    }

    // Heard by a client.
    [Theory]
    [PaymentCase(24, 33)]
    [InlineData("state = 'needs_action'", "payment_action_required")]
    [InlineData("state = 'retrying'", "payment_failed")]
    [InlineData("state = 'unknown'", "topup_in_progress")]
    [InlineData("state = 'succeeded', created_at = created_at", "auto_reload_cap_reached")]
    public async Task A_balance_that_is_too_low_is_denied_with_what_would_help(
        string reload,
        string code
    )
    {
        await using var host = await GatewayHost.StartAsync(("Demo:BalanceCents", "1"));
        var (project, _) = await OpenAsync(host);
        await host.Database.WriteAsync(c =>
        {
            var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
            c.Execute(
                """
                INSERT INTO payment_card(project, card, customer, brand, last4, exp_month, exp_year,
                    saved_at)
                VALUES(@project, 'pm_1', 'cus_1', 'visa', '4242', 12, 2099, 0)
                """,
                ("project", project.Value)
            );
            c.Execute(
                """
                INSERT INTO auto_reload(project, enabled, threshold_cents, amount_cents, cap_cents,
                    consent, consented_at, not_before)
                VALUES(@project, 1, 500, 1000, 1000, 'yes', 0, 9000000000000)
                """,
                ("project", project.Value)
            );
            c.Execute(
                """
                INSERT INTO topup(id, project, kind, cents, currency, customer, state, saves_card,
                    attempt, created_at)
                VALUES('rld_1', @project, 'auto', 1000, 'xts', 'cus_1', 'created', 0, 1, @now)
                """,
                ("project", project.Value),
                ("now", now)
            );
            return c.Execute($"UPDATE topup SET {reload} WHERE id = 'rld_1'");
        });
        const string Body = """
            {"model":"gpt-5.4","max_tokens":100000,
             "messages":[{"role":"user","content":"Write me a book."}]}
            """;

        var answer = await host.PostAsync("/v1/chat/completions", Body);

        var text = await answer.Content.ReadAsStringAsync(Ct);
        Assert.Contains($"\"code\":\"{code}\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_simulated_api_wants_its_key_and_a_cancel_goes_back()
    {
        await using var host = await GatewayHost.StartAsync();
        var (_, page) = await OpenAsync(host);
        var api = await host.Client.GetAsync("/simulated-stripe/v1/balance", Ct);
        Assert.Equal(HttpStatusCode.Unauthorized, api.StatusCode);
        var switches = await host.PostAsync("/simulated-stripe/switches", "{}");
        Assert.Equal(HttpStatusCode.Unauthorized, switches.StatusCode);
        var key = host.Services.GetRequiredService<SimulatedServer>().SecretKey;
        host.Client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        var rateLimit = """{"troubles":[{"fault":"RateLimited","path":"balance","times":1}]}""";
        var set = await host.PostAsync("/simulated-stripe/switches", rateLimit);
        Assert.Equal(HttpStatusCode.NoContent, set.StatusCode);
        foreach (
            var status in (HttpStatusCode[])[HttpStatusCode.TooManyRequests, HttpStatusCode.OK]
        )
        {
            var answer = await host.Client.GetAsync("/simulated-stripe/v1/balance", Ct);
            Assert.Equal(status, answer.StatusCode);
        }

        var css = await host.Client.GetAsync("/simulated-stripe/pages.css", Ct);
        Assert.Equal("text/css", css.Content.Headers.ContentType!.MediaType);

        var back = await PostAsync(host, Local(host, page.Url), ("act", "cancel"));

        Assert.Equal("http://localhost:8787/billing", back.Headers.Location!.ToString());
    }

    private static async Task<(ProjectId, PaymentPage)> OpenAsync(GatewayHost host)
    {
        var slug = host.Demo.GetProperty("project_slug").GetString()!;
        var project = await host.Services.GetRequiredService<Projects>().FindBySlugAsync(slug, Ct);
        var opened = await host
            .Services.GetRequiredService<Topups>()
            .OpenAsync(project!.Id, 1000, saveCard: false, Journeys.Returns, Ct);
        Assert.False(opened.Denied(out _, out var page));
        return (project.Id, page!);
    }

    private static async Task<NanoUsd> BalanceAsync(GatewayHost host, ProjectId project) =>
        (await host.Services.GetRequiredService<Credits>().ReadAsync(project, Ct))!.Balance;

    private static string Local(GatewayHost host, string url) =>
        new Uri(host.Address, new Uri(url).PathAndQuery).ToString();

    private static Task<HttpResponseMessage> PostAsync(
        GatewayHost host,
        string address,
        params (string Name, string Value)[] fields
    ) =>
        host.Client.PostAsync(
            address,
            new FormUrlEncodedContent(
                fields.Select(f => new KeyValuePair<string, string>(f.Name, f.Value))
            ),
            Ct
        );

    [GeneratedRegex("name=\"card\" value=\"([^\"]+)\"", RegexOptions.None, 1000)]
    private static partial Regex Hidden();
}
