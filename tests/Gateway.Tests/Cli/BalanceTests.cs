using System.Text.Json;
using Arda.Gateway.Accounts;
using Arda.Gateway.Keys;
using Arda.Gateway.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Arda.Gateway.Tests.Cli;

/// <summary>What is left to spend, asked of a whole gateway.</summary>
public sealed class BalanceTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Balance_says_the_amount_and_whose_it_is()
    {
        await using var host = await GatewayHost.StartAsync();
        string[] asDemo = ["--base-url", host.Address.ToString(), "--api-key", host.ApiKey];
        var run = await ArdaProcess.RunAsync(["balance", .. asDemo]);
        Assert.Equal((0, "$25.00  demo\n", ""), (run.ExitCode, run.Output, run.Error));

        var json = await ArdaProcess.RunAsync(["balance", "--json", .. asDemo]);
        using var status = JsonDocument.Parse(json.Output);
        var root = status.RootElement;
        Assert.Equal("demo", root.GetProperty("project").GetProperty("slug").GetString());
        Assert.Equal(2500, root.GetProperty("balance").GetProperty("balance_cents").GetInt64());
        Assert.Equal(
            JsonValueKind.Null,
            root.GetProperty("balance").GetProperty("warning").ValueKind
        );
        Assert.Equal(500, root.GetProperty("topup_amounts_cents")[0].GetInt64());
        Assert.Contains(
            Scopes.BalanceRead,
            root.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString())
        );
        Assert.Equal(JsonValueKind.Null, root.GetProperty("app").ValueKind);
    }

    [Fact]
    public async Task A_key_that_may_not_read_the_balance_is_told_which_scope_it_lacks()
    {
        await using var host = await GatewayHost.StartAsync();
        var minted = await MintBlindAsync(host);
        var run = await ArdaProcess.RunAsync([
            "balance",
            "--base-url",
            host.Address.ToString(),
            "--api-key",
            minted,
        ]);
        Assert.Equal((3, ""), (run.ExitCode, run.Output));
        Assert.Contains("insufficient_scope (HTTP 403)", run.Error, StringComparison.Ordinal);
        Assert.Contains(Scopes.BalanceRead, run.Error, StringComparison.Ordinal);
        Assert.Contains("arda login", run.Error, StringComparison.Ordinal);
    }

    private static async Task<string> MintBlindAsync(GatewayHost host)
    {
        var projects = host.Services.GetRequiredService<Projects>();
        var demo = await projects.FindBySlugAsync("demo", Ct);
        var wish = new NewKey
        {
            Owner = demo!.Owner,
            Project = demo.Id,
            Name = "Blind",
            Scopes = [Scopes.Inference],
        };
        var minted = await host.Services.GetRequiredService<ApiKeys>().MintAsync(wish);
        Assert.False(minted.Denied(out _, out var key));
        return key.Secret;
    }
}
