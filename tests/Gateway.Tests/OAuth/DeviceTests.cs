using System.Text.RegularExpressions;
using Arda.Gateway.Accounts;
using Arda.Gateway.Developers;
using Arda.Gateway.Kernel;
using Arda.Gateway.OAuth;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;
using AppRecord = Arda.Gateway.Developers.App;

namespace Arda.Gateway.Tests.OAuth;

/// <summary>Device codes, from both sides.</summary>
public sealed class DeviceTests(OAuthWorlds worlds)
{
    private const string DeviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<StoreKind> Both => Stores.Both;

    private Task<OAuthWorld> SqliteAsync() => worlds.OfAsync(StoreKind.Sqlite);

    [Fact]
    [OAuthCase("DV01")]
    public async Task Wrong_device_requests_are_refused_by_name()
    {
        var world = await SqliteAsync();
        var app = await world.AppAsync();
        (await world.GetAsync("/oauth/device/code")).IsOAuthError(405, "invalid_request");
        var json = await world.PostRawAsync(
            "/oauth/device/code",
            "{}"u8.ToArray(),
            "application/json"
        );
        json.IsOAuthError(400, "invalid_request");
        (await world.PostAsync("/oauth/device/code", [])).IsOAuthError(400, "invalid_request");
        (await StartAsync(world, "gw_app_x")).IsOAuthError(401, "invalid_client");
        var off = await world.AppAsync(with: about => about with { DeviceCodes = false });
        (await StartAsync(world, off.Id.Value)).IsOAuthError(400, "unauthorized_client");
        var confidential = await world.AppAsync(isConfidential: true);
        (await StartAsync(world, confidential.Id.Value)).IsOAuthError(401, "invalid_client");
        (await StartAsync(world, app.Id.Value, "admin")).IsOAuthError(400, "invalid_scope");
        foreach (var state in new[] { AppState.Rejected, AppState.Suspended })
        {
            var stopped = await world.AppAsync(state: state);
            (await StartAsync(world, stopped.Id.Value)).IsOAuthError(400, "unauthorized_client");
        }
    }

    [Theory]
    [OAuthCase("DV02")]
    [MemberData(nameof(Both))]
    public async Task A_device_gets_a_code_to_show_and_one_to_poll_with(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var app = await world.AppAsync();
        await FreeAddressAsync(world);
        var answer = await StartAsync(world, app.Id.Value);

        Assert.Equal((200, "no-store"), (answer.Status, answer.Header("Cache-Control")));
        var shape = new Regex(
            "^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$",
            RegexOptions.None,
            TimeSpan.FromSeconds(1)
        );
        var userCode = answer.Text("user_code")!;
        Assert.Matches(shape, userCode);
        Assert.True(answer.Text("device_code")!.Length >= 43);
        Assert.Equal(600, answer.Json.GetProperty("expires_in").GetInt32());
        Assert.Equal(5, answer.Json.GetProperty("interval").GetInt32());
        Assert.Equal(world.Issuer + "/connect", answer.Text("verification_uri"));
        Assert.Equal(
            world.Issuer + "/connect?user_code=" + userCode,
            answer.Text("verification_uri_complete")
        );
        // Neither stands in the store.
        Assert.Equal(
            0,
            await world.CountAsync(
                "SELECT COUNT(*) FROM oauth_device_code WHERE hash = @a OR user_code_hash = @b",
                ("a", answer.Text("device_code")),
                ("b", userCode)
            )
        );
    }

    [Theory]
    [OAuthCase("DV04", "DV05", "DV06")]
    [MemberData(nameof(Both))]
    public async Task A_device_code_goes_its_way_once(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var (app, other) = (await world.AppAsync(), await world.AppAsync());
        var person = await world.PersonAsync();
        await FreeAddressAsync(world);
        var started = await StartAsync(world, app.Id.Value);
        var code = started.Text("device_code")!;

        (await PollAsync(world, app, code)).IsOAuthError(400, "authorization_pending");
        (await PollAsync(world, other, code)).IsOAuthError(400, "invalid_grant");
        (await PollAsync(world, app, code)).IsOAuthError(400, "slow_down");
        Assert.Equal(
            10,
            await world.CountAsync(
                "SELECT interval_s FROM oauth_device_code WHERE app = @app",
                ("app", app.Id.Value)
            )
        );
        var allowed = await world
            .Get<DeviceCodes>()
            .DecideAsync(
                started.Text("user_code")!,
                person.Session,
                "192.0.2.1",
                OAuthWorld.Allow(person),
                Ct
            );
        Assert.Equal(DeviceDecisionResult.Allowed, allowed);
        var token = await PollAsync(world, app, code);
        Assert.Equal(200, token.Status);
        var key = token.Text("access_token")!;
        Assert.Equal(200, (await ConsentTests.AskAsync(world, key)).Status);

        (await PollAsync(world, app, code)).IsOAuthError(400, "invalid_grant");
        Assert.Equal(401, await world.StatusOfKeyAsync(key));
    }

