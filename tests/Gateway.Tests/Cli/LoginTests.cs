using System.Collections.Concurrent;
using System.Text.Json;
using Arda.Gateway.Tests.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Arda.Gateway.Tests.Cli;

/// <summary>Sign-in by device code, against a gateway that says what it is told to say.</summary>
public sealed class LoginTests : IDisposable
{
    private const string Link = "http://localhost:8787/connect?user_code=WDJB-MJHT";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _settings = Directory.CreateTempSubdirectory("arda-login-").FullName;
    private readonly ConcurrentQueue<(int Status, object Body)> _polls = [];
    private readonly ConcurrentQueue<string> _revoked = [];
    private readonly ConcurrentQueue<string> _asked = [];
    private int _revokeStatus = StatusCodes.Status204NoContent;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string CredentialsPath => Path.Combine(_settings, "arda", "credentials.json");

    public void Dispose() => Directory.Delete(_settings, recursive: true);

    private Task<EdgeHost> GatewayAsync() =>
        EdgeHost.StartAsync(app =>
        {
            // As delegates, or their results would be thrown away.
            app.MapPost("/oauth/device/code", (Delegate)StartAsync);
            app.MapPost("/oauth/token", (Delegate)PollAsync);
            app.MapPost(
                "/v1/keys/self/revoke",
                (HttpContext http) =>
                {
                    _revoked.Enqueue(http.Request.Headers.Authorization.ToString());
                    return Results.StatusCode(_revokeStatus);
                }
            );
            app.MapGet(
                "/v1/models",
                (HttpContext http) =>
                {
                    _asked.Enqueue(http.Request.Headers.Authorization.ToString());
                    return Results.Json(new { data = Array.Empty<object>() });
                }
            );
        });

    private async Task<IResult> StartAsync(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync(Ct);
        Assert.Equal("gw_app_cli", form["client_id"]);
        _asked.Enqueue(form["scope"].ToString());
        return Results.Json(
            new
            {
                device_code = "gw_dc_1",
                user_code = "WDJB-MJHT",
                verification_uri = "http://localhost:8787/connect",
                verification_uri_complete = Link,
                expires_in = 600,
                interval = 0,
            }
        );
    }

    private async Task<IResult> PollAsync(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync(Ct);
        Assert.Equal("urn:ietf:params:oauth:grant-type:device_code", form["grant_type"]);
        Assert.Equal("gw_dc_1", form["device_code"]);
        Assert.Equal("gw_app_cli", form["client_id"]);
        return _polls.TryDequeue(out var answer)
            ? Results.Json(answer.Body, statusCode: answer.Status)
            : Results.StatusCode(StatusCodes.Status500InternalServerError);
    }

    private void Says(string error) => _polls.Enqueue((400, new { error }));

    private void Approves(string key) =>
        _polls.Enqueue(
            (
                200,
                new
                {
                    access_token = key,
                    token_type = "Bearer",
                    scope = "inference",
                    key_id = "key_1",
                    project = new { id = "prj_1", slug = "demo" },
                }
            )
        );

    private Task<ArdaProcess> ArdaAsync(params string[] args) =>
        ArdaProcess.RunAsync(args, new(StringComparer.Ordinal) { ["XDG_CONFIG_HOME"] = _settings });

    private Task<ArdaProcess> LoginAsync(EdgeHost host, params string[] more) =>
        ArdaAsync([
            "login",
            "--base-url",
            host.Address.ToString(),
            "--client-id",
            "gw_app_cli",
            .. more,
        ]);

