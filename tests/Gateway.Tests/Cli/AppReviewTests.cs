using System.Diagnostics;
using System.Text.Json;
using Arda.Gateway.Accounts;
using Arda.Gateway.Developers;
using Arda.Gateway.Tests.Clients;
using Arda.Gateway.Tests.Developers;
using Arda.Gateway.Tests.Hosting;
using Arda.Gateway.Tests.House;
using Microsoft.Extensions.DependencyInjection;

namespace Arda.Gateway.Tests.Cli;

/// <summary>The operator's review from the shell, against the whole gateway.</summary>
public sealed class AppReviewTests
{
    private const string Script = "gateway:oauth:app-review";

    private static readonly TimeSpan s_runMax = TimeSpan.FromMinutes(2);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_app_goes_from_the_list_of_pending_ones_through_every_decision()
    {
        await using var host = await GatewayHost.StartAsync();
        var app = await RegisterAsync(host, "Margin Notes");
        var id = "--client-id=" + app.Id;

        var pending = await ReviewAsync(host, "list", "--status=pending");
        Assert.Equal((0, ""), (pending.ExitCode, pending.Error));
        Assert.Contains(app.Id.Value, pending.Output, StringComparison.Ordinal);
        Assert.Contains("Margin Notes", pending.Output, StringComparison.Ordinal);
        Assert.Equal(pending.Output, (await ReviewAsync(host, "list")).Output);

        var shown = await ReviewAsync(host, "show", id);
        using var json = JsonDocument.Parse(shown.Output);
        // Reviewers are warned of what any other app could claim too.
        Assert.NotEmpty(json.RootElement.GetProperty("warnings").EnumerateArray());

        var approved = await ReviewAsync(
            host,
            "approve",
            id,
            "--verified-domain=paperlantern.example"
        );
        Assert.Equal(
            (0, $"Margin Notes ({app.Id}) is approved.\n"),
            (approved.ExitCode, approved.Output)
        );
        var known = await FindAsync(host, app);
        Assert.Equal(
            (AppState.Approved, "paperlantern.example"),
            (known.State, known.VerifiedDomain)
        );
        Assert.Equal("(none)\n", (await ReviewAsync(host, "list")).Output);
        Assert.Contains(
            app.Id.Value,
            (await ReviewAsync(host, "list", "--status=approved")).Output,
            StringComparison.Ordinal
        );

        await ReviewAsync(host, "suspend", id, "--note=Complaints");
        known = await FindAsync(host, app);
        Assert.Equal((AppState.Suspended, "Complaints"), (known.State, known.ReviewNote));
        await ReviewAsync(host, "reject", id);
        Assert.Equal(AppState.Rejected, (await FindAsync(host, app)).State);
    }

