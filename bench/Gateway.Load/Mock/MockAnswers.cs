namespace Arda.Gateway.Load.Mock;

/// <summary>
/// What the mock says: 200 tokens of text, about 1.6 KB with its JSON, or the same as 44 events.
/// </summary>
internal static class MockAnswers
{
    public const int Tokens = 200;
    public const int Events = 44;

    private const int ChatPieces = 40;
    private const int MessagesPieces = 38;

    private static readonly string[] Words = (
        "a provider answers in small pieces and the gateway hands each of them on before the next "
        + "one comes because a reader who waits sees only silence it counts what passed so that "
        + "the charge names what was really used and it holds back the very last piece until that "
        + "charge is safe on the disk"
    ).Split(' ');

    private const string ChatHead =
        """{"id":"chatcmpl-‹id›","object":"chat.completion.chunk","created":‹created›,"model":"‹model›","service_tier":"default","system_fingerprint":"fp_bench","choices":""";

    private const string ChatUsage =
        """{"prompt_tokens":‹prompt›,"completion_tokens":200,"total_tokens":‹total›,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}""";

    public static readonly Template Chat = new(
        """{"id":"chatcmpl-‹id›","object":"chat.completion","created":‹created›,"model":"‹model›","choices":[{"index":0,"message":{"role":"assistant","content":"TEXT","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":USAGE,"service_tier":"default","system_fingerprint":"fp_bench"}"""
            .Replace("TEXT", Text(0, Tokens), StringComparison.Ordinal)
            .Replace("USAGE", ChatUsage, StringComparison.Ordinal)
    );

    public static readonly Template Messages = new(
        """{"id":"msg_‹id›","type":"message","role":"assistant","model":"‹model›","content":[{"type":"text","text":"TEXT"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":‹prompt›,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":200,"service_tier":"standard"}}""".Replace(
            "TEXT",
            Text(0, Tokens),
            StringComparison.Ordinal
        )
    );

    /// <summary>With the usage chunk, which is sent only to those who ask for it.</summary>
    public static readonly Template[] ChatStream = [.. ChatEvents().Select(e => new Template(e))];

    public static readonly int ChatUsageAt = ChatStream.Length - 2;

    public static readonly Template[] MessagesStream =
    [
        .. MessagesEvents().Select(e => new Template(e)),
    ];

    /// <summary>One whole chat stream as bytes, for the micro-benchmarks.</summary>
    public static byte[] ChatStreamBytes()
    {
        var to = new System.Buffers.ArrayBufferWriter<byte>();
        var blanks = new Blanks("0123456789abcdef"u8.ToArray(), "bench"u8.ToArray(), 1, 120);
        foreach (var part in ChatStream)
        {
            part.Write(to, blanks);
        }

        return to.WrittenSpan.ToArray();
    }

    private static IEnumerable<string> ChatEvents()
    {
        yield return Chunk("""{"role":"assistant","content":"","refusal":null}""", "null");
        for (var i = 0; i < ChatPieces; i++)
        {
            yield return Chunk($$"""{"content":"{{Piece(i, ChatPieces)}}"}""", "null");
        }

        yield return Chunk("{}", "\"stop\"");
        yield return $"data: {ChatHead}[],\"usage\":{ChatUsage}}}\n\n";
        yield return "data: [DONE]\n\n";

        static string Chunk(string delta, string finish) =>
            $"data: {ChatHead}[{{\"index\":0,\"delta\":{delta},\"logprobs\":null,"
            + $"\"finish_reason\":{finish}}}],\"usage\":null}}\n\n";
    }

    private static IEnumerable<string> MessagesEvents()
    {
        yield return Event(
            "message_start",
            """{"type":"message_start","message":{"id":"msg_‹id›","type":"message","role":"assistant","model":"‹model›","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":‹prompt›,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":1}}}"""
        );
        yield return Event(
            "content_block_start",
            """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"""
        );
        yield return Event("ping", """{"type":"ping"}""");
        for (var i = 0; i < MessagesPieces; i++)
        {
            yield return Event(
                "content_block_delta",
                $$$"""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"{{{Piece(i, MessagesPieces)}}}"}}"""
            );
        }

        yield return Event("content_block_stop", """{"type":"content_block_stop","index":0}""");
        yield return Event(
            "message_delta",
            """{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":200}}"""
        );
        yield return Event("message_stop", """{"type":"message_stop"}""");

        static string Event(string name, string data) => $"event: {name}\ndata: {data}\n\n";
    }

    private static string Piece(int index, int pieces) =>
        Text(Tokens * index / pieces, Tokens * (index + 1) / pieces);

    // One word stands for one token.
    private static string Text(int from, int to) =>
        string.Concat(
            Enumerable
                .Range(from, to - from)
                .Select(i => (i == 0 ? "" : " ") + Words[i % Words.Length])
        );
}
