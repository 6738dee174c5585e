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

/// <summary>One conversation request, from its bytes to its settled answer.</summary>
internal sealed class Conversations(Admission admission, InferenceDesk desk)
{
    public async Task AnswerAsync(HttpContext http, WireFormat dialect)
    {
        var admitted = await admission.CallerAsync(http, dialect);
        if (admitted.Denied(out var denial, out var caller))
        {
            await Errors.WriteAsync(http, denial, dialect);
            return;
        }

        var read = await RequestBodies.ReadJsonAsync(
            http.Request,
            desk.Options.RequestBytesMax,
            http.RequestAborted
        );
        if (read.Denied(out denial, out var body))
        {
            await Errors.WriteAsync(http, denial, dialect);
            return;
        }

        using (body)
        {
            await AnswerAsync(http, dialect, caller, body.Bytes);
        }
    }

    private async Task AnswerAsync(
        HttpContext http,
        WireFormat dialect,
        Keys.Caller caller,
        ReadOnlyMemory<byte> body
    )
    {
        if (RequestScan.Read(dialect, body).Denied(out var denial, out var scan))
        {
            await Errors.WriteAsync(http, denial, dialect);
            return;
        }

        var generation = GenerationId.New();
        ReplayCapture? capture = null;
        if (await admission.ReplayAsync(http, caller, body, generation) is { } replay)
        {
            if (replay.Denied(out denial, out var state))
            {
                await Errors.WriteAsync(http, denial, dialect);
                return;
            }

            if (state is ReplayState.Kept kept)
            {
                await Replays.SendAsync(http, kept);
                return;
            }

            capture = ((ReplayState.Fresh)state).Capture;
        }

        var outcome = await admission.AdmitAsync(
            http,
            dialect,
            caller,
            scan,
            body,
            capture,
            generation
        );
        if (outcome.Denied(out denial, out var exchange))
        {
            await (capture is null ? Task.CompletedTask : desk.Replays.ForgetAsync(capture));
            await Errors.WriteAsync(http, denial, dialect);
            return;
        }

        await RunAsync(exchange);
    }

    private async Task RunAsync(Exchange exchange)
    {
        try
        {
            await (
                exchange.IsStream
                    ? new StreamedAnswer(exchange, desk).RunAsync()
                    : new BufferedAnswer(exchange, desk).RunAsync()
            );
        }
        finally
        {
            // Whatever went wrong above, no hold outlives its request.
            Settlements.Release(exchange);
        }
    }
}
