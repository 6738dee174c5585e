using Arda.Gateway.Wire;

namespace Arda.Gateway.Inference;

/// <summary>The paid routes.</summary>
public static class InferenceEndpoints
{
    public static void MapInference(this IEndpointRouteBuilder app)
    {
        var paid = app.ServiceProvider.GetRequiredService<PaidRequests>();
        app.MapPost(
            "/v1/chat/completions",
            http => paid.ConverseAsync(http, WireFormat.OpenAiChat)
        );
        app.MapPost("/v1/responses", http => paid.ConverseAsync(http, WireFormat.OpenAiResponses));
        app.MapPost("/v1/messages", http => paid.ConverseAsync(http, WireFormat.AnthropicMessages));
        app.MapPost("/v1/embeddings", paid.EmbedAsync);

        var counts = app.ServiceProvider.GetRequiredService<TokenCounts>();
        app.MapPost("/v1/messages/count_tokens", counts.AnswerAsync);
    }
}
