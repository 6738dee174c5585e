using System.Buffers;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire;

/// <summary>
/// One wire format, both ways. The client side reads requests and writes answers; the upstream side
/// writes requests and reads answers. Pure: bytes in, bytes or values out, no I/O, no clock.
/// </summary>
public interface IWireCodec
{
    WireFormat Format { get; }

    // ---- As a client speaks it ----

    /// <summary>Reads a whole request. Bad input is InvalidRequest with the JSON path as Param.</summary>
    Outcome<Conversation> ReadRequest(ReadOnlyMemory<byte> body);

    /// <summary>Writes a finished answer with its usage and, when known, its cost.</summary>
    void WriteAnswer(Answer answer, AnswerFrame frame, IBufferWriter<byte> to);

    /// <summary>Writes one streamed answer; not thread-safe, one per stream.</summary>
    IStreamWriter NewStreamWriter(AnswerFrame frame);

    // ---- As an upstream speaks it ----

    /// <summary>Writes a request for that model; what cannot be said is UnsupportedParameter.</summary>
    Outcome<TranslatedRequest> WriteRequest(Conversation conversation, UpstreamTarget target);

    /// <summary>Reads a finished 2xx answer.</summary>
    /// <exception cref="WireFormatException">The bytes are not this format.</exception>
    Answer ReadAnswer(ReadOnlyMemory<byte> body);

    IStreamReader NewStreamReader();

    /// <summary>Reads an error body of any status. Never throws: garbage gives a plain message.</summary>
    UpstreamError ReadError(int status, ReadOnlyMemory<byte> body);

    // ---- Metering: always over the upstream's raw bytes, translated route or not ----

    /// <summary>Scans a finished 2xx answer without building it.</summary>
    /// <exception cref="WireFormatException">The bytes are not JSON.</exception>
    AnswerReading Meter(ReadOnlySpan<byte> body);

    IStreamMeter NewStreamMeter();
}

/// <summary>What the gateway itself says around an answer.</summary>
public sealed record AnswerFrame
{
    /// <summary>Id of the answer as this dialect shows it, when the upstream gave none.</summary>
    public required GenerationId Generation { get; init; }

    /// <summary>The model to name: for arda/auto the concrete one.</summary>
    public required string Model { get; init; }

    public required long CreatedUnixSeconds { get; init; }

    /// <summary>Chat streams: send the usage chunk on only if the client asked for it.</summary>
    public bool IncludeUsage { get; init; }

    public Cost? Cost { get; init; }

    /// <summary>Fields of the request that the format repeats in its answers (Responses: tools,
    /// instructions, temperature …); null elsewhere.</summary>
    public Conversation? Request { get; init; }
}

/// <summary>The model that a request is written for.</summary>
public sealed record UpstreamTarget
{
    public required string UpstreamModel { get; init; }

    /// <summary>The provider's id in the catalog ("openai", "groq", "anthropic" …): hosts of one
    /// format differ in small ways.</summary>
    public required string Provider { get; init; }

    /// <summary>Sent when the client named no limit; already bounded by what the balance affords.
    /// Null: the format lets it be absent.</summary>
    public long? MaxOutputTokens { get; init; }

    /// <summary>The most that the model can write: a client's larger limit is cut to it and
    /// reported. Null: not known, the upstream judges.</summary>
    public long? OutputTokensMax { get; init; }

    public bool SupportsReasoning { get; init; }

    /// <summary>Empty: not known, pass what the client said.</summary>
    public IReadOnlyList<string> ReasoningEfforts { get; init; } = [];

    /// <summary>False: the model refuses temperature and top_p.</summary>
    public bool AcceptsSampling { get; init; } = true;

    /// <summary>True for arda/auto: what the chosen model cannot take is dropped and reported
    /// where a named model would get a 400.</summary>
    public bool Lenient { get; init; }
}

/// <summary>A request in an upstream's words. <paramref name="Dropped"/> names what could not be said
/// and was left out by documented rule; it goes into <c>x-arda-dropped-params</c>.</summary>
public sealed record TranslatedRequest(ReadOnlyMemory<byte> Body, IReadOnlyList<string> Dropped);

