using Arda.Gateway.Accounts;
using Arda.Gateway.OAuth;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;
using Microsoft.AspNetCore.Http;

namespace Arda.Gateway.Tests.OAuth;

/// <summary>After one walk through everything that hands a secret out: the log and every column of
/// the store have none of them.</summary>
public sealed class OAuthSecretsTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<StoreKind> Both => Stores.Both;

    [Theory]
    [OAuthCase("LG01", "LG02")]
    [MemberData(nameof(Both))]
    public async Task After_every_flow_no_secret_stands_in_a_log_or_a_table(StoreKind kind)
    {
        await using var world = await OAuthWorld.StartAsync(kind);
        var told = new List<(string What, string Secret)>();
        var person = await world.PersonAsync();
        var app = await world.AppAsync(isConfidential: true);
        var open = await world.AppAsync();
        var secret = await world.SecretAsync(app);
        told.Add(("a client secret", secret));
        var code = await world.CodeAsync(app, person, ("scope", "inference openid"));
        told.Add(("a code", code));
        var wrong = await world.RedeemAsync(app, code, ("client_secret", secret + "x"));
        Assert.Equal(401, wrong.Status);
        var token = await world.RedeemAsync(app, code, ("client_secret", secret));
        var key = token.Text("access_token")!;
        told.Add(("a key", key));
        told.Add(("an ID token", token.Text("id_token")!));
        told.Add(("a verifier", OAuthWorld.Verifier));
        Assert.Equal(200, await world.StatusOfKeyAsync(key));
        Assert.Equal(401, (await world.GetAsync("/v1/models?api_key=" + key)).Status);
        told.AddRange(await DeviceAsync(world, open, person));
        told.AddRange(await SignInAsync(world, person));
        (string, string?)[] form = [("token", key), ("client_id", app.Id.Value)];
        var ended = await world.PostAsync("/oauth/revoke", [.. form, ("client_secret", secret)]);
        Assert.Equal(200, ended.Status);

        foreach (var (what, one) in told)
        {
            world.Host.Secrets.Watch(what, one);
        }

        await world.Host.StopAsync();
        await world.Host.Secrets.AssertNothingLeakedAsync(world.Host.Database);
    }

    private static async Task<(string, string)[]> DeviceAsync(
        OAuthWorld world,
        Arda.Gateway.Developers.App app,
        Signed person
    )
    {
        var started = await DeviceTests.StartAsync(world, app.Id.Value);
        var (device, shown) = (started.Text("device_code")!, started.Text("user_code")!);
        // As the link of the device opens it.
        await world.GetAsync("/connect?user_code=" + shown);
        var allowed = await world
            .Get<DeviceCodes>()
            .DecideAsync(shown, person.Session, "192.0.2.7", OAuthWorld.Allow(person), Ct);
        Assert.Equal(DeviceDecisionResult.Allowed, allowed);
        var token = await DeviceTests.PollAsync(world, app, device);
        Assert.Equal(200, token.Status);
        var mail = await DeviceTests.MailToAsync(world, person, "/connections/revoke/");
        const string Path = "/connections/revoke/";
        var link = mail[(mail.IndexOf(Path, StringComparison.Ordinal) + Path.Length)..].Trim();
        return
        [
            ("a device code", device),
            ("a user code", shown),
            ("a user code", shown.Replace("-", "", StringComparison.Ordinal)),
            ("a key", token.Text("access_token")!),
            ("a link of a mail", link),
        ];
    }

    private static async Task<(string, string)[]> SignInAsync(OAuthWorld world, Signed person)
    {
        var http = new DefaultHttpContext { RequestServices = world.Host.Services };
        Assert.False(EmailAddress.Read(person.Session.Person.Email).Denied(out _, out var address));
        var sent = await world.Get<EmailCodes>().SendAsync(address, http);
        Assert.False(sent.Denied(out _, out _));
        var mail = await DeviceTests.MailToAsync(world, person, "Your code is ");
        var code = mail["Your code is ".Length..][..9];
        var cookie = await world.CookieAsync(person.Session.Person);
        return
        [
            ("a sign-in code", code),
            ("a sign-in code", code.Replace(" ", "", StringComparison.Ordinal)),
            ("a session", cookie.Split('=')[1]),
        ];
    }
}
