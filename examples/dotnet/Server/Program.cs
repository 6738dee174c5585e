// A server that pays for itself: the official OpenAI client, pointed at the gateway by one key.
// Arda__ApiKey is the key; Arda__BaseAddress is for gateways of your own.
using System.ClientModel;
using Arda.Gateway.Sdk;
using OpenAI;
using OpenAI.Chat;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddArdaGateway();
builder.Services.Configure<ArdaGatewayOptions>(builder.Configuration.GetSection("Arda"));
builder.Services.AddSingleton(services =>
{
    var gateway = services.GetRequiredService<ArdaGatewayClient>();
    return new ChatClient(
        "arda/auto",
        new ApiKeyCredential(gateway.ApiKey),
        new OpenAIClientOptions { Endpoint = gateway.OpenAIEndpoint }
    );
});
var app = builder.Build();

app.MapPost(
    "/summarize",
    async (HttpRequest request, ChatClient chat, CancellationToken ct) =>
    {
        using var body = new StreamReader(request.Body);
        var text = await body.ReadToEndAsync(ct);
        try
        {
            var answer = await chat.CompleteChatAsync(
                [
                    ChatMessage.CreateSystemMessage("Summarize in one sentence."),
                    ChatMessage.CreateUserMessage(text),
                ],
                cancellationToken: ct
            );
            var said = GatewayResponseMetadata.Of(answer.GetRawResponse().Headers);
            return Results.Ok(
                new
                {
                    Summary = answer.Value.Content[0].Text,
                    Model = said.Routing?.SelectedModel,
                    said.Balance?.BalanceCents,
                }
            );
        }
        catch (ClientResultException refused)
        {
            var recovery = GatewayRecovery.OfError(refused);
            return Results.Problem(
                recovery.Message,
                statusCode: StatusCodes.Status503ServiceUnavailable,
                extensions: [new("action", recovery.Action), new("reason", recovery.Reason)]
            );
        }
    }
);

await app.RunAsync();
