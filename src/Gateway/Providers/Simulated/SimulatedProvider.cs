using System.Buffers;
using System.Collections.Frozen;
using System.Net;
using System.Net.Http.Headers;
using Arda.Gateway.Catalog;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Providers.Simulated;

/// <summary>
/// Plays every provider inside this process: it stands where the sockets of a real one would, so
/// that whatever is built on <see cref="Upstreams"/> meets real statuses, headers and streams.
/// </summary>
internal sealed class SimulatedProvider(
    ModelCatalog catalog,
    SimulationOptions options,
    TimeProvider time
) : HttpMessageHandler
{
    private const int OverloadedStatus = 529;

    private readonly PromptCache _cache = new(time);

    private readonly FrozenDictionary<(string, string), Model> _models = catalog
        .Models.SelectMany(model =>
            model.Offers.Select(o => KeyValuePair.Create((o.ProviderId, o.UpstreamId), model))
        )
        .DistinctBy(pair => pair.Key)
        .ToFrozenDictionary();

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        var call = ProviderConnection.CallOf(request);
        Invariant.Holds(call is not null, "the simulated provider is called with a call");
        var response = call.Operation switch
        {
            UpstreamOperation.Embed => await EmbedAsync(call, cancellationToken),
            UpstreamOperation.CountTokens => CountTokens(call),
            _ => await GenerateAsync(call, cancellationToken),
        };
        response.RequestMessage = request;
        response.Headers.TryAddWithoutValidation("x-request-id", "sim_" + call.RequestId);
        return response;
    }

    private async Task<HttpResponseMessage> GenerateAsync(UpstreamCall call, CancellationToken ct)
    {
        var format = FormatOf(call.Protocol);
        var read = SimulatedRequests.Read(call, format, ModelOf(call), out var refusal);
        if (read is null)
        {
            return refusal!;
        }

        var (request, prompt) = read.Value;
        var directives = request.Directives;
        if (directives.Hang)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, ct);
        }

        if (SimulatedFaults.Before(directives, format, call) is { } fault)
        {
            return fault;
        }

        SimulatedAnswer answer;
        try
        {
            answer = SimulatedModel.Answer(request);
        }
        catch (FormatException wrong)
        {
            return SimulatedFaults.Error(format, call, 400, "Invalid schema: " + wrong.Message);
        }

        var usage = UsageOf(request, prompt, answer);
        var frame = FrameFor(request);
        return call.Stream
            ? Streamed(request, answer, usage, frame)
            : await WholeAsync(request, answer, usage, frame, ct);
    }

    private Model? ModelOf(UpstreamCall call) =>
        _models.GetValueOrDefault((call.ProviderId, call.UpstreamModel));

    private HttpResponseMessage Streamed(
        SimulatedRequest request,
        SimulatedAnswer answer,
        TokenUsage? usage,
        AnswerFrame frame
    )
    {
        var content = new SimulatedContent();
        content.Headers.ContentType = new MediaTypeHeaderValue("text/event-stream", "utf-8");
        var stream = new SimulatedStream(
            answer,
            usage,
            request.Directives,
            request.Format,
            frame,
            options,
            time
        );
        // Ends by itself when the content is let go of.
        _ = stream.WriteAsync(content, request.RequestId);
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = content };
    }

    private async Task<HttpResponseMessage> WholeAsync(
        SimulatedRequest request,
        SimulatedAnswer answer,
        TokenUsage? usage,
        AnswerFrame frame,
        CancellationToken ct
    )
    {
        var directives = request.Directives;
        var wait = directives.FirstToken ?? options.FirstToken;
        wait += (directives.PerToken ?? TimeSpan.Zero) * answer.OutputTokens;
        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, time, ct);
        }

        if (directives.ErrorAfter is not null)
        {
            return SimulatedFaults.Error(request.Format, request.RequestId, OverloadedStatus);
        }

        var body = new ArrayBufferWriter<byte>(1024);
        var whole = new Answer
        {
            Id = frame.Generation.Value,
            Model = request.Model,
            Blocks = answer.Blocks,
            Stop = answer.Stop,
            NativeStop = NativeStops.Of(request.Format, answer),
            StopSequence = answer.StopSequence,
            Usage = usage,
        };
        WireCodecs.For(request.Format).WriteAnswer(whole, frame, body);
        var bytes = usage is null ? UsageRemoval.FromAnswer(body.WrittenSpan) : body.WrittenMemory;
        var isCut =
            (directives.CutAfter ?? directives.HangAfter ?? directives.GarbageAfter) is not null;
        return isCut ? SimulatedFaults.Broken(directives, bytes) : Json(HttpStatusCode.OK, bytes);
    }

    private TokenUsage? UsageOf(
        SimulatedRequest request,
        PromptReading prompt,
        SimulatedAnswer answer
    )
    {
        var directives = request.Directives;
        if (directives.Usage == UsageWish.Missing)
        {
            return null;
        }

        if (directives.Usage == UsageWish.Exact)
        {
            return new TokenUsage
            {
                Input = directives.UsagePrompt,
                Output = directives.UsageOutput,
            };
        }

        return _cache.Bill(prompt, request.Conversation, request.Format) with
        {
            Output = answer.OutputTokens,
            Reasoning = answer.ReasoningTokens,
        };
    }

    private AnswerFrame FrameFor(SimulatedRequest request)
    {
        var id = new SeededRandom(request.Seed ^ PromptReading.SeedOf(request.RequestId));
        var prefix = request.Format switch
        {
            WireFormat.OpenAiChat => "chatcmpl-",
            WireFormat.OpenAiResponses => "resp_",
            WireFormat.AnthropicMessages => "msg_01",
            _ => "",
        };
        return new AnswerFrame
        {
            Generation = new GenerationId(prefix + id.Letters(24)),
            Model = request.Model,
            CreatedUnixSeconds = time.GetUtcNow().ToUnixTimeSeconds(),
            IncludeUsage = request.Conversation.IncludeUsage,
            Request = request.Conversation,
        };
    }

    private static HttpResponseMessage CountTokens(UpstreamCall call)
    {
        var format = FormatOf(call.Protocol);
        var outcome = SimulatedDialects.ReadCount(format, call);
        if (outcome.Denied(out var denial, out var conversation))
        {
            return SimulatedFaults.Refused(denial, format, call);
        }

        using var prompt = PromptReading.Of(conversation, call.UpstreamModel);
        var body = new ArrayBufferWriter<byte>(64);
        using (var writer = WireJson.NewWriter(body))
        {
            writer.WriteStartObject();
            if (format == WireFormat.OpenAiResponses)
            {
                writer.WriteString("object"u8, "response.input_tokens"u8);
            }

            writer.WriteNumber(
                format == WireFormat.GeminiGenerate ? "totalTokens"u8 : "input_tokens"u8,
                prompt.Tokens
            );
            writer.WriteEndObject();
        }

        return Json(HttpStatusCode.OK, body.WrittenMemory);
    }

    private async Task<HttpResponseMessage> EmbedAsync(UpstreamCall call, CancellationToken ct)
    {
        var isGemini = call.Protocol == OfferProtocol.GeminiEmbed;
        var format = isGemini ? WireFormat.GeminiGenerate : WireFormat.OpenAiChat;
        var dimensions = ModelOf(call)?.Embedding?.Dimensions ?? 256;
        var asked = SimulatedEmbeddings.Read(call.Body, isGemini, dimensions);
        var directives = new Directives();
        var wrong = asked.Wrong ?? directives.Take(asked.Texts[^1], out _);
        wrong ??= directives.AddFrom(call.Headers);

        if (wrong is not null)
        {
            return SimulatedFaults.Error(format, call, 400, wrong, asked.Param);
        }

        if (directives.Hang)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, ct);
        }

        if (SimulatedFaults.Before(directives, format, call) is { } fault)
        {
            return fault;
        }

        var body = new ArrayBufferWriter<byte>(4096);
        if (isGemini)
        {
            SimulatedEmbeddings.WriteGemini(asked, body);
        }
        else
        {
            var withUsage = directives.Usage != UsageWish.Missing;
            SimulatedEmbeddings.WriteOpenAi(asked, call.UpstreamModel, withUsage, body);
        }

        return Json(HttpStatusCode.OK, body.WrittenMemory);
    }

    public static HttpResponseMessage Json(HttpStatusCode status, ReadOnlyMemory<byte> body)
    {
        var content = new ReadOnlyMemoryContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return new HttpResponseMessage(status) { Content = content };
    }

    private static WireFormat FormatOf(OfferProtocol protocol) =>
        protocol switch
        {
            OfferProtocol.OpenAiChat => WireFormat.OpenAiChat,
            OfferProtocol.OpenAiResponses => WireFormat.OpenAiResponses,
            OfferProtocol.AnthropicMessages => WireFormat.AnthropicMessages,
            OfferProtocol.GeminiGenerate => WireFormat.GeminiGenerate,
            _ => throw new InvariantBrokenException("a conversation is not embedded"),
        };
}