    [Fact]
    [OAuthCase("DV05")]
    public async Task Denied_expired_and_unknown_codes_are_told_apart_to_their_device()
    {
        var world = await SqliteAsync();
        var app = await world.AppAsync();
        var person = await world.PersonAsync();
        await FreeAddressAsync(world);
        var denied = await StartAsync(world, app.Id.Value);
        var no = await world
            .Get<DeviceCodes>()
            .DecideAsync(
                denied.Text("user_code")!,
                person.Session,
                "192.0.2.2",
                new ConsentDecision { Allow = false },
                Ct
            );
        Assert.Equal(DeviceDecisionResult.Denied, no);
        (await PollAsync(world, app, denied.Text("device_code")!)).IsOAuthError(
            400,
            "access_denied"
        );
        var expired = await StartAsync(world, app.Id.Value);
        await ExpireAsync(world, app);
        (await PollAsync(world, app, expired.Text("device_code")!)).IsOAuthError(
            400,
            "expired_token"
        );
        var unknown = Secrets.New(Secrets.DeviceCode);
        (await PollAsync(world, app, unknown)).IsOAuthError(400, "invalid_grant");
    }

    [Theory]
    [OAuthCase("DV09", "DV10")]
    [MemberData(nameof(Both))]
    public async Task A_code_is_found_however_it_is_typed_and_looking_changes_nothing(
        StoreKind kind
    )
    {
        var world = await worlds.OfAsync(kind);
        var app = await world.AppAsync();
        var person = await world.PersonAsync();
        await FreeAddressAsync(world);
        var started = await StartAsync(world, app.Id.Value, "inference openid");
        var shown = started.Text("user_code")!;
        var plain = shown.Replace("-", "", StringComparison.Ordinal);
        foreach (
            var typed in new[]
            {
                shown,
                shown.ToLowerInvariant().Replace('-', ' '),
                plain,
                string.Join('-', plain.ToLowerInvariant().ToCharArray()),
            }
        )
        {
            var found = await FindAsync(world, typed, person, "192.0.2.3");
            Assert.Equal(app.Id, found!.Consent.App.Id);
            Assert.Equal(["inference", "openid"], found.Consent.Scopes.Select(one => one.Name));
            Assert.Equal(shown, found.UserCode);
        }

        (await PollAsync(world, app, started.Text("device_code")!)).IsOAuthError(
            400,
            "authorization_pending"
        );
    }

    [Theory]
    [OAuthCase("DV08", "DV13")]
    [MemberData(nameof(Both))]
    public async Task Wrong_codes_are_counted_for_account_and_address(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var app = await world.AppAsync();
        var (person, next) = (await world.PersonAsync(), await world.PersonAsync());
        await FreeAddressAsync(world);
        var started = await StartAsync(world, app.Id.Value);
        var address = Ids.Make("address");
        for (var i = 0; i < DeviceCodes.WrongPerAccountMax; i++)
        {
            Assert.Null(await FindAsync(world, "BBBB-BBBB", person, address));
        }

        var found = await world
            .Get<DeviceCodes>()
            .FindAsync(started.Text("user_code")!, person.Session, "another", Ct);
        Assert.True(found.Denied(out var denial, out _));
        Assert.IsType<Denial.RateLimited>(denial);
        // Somebody else is not locked out, until the address is.
        Assert.NotNull(await FindAsync(world, started.Text("user_code")!, next, address));
        for (var i = 0; i < DeviceCodes.WrongPerAccountMax; i++)
        {
            Assert.Null(await FindAsync(world, "BBBB-BBBB", next, address));
        }

        var third = await world.PersonAsync();
        var stopped = await world
            .Get<DeviceCodes>()
            .FindAsync("BBBB-BBBB", third.Session, address, Ct);
        Assert.True(stopped.Denied(out _, out _));
    }

    [Theory]
    [OAuthCase("DV13")]
    [MemberData(nameof(Both))]
    public async Task A_flood_of_device_requests_is_stopped(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var app = await world.AppAsync();
        await FreeAddressAsync(world);
        var answers = new List<int>();
        for (var i = 0; i < 200 && !answers.Contains(429); i++)
        {
            answers.Add((await StartAsync(world, app.Id.Value)).Status);
        }

        Assert.Contains(429, answers);
        await FreeAddressAsync(world);
    }