    [Fact]
    public async Task What_cannot_be_decided_is_said_in_a_sentence()
    {
        await using var host = await GatewayHost.StartAsync();

        var unknown = await ReviewAsync(host, "approve", "--client-id=gw_app_none");
        Assert.Equal(3, unknown.ExitCode);
        Assert.Contains("(HTTP 404)", unknown.Error, StringComparison.Ordinal);
        var state = await ReviewAsync(host, "list", "--status=all");
        Assert.Equal(3, state.ExitCode);
        Assert.Contains("pending, proposed", state.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await ReviewAsync(host, "approve")).ExitCode);
        var nobody = await ArdaProcess.RunAsync([
            "app",
            "review",
            "list",
            "--base-url",
            host.Address.ToString(),
        ]);
        Assert.Equal(2, nobody.ExitCode);
        Assert.Contains("ARDA_ADMIN_TOKEN", nobody.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_approval_whose_owner_cannot_be_paid_says_why_not()
    {
        await using var host = await GatewayHost.StartAsync();
        var app = await RegisterAsync(host, "Margin Notes");
        await PayoutSetups.EndAsync(
            host.Services,
            app.Owner,
            Arda.Gateway.Payments.Simulated.OnboardEnd.Verifying
        );

        var refused = await ReviewAsync(host, "approve", "--client-id=" + app.Id);

        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("still verifies", refused.Error, StringComparison.Ordinal);
        Assert.Contains("(HTTP 409)", refused.Error, StringComparison.Ordinal);
        Assert.Equal(AppState.Pending, (await FindAsync(host, app)).State);
    }

    [Fact]
    public async Task Beside_a_local_demo_the_token_is_found_by_itself()
    {
        await using var host = await GatewayHost.StartAsync();
        var app = await RegisterAsync(host, "Margin Notes");
        var run = await ArdaProcess.RunAsync([
            "app",
            "review",
            "list",
            "--data",
            host.DataDirectory,
        ]);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains(app.Id.Value, run.Output, StringComparison.Ordinal);
    }

    // The guide's own lines: pnpm NAME …, and npm run NAME -- …
    [Theory]
    [InlineData("pnpm")]
    [InlineData("npm")]
    public async Task The_guides_commands_work(string manager)
    {
        var run = CommandOf(manager);
        await using var host = await GatewayHost.StartAsync();
        var app = await RegisterAsync(host, "Margin Notes");

        var listed = await RunAsync(host, run, "list", "--status=pending");
        Assert.Contains(app.Id.Value, listed, StringComparison.Ordinal);
        var approved = await RunAsync(host, run, "approve", "--client-id=" + app.Id);
        Assert.Contains($"({app.Id}) is approved.", approved, StringComparison.Ordinal);
        Assert.Equal(AppState.Approved, (await FindAsync(host, app)).State);
    }

    private static string[] CommandOf(string manager)
    {
        if (manager == "pnpm")
        {
            var pnpm = Path.Combine(Scenes.Folder, "node_modules", ".bin", "pnpm");
            Assert.SkipUnless(
                File.Exists(pnpm),
                "pnpm is not installed: npm ci --prefix tests/clients"
            );
            return [pnpm, Script];
        }

        var npm = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, "npm"))
            .FirstOrDefault(File.Exists);
        Assert.SkipWhen(npm is null, "npm is not installed.");
        return [npm, "run", "--silent", Script, "--"];
    }

    private static async Task<string> RunAsync(
        GatewayHost host,
        string[] command,
        params string[] args
    )
    {
        var start = new ProcessStartInfo(command[0], [.. command[1..], .. args])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Checkout.Root,
        };
        start.Environment["ARDA_BASE_URL"] = host.Address.ToString();
        start.Environment["ARDA_ADMIN_TOKEN"] = AdminTokenOf(host);
        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        limit.CancelAfter(s_runMax);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        Assert.True(process.ExitCode == 0, await error + await output);
        return await output;
    }

    private static Task<ArdaProcess> ReviewAsync(GatewayHost host, params string[] args) =>
        ArdaProcess.RunAsync(
            ["app", "review", .. args, "--base-url", host.Address.ToString()],
            new(StringComparer.Ordinal) { ["ARDA_ADMIN_TOKEN"] = AdminTokenOf(host) }
        );

    private static string AdminTokenOf(GatewayHost host) =>
        host.Demo.GetProperty("admin_token").GetString()!;

    private static async Task<App> RegisterAsync(GatewayHost host, string name)
    {
        Assert.False(EmailAddress.Read("publisher@example.com").Denied(out _, out var email));
        var owner = await host.Services.GetRequiredService<People>().FindOrCreateAsync(email);
        var wish = new NewApp
        {
            Owner = owner.Id,
            Kind = AppKind.Native,
            About = new AppChanges
            {
                Name = name,
                PublisherName = "Paper Lantern",
                RedirectUris = ["myapp://oauth/callback"],
            },
        };
        var made = await host.Services.GetRequiredService<Apps>().RegisterAsync(wish, Ct);
        Assert.False(made.Denied(out var denial, out var app), $"{denial}");
        await PayoutSetups.EndAsync(host.Services, owner.Id);
        return app!;
    }

    private static async Task<App> FindAsync(GatewayHost host, App app) =>
        (await host.Services.GetRequiredService<Apps>().FindAsync(app.Id, Ct))!;
}
