using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Arda.Gateway.Developers;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Payments;
using Arda.Gateway.Tests.OAuth;
using Microsoft.Extensions.DependencyInjection;

namespace Arda.Gateway.Tests.Billing;

/// <summary>A person who has connected an app, or made a key of their own.</summary>
internal sealed record Connected(OAuthWorld World, Signed Person, App? App, string Key)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public Task<Said> GetAsync(string path) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, path));

    public Task<Said> PostAsync(string path, JsonNode? body) =>
        SendAsync(
            new HttpRequestMessage(HttpMethod.Post, path)
            {
                Content = new StringContent(
                    body?.ToJsonString() ?? "",
                    Encoding.UTF8,
                    "application/json"
                ),
            }
        );

    public async Task<Caller> CallerAsync()
    {
        var known = await World
            .Get<ApiKeys>()
            .AuthenticateAsync(new PresentedKey(Key.AsMemory(), default), Ct);
        Assert.False(known.Denied(out var denial, out var caller), denial?.ToString());
        return caller!;
    }

    /// <summary>The stream as soon as its headers are there.</summary>
    public async Task<StreamReader> StreamAsync(string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        var answer = await World.Http.SendAsync(
            request,
            HttpCompletionOption.ResponseHeadersRead,
            Ct
        );
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        return new StreamReader(await answer.Content.ReadAsStreamAsync(Ct));
    }

    private async Task<Said> SendAsync(HttpRequestMessage request)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        var answer = await World.SendAsync(request);
        return new Said(answer.Status, answer.Body, answer.Header("X-Arda-Generation-Id"));
    }
}

/// <summary>An answer that was read whole.</summary>
internal sealed record Said(int Status, string Text, string? Generation)
{
    public JsonNode Json => JsonNode.Parse(Text)!;

    public JsonNode Error => Json["error"]!;

    public string? Code => (string?)Error["code"];

    public Said Expect(int status)
    {
        Assert.True(Status == status, $"{Status}: {Text}");
        return this;
    }
}

internal static class BillingWorld
{
    public static readonly IReadOnlyList<string> AppScopes =
    [
        Scopes.Inference,
        Scopes.ModelsRead,
        Scopes.BalanceRead,
        Scopes.BillingPortal,
        Scopes.UsageRead,
    ];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<Connected> ConnectAsync(
        this OAuthWorld world,
        IReadOnlyList<string>? scopes = null,
        int markupBps = 0,
        Signed? person = null
    )
    {
        var payer = person ?? await world.PersonAsync();
        var app = await world.AppAsync(with: about =>
            about with
            {
                RedirectUris =
                [
                    OAuthWorld.Callback,
                    "myapp://oauth/callback",
                    "http://127.0.0.1/callback",
                ],
                WebOrigins = ["https://web.example"],
                MarkupBps = markupBps,
            }
        );
        var asked = ("scope", (string?)Scopes.Text(scopes ?? AppScopes));
        var redeemed = await world.RedeemAsync(app, await world.CodeAsync(app, payer, asked));
        Assert.True(redeemed.Status == 200, redeemed.Body);
        return new Connected(world, payer, app, redeemed.Text("access_token")!);
    }

    public static async Task<Connected> OwnKeyAsync(this OAuthWorld world, Signed? person = null)
    {
        var payer = person ?? await world.PersonAsync();
        var wish = new NewKey
        {
            Owner = payer.Id,
            Project = payer.Project.Id,
            Name = "own",
        };
        var minted = await world.Get<ApiKeys>().MintAsync(wish);
        Assert.False(minted.Denied(out var denial, out var key), denial?.ToString());
        return new Connected(world, payer, null, key!.Secret);
    }

    /// <summary>On the payment page itself; nobody comes back from it.</summary>
    public static async Task PayAsync(this OAuthWorld world, ProjectId project)
    {
        var opened = await world
            .Get<Topups>()
            .OpenAsync(
                project,
                500,
                saveCard: false,
                new("http://localhost:8787/billing", "http://localhost:8787/billing"),
                Ct
            );
        Assert.False(opened.Denied(out var denial, out var page), denial?.ToString());
        var paid = await world.PostAsync(
            new Uri(page!.Url).PathAndQuery,
            [("act", "pay"), ("number", "4242424242424242")]
        );
        Assert.True(paid.Status is 302 or 303, paid.Body);
    }

    public static async Task SaveCardAsync(this OAuthWorld world, ProjectId project)
    {
        await world.ExecuteAsync(
            """
            INSERT INTO payment_card(project, card, customer, brand, last4, exp_month, exp_year,
                saved_at)
            VALUES(@project, @card, 'cus_1', 'visa', '4242', 12, 2099, 0)
            """,
            ("project", project.Value),
            ("card", "pm_" + project.Value)
        );
    }
}
