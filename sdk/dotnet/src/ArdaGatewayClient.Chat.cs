using System.Text.Json;
using System.Text.Json.Nodes;

namespace Arda.Gateway.Sdk;

public sealed partial class ArdaGatewayClient
{
    private const string ChatPath = "/v1/chat/completions";

    /// <summary>Asks a model and waits for the whole answer. Needs the scope
    /// <c>inference</c>.</summary>
    /// <param name="request">What to ask.</param>
    /// <param name="options">Idempotency.</param>
    /// <param name="cancellationToken">Ends the call. What the model did by then is charged.</param>
    /// <exception cref="GatewayApiException">Refused; <see cref="GatewayRecovery.OfError"/> says what
    /// to do.</exception>
    /// <exception cref="GatewayConnectionException">No answer came. The request may have run: repeat
    /// it with the same <see cref="GatewayCallOptions.IdempotencyKey"/> only.</exception>
    public async Task<GatewayChatResult> CreateChatCompletionAsync(
        GatewayChatRequest request,
        GatewayCallOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        var call = new GatewayCall(HttpMethod.Post, ChatPath)
        {
            Json = JsonSerializer.SerializeToUtf8Bytes(
                request,
                GatewayJson.Default.GatewayChatRequest
            ),
            IdempotencyKey = options?.IdempotencyKey,
            Authorization = _authorization,
        };
        using var response = await _transport
            .OpenAsync(call, cancellationToken)
            .ConfigureAwait(false);
        var answer = await _transport.ReadAsync(response, cancellationToken).ConfigureAwait(false);
        return answer.IsSuccess
            ? new GatewayChatResult(
                response,
                answer.Read(GatewayJson.Default.GatewayChatCompletion, "a chat completion")
            )
            : throw ErrorBodies.ExceptionOf(answer);
    }

    /// <summary>Asks a model and answers as soon as the first words are on their way. Usage is always
    /// asked for, because the cost rides on it. Needs the scope <c>inference</c>.</summary>
    /// <param name="request">What to ask.</param>
    /// <param name="options">Idempotency.</param>
    /// <param name="cancellationToken">Aborts the request, also while its pieces are read.</param>
    /// <exception cref="GatewayApiException">Refused; <see cref="GatewayRecovery.OfError"/> says what
    /// to do.</exception>
    /// <exception cref="GatewayConnectionException">No answer came.</exception>
    public async Task<GatewayChatStream> CreateChatCompletionStreamAsync(
        GatewayChatRequest request,
        GatewayCallOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        var call = new GatewayCall(HttpMethod.Post, ChatPath)
        {
            Json = StreamBodyOf(request),
            IdempotencyKey = options?.IdempotencyKey,
            Authorization = _authorization,
            Accept = "text/event-stream",
        };
        var response = await _transport.OpenAsync(call, cancellationToken).ConfigureAwait(false);
        if (response.Content.Headers.ContentType?.MediaType == "text/event-stream")
        {
            return new GatewayChatStream(response, _transport, cancellationToken);
        }

        using (response)
        {
            var answer = await _transport
                .ReadAsync(response, cancellationToken)
                .ConfigureAwait(false);
            throw answer.IsSuccess
                ? answer.Unreadable("a stream")
                : ErrorBodies.ExceptionOf(answer);
        }
    }

    private static byte[] StreamBodyOf(GatewayChatRequest request)
    {
        var body = (JsonObject)
            JsonSerializer.SerializeToNode(request, GatewayJson.Default.GatewayChatRequest)!;
        body["stream"] = true;
        if (body["stream_options"] is not JsonObject options)
        {
            body["stream_options"] = options = [];
        }

        options["include_usage"] = true;
        return JsonSerializer.SerializeToUtf8Bytes(body, GatewayJson.Default.JsonObject);
    }
}
