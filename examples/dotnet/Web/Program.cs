// A web app whose users pay: sends them to the gateway to connect, keeps their key on the server,
// and sends them to the billing portal when their balance does not reach.
// Arda__ClientId is the app's id; Arda__BaseAddress is for gateways of your own.
using System.Text.Json;
using Arda.Gateway.Sdk;
using Microsoft.AspNetCore.Http.Extensions;

const string Page = """
    <!doctype html><title>Ask</title>
    <p><a href="/connect">Connect your Arda account</a></p>
    <form method="post" action="/ask"><input name="prompt"><button>Ask</button></form>
    """;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddArdaGateway();
builder.Services.Configure<ArdaGatewayOptions>(builder.Configuration.GetSection("Arda"));
builder.Services.AddDistributedMemoryCache().AddSession().AddAntiforgery();
var app = builder.Build();
app.UseSession();

app.MapGet("/", () => Results.Content(Page, "text/html"));

app.MapGet(
    "/connect",
    (HttpContext http, GatewayOAuthClient oauth) =>
    {
        var auth = oauth.CreateAuthorization(
            new GatewayAuthorizationRequest
            {
                RedirectUri = $"{http.Request.Scheme}://{http.Request.Host}/callback",
            }
        );
        // It belongs to this browser: the session is where the callback finds it again.
        http.Session.SetString("authorization", JsonSerializer.Serialize(auth));
        return Results.Redirect(auth.Url.AbsoluteUri);
    }
);

app.MapGet(
    "/callback",
    async (HttpContext http, GatewayOAuthClient oauth, CancellationToken ct) =>
    {
        if (http.Session.GetString("authorization") is not { } kept)
        {
            return Results.Redirect("/");
        }

        // Forgotten first: a page that is loaded twice shall not send its code twice.
        http.Session.Remove("authorization");
        var auth = JsonSerializer.Deserialize<GatewayAuthorization>(kept)!;
        var callback = new Uri(http.Request.GetEncodedUrl());
        var connected = await oauth.CompleteAsync(auth, callback, ct);
        http.Session.SetString("key", connected.ApiKey);
        return Results.Redirect("/");
    }
);

app.MapPost(
        "/ask",
        async (HttpContext http, ArdaGatewayClientFactory gateways, CancellationToken ct) =>
        {
            if (http.Session.GetString("key") is not { } key)
            {
                return Results.Redirect("/connect");
            }

            var form = await http.Request.ReadFormAsync(ct);
            var gateway = gateways.Create(key);
            var request = new GatewayChatRequest
            {
                Model = "arda/auto",
                Messages = [GatewayChatMessage.User(form["prompt"].ToString())],
            };
            try
            {
                var result = await gateway.CreateChatCompletionAsync(
                    request,
                    cancellationToken: ct
                );
                return Results.Text(result.Completion.Text);
            }
            catch (GatewayApiException refused)
            {
                var recovery = GatewayRecovery.OfError(refused);
                var portal = await gateway.CreatePortalSessionForRecoveryAsync(recovery, ct);
                return portal is not null ? Results.Redirect(portal.Url.AbsoluteUri)
                    : recovery is RecoveryInstruction.Reconnect ? Results.Redirect("/connect")
                    : Results.Text(recovery.Message, statusCode: refused.Status);
            }
        }
    )
    .DisableAntiforgery();

await app.RunAsync();
