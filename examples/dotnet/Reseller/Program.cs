// An app that adds a markup: says what the user pays, and when their balance does not reach, sends
// them to the portal and goes on with the same request afterwards.
// ARDA_API_KEY is a connected user's key; ARDA_BASE_URL is for gateways of your own.
using Arda.Gateway.Sdk;

var gateway = new ArdaGatewayClient(
    new ArdaGatewayClientOptions
    {
        ApiKey = Environment.GetEnvironmentVariable("ARDA_API_KEY") ?? "gw_sk_...",
        BaseAddress = Environment.GetEnvironmentVariable("ARDA_BASE_URL") is { } url
            ? new Uri(url)
            : null,
    }
);
var bootstrap = await gateway.GetEmbeddedAppBootstrapAsync(
    new GatewayBootstrapRequest
    {
        Models = new GatewayModelQuery
        {
            Types = ["language"],
            Usage = new GatewayTypicalUsage(InputTokens: 5_000, OutputTokens: 1_000),
        },
    }
);
Console.WriteLine(bootstrap.Catalog.PricingContext?.Disclosure);
foreach (var option in bootstrap.ModelOptions.Take(3))
{
    Console.WriteLine($"  {option.Disclosure}");
}

var selection = GatewayInferenceSelection.Of(
    args is [var model, ..] ? model : bootstrap.AutoRouteOption?.Id,
    new GatewayRouting { Mode = "cheap", Intent = "coding" },
    bootstrap.AutoRoute
);
var request = new GatewayChatRequest
{
    Model = selection.Model,
    Routing = selection.Routing,
    Messages = [GatewayChatMessage.User("Fix this failing test")],
    MaxTokens = 16_000,
};
var waiting = new GatewayCallOptions
{
    WaitForUser = new GatewayUserWaitOptions
    {
        Timeout = TimeSpan.FromMinutes(5),
        OpenPortal = (portal, _) =>
        {
            Console.WriteLine($"Top up at {portal.Url}");
            return Task.CompletedTask;
        },
    },
};
try
{
    var result = await gateway.CreateChatCompletionAsync(request, waiting);
    Console.WriteLine(result.Completion.Text);
    Console.WriteLine(
        $"The user paid ${result.Cost?.TotalUsd}, ${result.Cost?.ResellerMarkupUsd} of it ours"
    );
}
catch (GatewayUserWaitException gaveUp)
{
    Console.WriteLine($"{gaveUp.Code}: {gaveUp.Message}");
}
catch (GatewayApiException refused)
{
    var recovery = GatewayRecovery.OfError(refused);
    Console.WriteLine($"{recovery.Action}: {recovery.Message}");
}
