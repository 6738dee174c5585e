using System.Text.Json;
using System.Text.Json.Nodes;

namespace Arda.Gateway.Sdk;

public sealed partial class ArdaGatewayClient
{
    private const string ChatPath = "/v1/chat/completions";

    private static readonly GatewayCallOptions s_plainly = new();

    /// <summary>Asks a model and waits for the whole answer. Needs the scope
    /// <c>inference</c>.</summary>
    /// <param name="request">What to ask.</param>
    /// <param name="options">Idempotency, retries, and whether to wait for the user.</param>
    /// <param name="cancellationToken">Ends the call. What the model did by then is
    /// charged.</param>
    /// <exception cref="GatewayApiException">Refused; <see cref="GatewayRecovery.OfError"/> says
    /// what to do.</exception>
    /// <exception cref="GatewayUserWaitException">It waited for the user in vain.</exception>
    /// <exception cref="GatewayConnectionException">No answer came. The request may have run:
    /// repeat it with the same <see cref="GatewayCallOptions.IdempotencyKey"/> only.</exception>
    public Task<GatewayChatResult> CreateChatCompletionAsync(
        GatewayChatRequest request,
        GatewayCallOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        var body = JsonSerializer.SerializeToUtf8Bytes(
            request,
            GatewayJson.Default.GatewayChatRequest
        );
        return PatientlyAsync(
            ChatCall(body, "application/json", options),
            options,
            CompleteAsync,
            cancellationToken
        );
    }

    /// <summary>Asks a model and answers as soon as the first words are on their way. Usage is
    /// always asked for, because the cost rides on it. Needs the scope <c>inference</c>.</summary>
    /// <param name="request">What to ask.</param>
    /// <param name="options">Idempotency, retries, and whether to wait for the user.</param>
    /// <param name="cancellationToken">Aborts the request, also while its pieces are read.</param>
    /// <exception cref="GatewayApiException">Refused; <see cref="GatewayRecovery.OfError"/> says
    /// what to do.</exception>
    /// <exception cref="GatewayConnectionException">No answer came.</exception>
    public Task<GatewayChatStream> CreateChatCompletionStreamAsync(
        GatewayChatRequest request,
        GatewayCallOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        return PatientlyAsync(
            ChatCall(StreamBodyOf(request), "text/event-stream", options),
            options,
            StreamAsync,
            cancellationToken
        );
    }

    private GatewayCall ChatCall(byte[] body, string accept, GatewayCallOptions? options) =>
        new(HttpMethod.Post, ChatPath)
        {
            Json = body,
            Accept = accept,
            Authorization = _authorization,
            // An answer that is lost while a user was waited for shall not be paid again.
            IdempotencyKey =
                options?.IdempotencyKey
                ?? (options?.WaitForUser is null ? null : ProofKey.RandomText()),
        };

    private async Task<T> PatientlyAsync<T>(
        GatewayCall call,
        GatewayCallOptions? options,
        Func<GatewayCall, CancellationToken, Task<T>> send,
        CancellationToken ct
    )
    {
        options ??= s_plainly;
        using var patient = new PatientRequest(
            this,
            options.RetriesMax,
            options.WaitForUser,
            _transport.Time
        );
        return await patient.RunAsync(stop => send(call, stop), ct).ConfigureAwait(false);
    }

    private async Task<GatewayChatResult> CompleteAsync(GatewayCall call, CancellationToken ct)
    {
        using var response = await _transport.OpenAsync(call, ct).ConfigureAwait(false);
        var answer = await _transport.ReadAsync(response, ct).ConfigureAwait(false);
        return answer.IsSuccess
            ? new GatewayChatResult(
                response,
                answer.Read(GatewayJson.Default.GatewayChatCompletion, "a chat completion")
            )
            : throw ErrorBodies.ExceptionOf(answer);
    }

    private async Task<GatewayChatStream> StreamAsync(GatewayCall call, CancellationToken ct)
    {
        var response = await _transport.OpenAsync(call, ct).ConfigureAwait(false);
        if (response.Content.Headers.ContentType?.MediaType == "text/event-stream")
        {
            return new GatewayChatStream(response, _transport, ct);
        }

        using (response)
        {
            var answer = await _transport.ReadAsync(response, ct).ConfigureAwait(false);
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