/// <summary>One server-sent event, without its blank line. Both spans may be empty.</summary>
public readonly ref struct SseEvent
{
    /// <summary>The value of <c>event:</c>.</summary>
    public required ReadOnlySpan<byte> Name { get; init; }

    /// <summary>The value of <c>data:</c>, lines joined with \n.</summary>
    public required ReadOnlySpan<byte> Data { get; init; }
}

/// <summary>Turns an upstream's events into steps.</summary>
public interface IStreamReader
{
    /// <summary>Adds the steps that this event means, none for a ping.</summary>
    /// <exception cref="WireFormatException">The event is not this format.</exception>
    void Read(SseEvent from, IList<StreamEvent> to);

    /// <summary>The upstream closed the stream. Adds what is still owed (closing blocks), and
    /// Failed if the stream ended before its end.</summary>
    void End(IList<StreamEvent> to);
}

/// <summary>Turns steps into a client's events. Usage and what ends the stream are held back until
/// <see cref="Complete"/>, because they may only leave once the charge is durable.</summary>
public interface IStreamWriter
{
    void Write(StreamEvent from, IBufferWriter<byte> to);

    /// <summary>Writes the end: finish, usage with cost, terminator.</summary>
    void Complete(TokenUsage? usage, Cost? cost, IBufferWriter<byte> to);

    /// <summary>The balance ran out: closes what is open and ends with the dialect's "length".</summary>
    void Truncate(TokenUsage? usage, Cost? cost, IBufferWriter<byte> to);

    /// <summary>Ends with the dialect's error event: no finish reason, no terminator.</summary>
    void Fail(ErrorFacts error, IBufferWriter<byte> to);

    /// <summary>Something to keep a proxy from cutting a silent stream (comment or ping).</summary>
    void KeepAlive(IBufferWriter<byte> to);
}

/// <summary>What a scan of a finished answer tells.</summary>
public readonly record struct AnswerReading
{
    public TokenUsage? Usage { get; init; }

    /// <summary>The usage object as the upstream wrote it, as a range of the body; default if absent.</summary>
    public Range UsageAt { get; init; }

    /// <summary>UTF-8 bytes of text, reasoning and tool arguments: what is counted when the usage is
    /// missing.</summary>
    public long OutputBytes { get; init; }

    /// <summary>The value of the top-level <c>model</c> as a range, quotes included; default if absent.</summary>
    public Range ModelAt { get; init; }
}

/// <summary>What the relay does with an event of a same-dialect stream.</summary>
public enum EventRole
{
    /// <summary>Send on at once.</summary>
    Pass,

    /// <summary>Send on at once; it carries generated content (fallback is over).</summary>
    Content,

    /// <summary>Carries usage: held until the charge is durable, then sent with the cost.</summary>
    Usage,

    /// <summary>Ends the stream: held until the charge is durable.</summary>
    Terminal,

    /// <summary>The upstream's error inside a 200: replaced by our own error event.</summary>
    Error,
}

/// <summary>
/// Follows a stream over the upstream's raw events; cheap enough to run on each of them.
/// Chat's finish chunk is Pass or Content; only the usage chunk and [DONE] wait. A Chat chunk that
/// carries both content and usage (DeepSeek, xAI send usage on the last content chunk) is Usage.
/// </summary>
public interface IStreamMeter
{
    EventRole Observe(SseEvent from);

    /// <summary>The last usage seen; null until the upstream said anything.</summary>
    TokenUsage? Usage { get; }

    /// <summary>Whether <see cref="Usage"/> is final rather than a beginning's placeholder.</summary>
    bool UsageIsFinal { get; }

    /// <summary>The usage object of the last Usage event, as a range of its data; default if none.</summary>
    Range UsageAt { get; }

    long OutputBytes { get; }

    /// <summary>Set when an event had <see cref="EventRole.Error"/>.</summary>
    UpstreamError? Error { get; }

    /// <summary>The stream came to its proper end (terminator or finish reason seen).</summary>
    bool Ended { get; }
}
