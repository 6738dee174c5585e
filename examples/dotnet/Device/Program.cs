// A command line whose user pays: shows a code, waits for the approval, asks a model.
// ARDA_CLIENT_ID is the app's id; ARDA_BASE_URL is for gateways of your own.
using Arda.Gateway.Sdk;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

var oauth = new GatewayOAuthClient(
    new GatewayOAuthOptions
    {
        ClientId = Environment.GetEnvironmentVariable("ARDA_CLIENT_ID") ?? "gw_app_...",
        BaseAddress = Environment.GetEnvironmentVariable("ARDA_BASE_URL") is { } url
            ? new Uri(url)
            : null,
    }
);
var device = await oauth.StartDeviceAuthorizationAsync(cancellationToken: stop.Token);
Console.WriteLine($"Open {device.VerificationUri} and enter {device.UserCode}");
var connected = await oauth.WaitForDeviceAuthorizationAsync(device, stop.Token);
Console.WriteLine($"Connected to {connected.Project.Slug}");

var request = new GatewayChatRequest
{
    Model = "arda/auto",
    Messages = [GatewayChatMessage.User(args is [var asked, ..] ? asked : "Hello")],
};
await using var stream = await connected.Gateway.CreateChatCompletionStreamAsync(
    request,
    cancellationToken: stop.Token
);
await foreach (var piece in stream)
{
    Console.Write(piece.Text);
}

var end = await stream.Final;
Console.WriteLine($"\n{stream.Routing?.SelectedModel} for ${end.Cost?.TotalUsd}");

// The user signs out: the key is good for nothing from here on.
await connected.Gateway.RevokeAsync(stop.Token);
Console.WriteLine("Signed out");
