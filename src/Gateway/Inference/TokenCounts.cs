using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Arda.Gateway.Catalog;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Planning;
using Arda.Gateway.Providers;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Inference;

/// <summary>
/// <c>POST /v1/messages/count_tokens</c> for every model, free of charge and rate limited (wire.md
/// §6): by the provider where it has a counter, else by our own estimate, which a header admits.
/// </summary>
internal sealed class TokenCounts(
    Admission admission,
    RequestRoutes routes,
    Upstreams upstreams,
    InferenceOptions options,
    AnswerHeaders headers,
    TimeProvider time
)
{
    private const WireFormat Dialect = WireFormat.AnthropicMessages;
    private const int CountBytesMax = 64 << 10;

    public async Task AnswerAsync(HttpContext http)
    {
        var denial = await CountAsync(http);
        if (denial is not null)
        {
            await Errors.WriteAsync(http, denial, Dialect);
        }
    }

    private async Task<Denial?> CountAsync(HttpContext http)
    {
        var admitted = await admission.CallerAsync(http, Dialect);
        if (admitted.Denied(out var denial, out var caller))
        {
            return denial;
        }

        headers.ApplyBalance(http, caller);
        var read = await RequestBodies.ReadJsonAsync(
            http.Request,
            options.RequestBytesMax,
            http.RequestAborted
        );
        if (read.Denied(out denial, out var body))
        {
            return denial;
        }

        using (body)
        {
            if (RequestScan.Read(Dialect, body.Bytes).Denied(out denial, out var scan))
            {
                return denial;
            }

            var payer = admission.PayerOf(caller);
            if (
                routes
                    .Plan(scan, Dialect, payer, time.GetUtcNow())
                    .Denied(out denial, out var route)
            )
            {
                return denial;
            }

            var candidate = route.Candidates[0];
            http.Response.Headers[HeaderNames.SelectedModel] = candidate.Model.Id;
            var counted = await AskAsync(http, scan, body.Bytes, candidate);
            if (counted.Denied(out denial, out var tokens))
            {
                return denial;
            }

            await WriteAsync(
                http,
                tokens.Known ?? PromptEstimate.TokensUsual(scan),
                tokens.Known is null
            );
            return null;
        }
    }

    private sealed record Count(long? Known);

    private async ValueTask<Outcome<Count>> AskAsync(
        HttpContext http,
        RequestScan scan,
        ReadOnlyMemory<byte> body,
        Candidate candidate
    )
    {
        var built = CountBodies.Build(scan, body, candidate);
        if (built.Denied(out var denial, out var question))
        {
            return denial;
        }

        if (question.Body is not { } asked)
        {
            return new Count(null);
        }

        var call = new UpstreamCall
        {
            ProviderId = candidate.Offer.ProviderId,
            UpstreamModel = candidate.Offer.UpstreamId,
            Protocol = candidate.Protocol,
            Operation = UpstreamOperation.CountTokens,
            Body = asked,
            Stream = false,
            Headers = [],
            RequestId = RequestFacts.Of(http).RequestId,
        };
        await using var response = await upstreams.SendAsync(call, http.RequestAborted);
        if (!response.Ok)
        {
            // What the provider says of the request itself the caller must hear; a counter that is
            // down is no reason to fail an agent that only asks how long its prompt is.
            return response.Fault == UpstreamFault.BadRequest
                ? new Denial.ProviderRejected(
                    response.Status,
                    response.Error?.Message ?? "The model's provider refused to count this.",
                    response.Error?.Type,
                    response.Error?.Code,
                    response.Error?.Param
                )
                : new Count(null);
        }

        return new Count(await ReadCountAsync(response.Body, http.RequestAborted));
    }

    // input_tokens (Anthropic, Responses) or totalTokens (Gemini).
    private static async ValueTask<long?> ReadCountAsync(Stream body, CancellationToken ct)
    {
        try
        {
            var bytes = new byte[CountBytesMax];
            var length = await body.ReadAtLeastAsync(
                bytes,
                bytes.Length,
                throwOnEndOfStream: false,
                ct
            );
            using var json = JsonDocument.Parse(bytes.AsMemory(0, length));
            foreach (var name in new[] { "input_tokens", "totalTokens" })
            {
                if (
                    json.RootElement.ValueKind == JsonValueKind.Object
                    && json.RootElement.TryGetProperty(name, out var count)
                    && count.ValueKind == JsonValueKind.Number
                    && count.TryGetInt64(out var tokens)
                    && tokens >= 0
                )
                {
                    return tokens;
                }
            }

            return null;
        }
        catch (Exception garbage) when (garbage is JsonException or IOException)
        {
            return null;
        }
    }

    private static async Task WriteAsync(HttpContext http, long tokens, bool isEstimate)
    {
        if (isEstimate)
        {
            http.Response.Headers[HeaderNames.TokenCountSource] = "estimate";
        }

        http.Response.ContentType = "application/json";
        var text = tokens.ToString(CultureInfo.InvariantCulture);
        await http.Response.Body.WriteAsync(
            Encoding.UTF8.GetBytes($"{{\"input_tokens\":{text}}}"),
            http.RequestAborted
        );
    }
}

