using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Inference;

/// <summary>The paid routes.</summary>
public static class InferenceEndpoints
{
    public static void MapInference(this IEndpointRouteBuilder app)
    {
        app.MapConversation("/v1/chat/completions", WireFormat.OpenAiChat);
        app.MapConversation("/v1/responses", WireFormat.OpenAiResponses);
        app.MapConversation("/v1/messages", WireFormat.AnthropicMessages);
        app.MapPost("/v1/messages/count_tokens", Resolve<TokenCounts>(app).AnswerAsync);
        app.MapPost("/v1/embeddings", Resolve<EmbeddingCalls>(app).AnswerAsync);
    }

    private static void MapConversation(
        this IEndpointRouteBuilder app,
        string path,
        WireFormat dialect
    )
    {
        var conversations = Resolve<Conversations>(app);
        app.MapPost(path, context => conversations.AnswerAsync(context, dialect));
    }

    private static T Resolve<T>(IEndpointRouteBuilder app)
        where T : notnull => app.ServiceProvider.GetRequiredService<T>();
}
