using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Arda.Gateway.Payments;
using Arda.Gateway.Tests.Cli;
using Arda.Gateway.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Arda.Gateway.Tests.Payments;

/// <summary>What the operator is told of payments, by HTTP and at the command line.</summary>
public sealed class PaymentHealthTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    [PaymentCase(11, 12, 13)]
    public async Task What_a_person_must_look_at_is_listed_until_it_is_closed()
    {
        await using var host = await GatewayHost.StartAsync();
        using var stranger = await host.Client.GetAsync("/admin/payments", Ct);
        Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
        var token = host.Demo.GetProperty("admin_token").GetString()!;
        host.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            token
        );
        Assert.True((await ReadAsync(host)).GetProperty("ok").GetBoolean());

        var findings = host.Services.GetRequiredService<Findings>();
        await findings.WriteAsync(Findings.Quarantined, "top_1", "900 cents instead of 1000");
        var told = await ReadAsync(host);
        Assert.False(told.GetProperty("ok").GetBoolean());
        Assert.Equal("simulated", told.GetProperty("provider").GetString());
        Assert.False(told.GetProperty("livemode").GetBoolean());
        Assert.True(told.GetProperty("key_accepted").GetBoolean());
        var finding = Assert.Single(told.GetProperty("findings").EnumerateArray());
        Assert.Equal("topup_quarantined", finding.GetProperty("kind").GetString());

        var shown = await ArdaAsync(host, token, "payments");
        Assert.Equal(1, shown.ExitCode);
        Assert.StartsWith("Payments by simulated (test).", shown.Output, StringComparison.Ordinal);
        Assert.Contains("900 cents instead of 1000", shown.Output, StringComparison.Ordinal);
        var id = finding.GetProperty("id").GetString()!;
        var closed = await ArdaAsync(host, token, "payments", "close", id);
        Assert.Equal((0, "Closed.\n"), (closed.ExitCode, closed.Output));
        Assert.True((await ReadAsync(host)).GetProperty("ok").GetBoolean());
        Assert.Equal(3, (await ArdaAsync(host, token, "payments", "close", id)).ExitCode);
    }

    private static Task<JsonElement> ReadAsync(GatewayHost host) =>
        host.Client.GetFromJsonAsync<JsonElement>("/admin/payments", Ct);

    private static Task<ArdaProcess> ArdaAsync(
        GatewayHost host,
        string token,
        params string[] args
    ) =>
        ArdaProcess.RunAsync(
            args,
            new(StringComparer.Ordinal)
            {
                ["ARDA_BASE_URL"] = host.Address.ToString(),
                ["ARDA_ADMIN_TOKEN"] = token,
            }
        );
}