/// <summary>The question in the counter's own words.</summary>
internal static class CountBodies
{
    /// <param name="Body">Null where the provider has no counter.</param>
    internal sealed record Question(ReadOnlyMemory<byte>? Body);

    // What OpenAI's counter takes of a Responses request.
    private static readonly HashSet<string> s_counted = new(StringComparer.Ordinal)
    {
        "model",
        "input",
        "instructions",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "reasoning",
        "text",
        "truncation",
    };

    public static Outcome<Question> Build(
        RequestScan scan,
        ReadOnlyMemory<byte> body,
        Candidate candidate
    )
    {
        if (candidate.Protocol == OfferProtocol.AnthropicMessages)
        {
            return new Question(
                PassthroughBody.Build(scan, body, WireFormat.AnthropicMessages, candidate, null)
            );
        }

        var isGemini = candidate.Protocol == OfferProtocol.GeminiGenerate;
        if (!isGemini && candidate.Protocol != OfferProtocol.OpenAiResponses)
        {
            return new Question(null);
        }

        var read = WireCodecs.For(WireFormat.AnthropicMessages).ReadRequest(WithLimit(scan, body));
        if (read.Denied(out var denial, out var conversation))
        {
            return denial;
        }

        var target = new UpstreamTarget
        {
            UpstreamModel = candidate.Offer.UpstreamId,
            Provider = candidate.Offer.ProviderId,
            SupportsReasoning = candidate.Model.Capabilities.Reasoning,
            Lenient = true,
        };
        var written = WireCodecs
            .For(CandidateBodies.FormatOf(candidate))
            .WriteRequest(conversation, target);
        if (written.Denied(out denial, out var request))
        {
            return denial;
        }

        return new Question(
            isGemini ? ForGemini(request.Body, candidate) : ForResponses(request.Body)
        );
    }

    // A count needs no limit, a conversation in this dialect does.
    private static ReadOnlyMemory<byte> WithLimit(RequestScan scan, ReadOnlyMemory<byte> body)
    {
        if (scan.Find("max_tokens") is not null)
        {
            return body;
        }

        var splice = new JsonSplice();
        splice.AddMember(body.Span, body.Span.IndexOf((byte)'{'), "max_tokens", "1"u8);
        var changed = new ArrayBufferWriter<byte>(body.Length + 32);
        splice.Apply(body.Span, changed);
        return changed.WrittenMemory;
    }

    private static ReadOnlyMemory<byte> ForGemini(ReadOnlyMemory<byte> body, Candidate candidate) =>
        Write(writer =>
        {
            using var json = JsonDocument.Parse(body);
            writer.WriteStartObject("generateContentRequest"u8);
            writer.WriteString("model"u8, "models/" + candidate.Offer.UpstreamId);
            foreach (var member in json.RootElement.EnumerateObject())
            {
                member.WriteTo(writer);
            }

            writer.WriteEndObject();
        });

    private static ReadOnlyMemory<byte> ForResponses(ReadOnlyMemory<byte> body) =>
        Write(writer =>
        {
            using var json = JsonDocument.Parse(body);
            foreach (var member in json.RootElement.EnumerateObject())
            {
                if (s_counted.Contains(member.Name))
                {
                    member.WriteTo(writer);
                }
            }
        });

    private static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> members)
    {
        var bytes = new ArrayBufferWriter<byte>(1024);
        using (var writer = WireJson.NewWriter(bytes))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        return bytes.WrittenMemory;
    }
}