    [Fact]
    public async Task Login_shows_the_code_waits_for_the_yes_and_keeps_the_key_for_its_owner_alone()
    {
        await using var host = await GatewayAsync();
        Says("authorization_pending");
        Says("authorization_pending");
        Approves("gw_sk_first");
        var login = await LoginAsync(host);

        Assert.Equal(
            (0, $"Connected to {host.Address}. The project demo pays.\n"),
            (login.ExitCode, login.Output)
        );
        Assert.Contains(
            "Open   http://localhost:8787/connect\n",
            login.Error,
            StringComparison.Ordinal
        );
        Assert.Contains("Enter  WDJB-MJHT\n", login.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("gw_sk_", login.Output + login.Error, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(OwnerOnly, File.GetUnixFileMode(CredentialsPath));
            Assert.Equal(
                OwnerOnly | UnixFileMode.UserExecute,
                File.GetUnixFileMode(Path.GetDirectoryName(CredentialsPath)!)
            );
        }

        // From now on neither address nor key has to be said.
        Assert.Equal(0, (await ArdaAsync("models")).ExitCode);
        Assert.Equal(["", "Bearer gw_sk_first"], _asked);
    }

    [Fact]
    public async Task Scopes_are_asked_for_and_json_tells_no_key()
    {
        await using var host = await GatewayAsync();
        Approves("gw_sk_first");
        var login = await LoginAsync(
            host,
            "--scope",
            "inference",
            "--scope",
            "balance:read",
            "--json"
        );
        Assert.Equal(["inference balance:read"], _asked);
        using var json = JsonDocument.Parse(login.Output);
        Assert.Equal("key_1", json.RootElement.GetProperty("key_id").GetString());
        Assert.Equal(CredentialsPath, json.RootElement.GetProperty("credentials").GetString());
        Assert.DoesNotContain("gw_sk_", login.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("█", login.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("access_denied", 3, "declined")]
    [InlineData("expired_token", 5, "arda login again")]
    [InlineData("invalid_grant", 3, "invalid_grant")]
    public async Task A_no_ends_the_waiting_and_keeps_nothing(string said, int exit, string says)
    {
        await using var host = await GatewayAsync();
        Says("authorization_pending");
        Says(said);
        var login = await LoginAsync(host);
        Assert.Equal((exit, ""), (login.ExitCode, login.Output));
        Assert.Contains(says, login.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(CredentialsPath));
    }

    [Fact]
    public async Task Waiting_outlives_a_gateway_that_is_down_for_a_moment()
    {
        await using var host = await GatewayAsync();
        _polls.Enqueue((503, new { error = "temporarily_unavailable" }));
        Approves("gw_sk_first");
        Assert.Equal(0, (await LoginAsync(host)).ExitCode);
    }

    [Fact]
    public async Task A_second_login_ends_the_key_of_the_first()
    {
        await using var host = await GatewayAsync();
        Approves("gw_sk_first");
        Approves("gw_sk_second");
        await LoginAsync(host);
        var second = await LoginAsync(host);
        Assert.Equal(0, second.ExitCode);
        Assert.Equal(["Bearer gw_sk_first"], _revoked);
        var kept = await File.ReadAllTextAsync(CredentialsPath, Ct);
        Assert.Contains("gw_sk_second", kept, StringComparison.Ordinal);
        Assert.DoesNotContain("gw_sk_first", kept, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logout_ends_the_key_and_removes_it()
    {
        await using var host = await GatewayAsync();
        Approves("gw_sk_first");
        await LoginAsync(host);
        var logout = await ArdaAsync("logout");
        Assert.Equal((0, $"Logged out of {host.Address}.\n"), (logout.ExitCode, logout.Output));
        Assert.Equal(["Bearer gw_sk_first"], _revoked);
        Assert.False(File.Exists(CredentialsPath));
        var again = await ArdaAsync("logout", "--base-url", host.Address.ToString());
        Assert.Equal((0, $"Not logged in at {host.Address}.\n"), (again.ExitCode, again.Output));
    }

    [Theory]
    [InlineData(401, 0, false)]
    [InlineData(503, 5, true)]
    public async Task Logout_keeps_a_key_only_while_it_may_still_spend(
        int revoke,
        int exit,
        bool isKept
    )
    {
        await using var host = await GatewayAsync();
        Approves("gw_sk_first");
        await LoginAsync(host);
        _revokeStatus = revoke;
        var logout = await ArdaAsync("logout");
        Assert.Equal(exit, logout.ExitCode);
        Assert.Equal(isKept, File.Exists(CredentialsPath));

        if (isKept)
        {
            Assert.Contains("logout --forget", logout.Error, StringComparison.Ordinal);
            Assert.Equal(0, (await ArdaAsync("logout", "--forget")).ExitCode);
            Assert.False(File.Exists(CredentialsPath));
        }
    }

    [Fact]
    public async Task A_key_goes_to_the_gateway_that_it_is_from_and_to_no_other()
    {
        await using var first = await GatewayAsync();
        await using var second = await GatewayAsync();
        Approves("gw_sk_first");
        Approves("gw_sk_second");
        await LoginAsync(first);
        await LoginAsync(second);
        _asked.Clear();
        await ArdaAsync("models");
        await ArdaAsync("models", "--base-url", first.Address.ToString());
        Assert.Equal(["Bearer gw_sk_second", "Bearer gw_sk_first"], _asked);
        await ArdaAsync("logout");
        var stranger = await ArdaAsync("models", "--base-url", second.Address.ToString());
        Assert.Equal(2, stranger.ExitCode);
        Assert.Contains("arda login", stranger.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_others_can_read_is_reported_and_tightened_by_the_next_login()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no such modes.");
            return;
        }

        await using var host = await GatewayAsync();
        Approves("gw_sk_first");
        Approves("gw_sk_second");
        await LoginAsync(host);
        File.SetUnixFileMode(CredentialsPath, OwnerOnly | UnixFileMode.OtherRead);
        Assert.Contains("chmod 600", (await ArdaAsync("models")).Error, StringComparison.Ordinal);
        await LoginAsync(host);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(CredentialsPath));
    }

    [Fact]
    public async Task A_broken_file_is_a_sentence_with_the_way_out()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(CredentialsPath)!);
        await File.WriteAllTextAsync(CredentialsPath, "{", Ct);
        var run = await ArdaAsync("models");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("cannot be read", run.Error, StringComparison.Ordinal);
        Assert.Contains("arda login", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_qr_code_has_its_three_eyes_and_room_around_it()
    {
        await using var host = await GatewayAsync();
        Approves("gw_sk_first");
        var login = await LoginAsync(host);
        var rows = login
            .Error.Split('\n')
            .Where(line => line.Length > 20 && line.All(c => "█▀▄ ".Contains(c)))
            .ToList();
        var size = rows[0].Length;
        bool IsDark(int x, int y) =>
            rows[y / 2][x] switch
            {
                ' ' => true,
                '▄' => y % 2 == 0,
                '▀' => y % 2 == 1,
                _ => false,
            };
        // Four modules of room, then an eye in three of the corners (ISO/IEC 18004).
        foreach (var (left, top) in ((int, int)[])[(4, 4), (size - 11, 4), (4, size - 11)])
        {
            for (var i = 0; i < 7; i++)
            {
                Assert.True(IsDark(left + i, top) && IsDark(left + i, top + 6));
                Assert.True(IsDark(left, top + i) && IsDark(left + 6, top + i));
            }

            Assert.False(IsDark(left - 1, top));
            Assert.False(IsDark(left + 1, top + 1));
            Assert.True(IsDark(left + 3, top + 3));
        }
    }
}
