using Arda.Gateway.Accounts;
using Arda.Gateway.Developers;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.OAuth;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using AppRecord = Arda.Gateway.Developers.App;

namespace Arda.Gateway.Tests.Cli;

/// <summary>The app that the command line connects as, on a gateway that is no demo.</summary>
public sealed class OwnAppTests : IAsyncLifetime
{
    private readonly string _data = Directory.CreateTempSubdirectory("arda-own-").FullName;
    private WebApplication _gateway = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _gateway = await StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _gateway.StopAsync(CancellationToken.None);
        await _gateway.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task Login_needs_no_id_of_an_app()
    {
        var (person, project) = await PersonAsync();
        var shown = new TaskCompletionSource<string>();
        var login = ArdaAsync(
            ["login", "--no-qr"],
            line =>
            {
                if (line.StartsWith("Enter  ", StringComparison.Ordinal))
                {
                    shown.SetResult(line["Enter  ".Length..]);
                }
            }
        );
        await Task.WhenAny(login, shown.Task);
        Assert.True(shown.Task.IsCompleted, shown.Task.IsCompleted ? "" : (await login).Error);
        var decided = await Get<DeviceCodes>()
            .DecideAsync(
                await shown.Task,
                person,
                "192.0.2.1",
                new ConsentDecision
                {
                    Allow = true,
                    Project = project,
                    Scopes = Scopes.All,
                },
                Ct
            );
        Assert.Equal(DeviceDecisionResult.Allowed, decided);

        var run = await login;
        Assert.True(run.ExitCode == 0, run.Error);
        var models = await ArdaAsync(["models"]);
        Assert.True(models.ExitCode == 0, models.Error);
    }

    [Fact]
    public async Task It_is_nobodys_asks_for_nothing_and_is_made_once()
    {
        var app = await FindAsync();
        Assert.Equal(AppState.Approved, app.State);
        Assert.Equal((0, false, 0), (app.MarkupBps, app.IsConfidential, app.RedirectUris.Count));
        Assert.Null(await Get<People>().FindAsync(app.Owner, Ct));
        await Get<Apps>()
            .ReviewAsync(app.Id, new ReviewDecision { State = AppState.Suspended }, "test", Ct);

        await _gateway.StopAsync(Ct);
        await _gateway.DisposeAsync();
        _gateway = await StartAsync();

        // The operator's word outlives the start.
        Assert.Equal(AppState.Suspended, (await FindAsync()).State);
    }

    private async Task<WebApplication> StartAsync()
    {
        var app = Program.Build([
            "--urls=http://127.0.0.1:0",
            $"--data={_data}",
            "--Logging:LogLevel:Default=Warning",
            "--Providers:SimulateMissing=true",
        ]);
        await app.StartAsync(Ct);
        return app;
    }

    private async Task<(Session Session, ProjectId Project)> PersonAsync()
    {
        Assert.False(EmailAddress.Read("a@example.com").Denied(out _, out var email));
        var person = await Get<People>().FindOrCreateAsync(email);
        var made = await Get<Projects>().CreateAsync(person.Id, "Work");
        Assert.False(made.Denied(out _, out var project));
        var http = new DefaultHttpContext { RequestServices = _gateway.Services };
        var session = await Get<Sessions>().SignInAsync(http, person, SignInMethod.EmailCode);
        return (session, project.Id);
    }

    private Task<ArdaProcess> ArdaAsync(string[] args, Action<string>? onErrorLine = null) =>
        ArdaProcess.RunAsync(
            [.. args, "--base-url", _gateway.Urls.First()],
            new(StringComparer.Ordinal) { ["XDG_CONFIG_HOME"] = _data },
            onErrorLine: onErrorLine
        );

    private async Task<AppRecord> FindAsync() =>
        (await Get<Apps>().FindAsync(new AppId("gw_app_arda_cli"), Ct))!;

    private T Get<T>()
        where T : notnull => _gateway.Services.GetRequiredService<T>();
}