    [Theory]
    [OAuthCase("DV13")]
    [MemberData(nameof(Both))]
    public async Task No_more_than_ten_thousand_codes_of_an_app_wait_and_old_ones_are_dropped(
        StoreKind kind
    )
    {
        var world = await worlds.OfAsync(kind);
        var (app, other) = (await world.AppAsync(), await world.AppAsync());
        await FreeAddressAsync(world);
        var first = await StartAsync(world, app.Id.Value);
        Assert.Equal(200, first.Status);
        await world.ExecuteAsync(
            """
            INSERT INTO oauth_device_code(hash, user_code_hash, app, asked_scopes,
                   requester_address, interval_s, state, markup_bps, created_at, expires_at)
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
            SELECT substr('000000' || i || d.hash, 1, 64), substr('000000' || i || d.hash, 1, 64),
                   d.app, d.asked_scopes, d.requester_address, d.interval_s, d.state, d.markup_bps,
                   d.created_at, d.expires_at
              FROM n CROSS JOIN (SELECT * FROM oauth_device_code WHERE app = @app) d
            """,
            ("app", app.Id.Value)
        );
        Assert.Equal(10_000, await CountAsync(world, app));

        var beyond = await StartAsync(world, app.Id.Value);
        beyond.IsOAuthError(429, "temporarily_unavailable");
        Assert.NotNull(beyond.Header("Retry-After"));
        Assert.Equal(10_000, await CountAsync(world, app));
        Assert.Equal(200, (await StartAsync(world, other.Id.Value)).Status);

        await ExpireAsync(world, app);
        Assert.Equal(200, (await StartAsync(world, app.Id.Value)).Status);
        await world.ExecuteAsync(
            "UPDATE oauth_device_code SET expires_at = expires_at - 86400000 WHERE app = @app",
            ("app", app.Id.Value)
        );
        Assert.Equal(200, (await StartAsync(world, other.Id.Value)).Status);
        // The newest had not expired for a day yet.
        Assert.Equal(1, await CountAsync(world, app));
    }

    private static Task<long> CountAsync(OAuthWorld world, AppRecord app) =>
        world.CountAsync(
            "SELECT COUNT(*) FROM oauth_device_code WHERE app = @app",
            ("app", app.Id.Value)
        );

    [Fact]
    [OAuthCase("DV14")]
    public void A_code_that_is_taken_is_drawn_again_and_given_up_after_a_few_times()
    {
        var drawn = new Queue<string>(["BBBBBBBB", "BBBBBBBB", "CCCCCCCC"]);
        HashSet<string> live = [];
        var codes = new UserCodes(() => drawn.Count > 0 ? drawn.Dequeue() : "CCCCCCCC");

        Assert.Equal("BBBBBBBB", codes.NewFree(live.Add));
        Assert.Equal("CCCCCCCC", codes.NewFree(live.Add));
        Assert.Null(codes.NewFree(live.Add));
        Assert.Equal(2, live.Count);
    }

    [Fact]
    public async Task A_mail_after_a_device_code_ends_the_connection_with_one_link()
    {
        var world = await SqliteAsync();
        var app = await world.AppAsync();
        var person = await world.PersonAsync();
        await FreeAddressAsync(world);
        var started = await StartAsync(world, app.Id.Value);
        await world
            .Get<DeviceCodes>()
            .DecideAsync(
                started.Text("user_code")!,
                person.Session,
                "a",
                OAuthWorld.Allow(person),
                Ct
            );
        var key = (await PollAsync(world, app, started.Text("device_code")!)).Text("access_token")!;
        var mail = await MailToAsync(world, person, "/connections/revoke/");
        var link = mail[(mail.IndexOf("/connections/revoke/", StringComparison.Ordinal) + 20)..]
            .Trim();

        Assert.False(await world.Get<RevokeLinks>().UseAsync("wrong", Ct));
        Assert.Equal(200, await world.StatusOfKeyAsync(key));
        Assert.True(await world.Get<RevokeLinks>().UseAsync(link, Ct));
        Assert.Equal(401, await world.StatusOfKeyAsync(key));
    }

    internal static async Task<string> MailToAsync(
        OAuthWorld world,
        Signed person,
        string containing
    )
    {
        var mailbox = world.Get<DevMailbox>();
        for (var tries = 0; tries < 500; tries++)
        {
            var mail = mailbox.Mails.FirstOrDefault(one =>
                one.To == person.Session.Person.Email
                && one.Text.Contains(containing, StringComparison.Ordinal)
            );
            if (mail is not null)
            {
                return mail.Text;
            }

            await Task.Delay(10, CancellationToken.None);
        }

        Assert.Fail("No such mail came: " + containing);
        return "";
    }

    // The tests of one store share one address.
    internal static Task FreeAddressAsync(OAuthWorld world) =>
        world.ExecuteAsync("DELETE FROM attempt WHERE bucket LIKE 'device-code:%'");

    internal static Task<Answered> StartAsync(
        OAuthWorld world,
        string client,
        string? scope = null
    ) => world.PostAsync("/oauth/device/code", [("client_id", client), ("scope", scope)]);

    internal static Task<Answered> PollAsync(OAuthWorld world, AppRecord app, string code) =>
        world.PostAsync(
            "/oauth/token",
            [("grant_type", DeviceGrant), ("device_code", code), ("client_id", app.Id.Value)]
        );

    internal static async Task<DeviceRequestView?> FindAsync(
        OAuthWorld world,
        string typed,
        Signed person,
        string address
    )
    {
        var found = await world
            .Get<DeviceCodes>()
            .FindAsync(typed, person.Session, address, CancellationToken.None);
        Assert.False(found.Denied(out _, out var lookup));
        return lookup.Request;
    }

    private static Task ExpireAsync(OAuthWorld world, AppRecord app) =>
        world.ExecuteAsync(
            "UPDATE oauth_device_code SET expires_at = expires_at - 601000 WHERE app = @app",
            ("app", app.Id.Value)
        );
}
