using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire;

/// <summary>
/// What admission, routing and metering must know of a request, read in one pass over its bytes
/// without building it. Everything else passes on as it came.
/// </summary>
public sealed class RequestScan
{
    /// <summary>Deeper JSON is refused; no client nests like that. What other dialects and the echo
    /// in an answer put around it has to stay below the 64 levels that readers of JSON take.</summary>
    internal const int DepthMax = 56;

    /// <summary>Each is compared with those before it, and no dialect has a quarter as many.</summary>
    internal const int MembersMax = 256;

    private RequestScan() { }

    /// <summary>Asks for embeddings: only a model that makes them can answer.</summary>
    public bool IsEmbeddings { get; private init; }

    public string Model { get; private set; } = "";

    public bool Stream { get; private set; }

    /// <summary>Chat: the client asked for the usage chunk.</summary>
    public bool IncludeUsage { get; private set; }

    /// <summary>Where the value of <c>stream_options.include_usage</c> stands, if it is there.</summary>
    public Range? IncludeUsageAt { get; private set; }

    /// <summary>The client's own limit, whichever field it used.</summary>
    public long? MaxOutputTokens { get; private set; }

    public int Choices { get; private set; } = 1;

    /// <summary>A cache mark with the dear one-hour life may be in the request.</summary>
    public bool AsksForLongCache { get; private set; }

    public string? ServiceTier { get; private set; }

    public string? PromptCacheKey { get; private set; }

    public RoutingWish? Routing { get; private set; }

    public RequestFeatures Features { get; private set; }

    /// <summary>Bytes of the body that are not inline media: what prompt tokens are estimated from.</summary>
    public long TextBytes { get; private set; }

    /// <summary>Of <see cref="TextBytes"/>, those outside ASCII: they take more tokens per byte.</summary>
    public long NonAsciiBytes { get; private set; }

    public int Images { get; private set; }

    public int Documents { get; private set; }

    public long DocumentBytes { get; private set; }

    /// <summary>Documents given by address, whose size nobody here knows.</summary>
    public int UnseenDocuments { get; private set; }

    public long AudioBytes { get; private set; }

    /// <summary>Top-level members in order; values as ranges of the body.</summary>
    public IReadOnlyList<Member> Members => _members;

    private readonly List<Member> _members = new(8);

    /// <summary>A top-level member: its name, where its value stands, where the member begins.</summary>
    public readonly record struct Member(string Name, int Start, int ValueStart, int ValueEnd);

    public Member? Find(string name)
    {
        foreach (var member in _members)
        {
            if (member.Name == name)
            {
                return member;
            }
        }

        return null;
    }

    /// <summary>
    /// Reads a request body. Refuses, with the JSON path: what is no JSON object, a member given
    /// twice (readers disagree on which counts, and the price hangs on it), and a wrong type of
    /// anything that is read here. The rest is for the model's own provider to judge.
    /// </summary>
    public static Outcome<RequestScan> Read(WireFormat dialect, ReadOnlyMemory<byte> body) =>
        Read(new RequestScan(), dialect, body);

    /// <summary>The same for a request of embeddings, which OpenAI alone has a form for.</summary>
    public static Outcome<RequestScan> ReadEmbeddings(ReadOnlyMemory<byte> body) =>
        Read(new RequestScan { IsEmbeddings = true }, WireFormat.OpenAiChat, body);

    private static Outcome<RequestScan> Read(
        RequestScan scan,
        WireFormat dialect,
        ReadOnlyMemory<byte> body
    )
    {
        if (!Utf8.IsValid(body.Span))
        {
            // The reader below looks into few strings; whoever reads the others would trip later.
            return NotUtf8();
        }

        try
        {
            var reader = new Utf8JsonReader(
                body.Span,
                new JsonReaderOptions { MaxDepth = DepthMax }
            );
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return new Denial.InvalidRequest("The request body must be a JSON object.");
            }

            var denial = scan.ReadMembers(dialect, ref reader, body.Span);
            if (denial is not null)
            {
                return denial;
            }

            if (reader.Read())
            {
                return new Denial.InvalidRequest(
                    "The request body has text after its JSON object."
                );
            }
        }
        catch (JsonException wrong)
        {
            return new Denial.InvalidRequest(
                $"The request body is not valid JSON (line {wrong.LineNumber + 1}, byte "
                    + $"{wrong.BytePositionInLine + 1}): check for a missing quote, comma or brace."
            );
        }
        catch (InvalidOperationException)
        {
            return NotUtf8();
        }

        scan.TextBytes = body.Length - scan._inlineBytes;
        scan.NonAsciiBytes = CountNonAscii(body.Span);
        scan.AsksForLongCache = body.Span.IndexOf("\"1h\""u8) >= 0;
        return scan.Model.Length == 0 ? new Denial.InvalidRequest(ModelMissing(scan), "model")
            : RequestContent.MissingIn(dialect, scan) is { } missing ? missing
            : scan;
    }

    private static string ModelMissing(RequestScan scan) =>
        scan.IsEmbeddings
            ? "Name a model that makes embeddings; GET /v1/models lists them."
            : "Name a model, for example \"arda/auto\".";

    private Denial.InvalidRequest? ReadMembers(
        WireFormat dialect,
        ref Utf8JsonReader reader,
        ReadOnlySpan<byte> body
    )
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var start = (int)reader.TokenStartIndex;
            var name = reader.GetString()!;
            if (_members.Count == MembersMax)
            {
                return new Denial.InvalidRequest(
                    $"The request body has more than {MembersMax} members; leave out those that "
                        + "no provider knows."
                );
            }

            if (Find(name) is not null)
            {
                return new Denial.InvalidRequest($"'{name}' is given twice; send it once.", name);
            }

            reader.Read();
            var valueStart = (int)reader.TokenStartIndex;
            var denial = ReadMember(dialect, name, ref reader);
            if (denial is not null)
            {
                return denial;
            }

            _members.Add(new Member(name, start, valueStart, (int)reader.BytesConsumed));
        }

        return null;
    }

    private Denial.InvalidRequest? ReadMember(
        WireFormat dialect,
        string name,
        ref Utf8JsonReader reader
    )
    {
        switch (name)
        {
            case "model":
                if (reader.TokenType != JsonTokenType.String)
                {
                    return Wrong(name, "a string");
                }

                Model = reader.GetString()!;
                return null;
            case "stream":
                if (
                    reader.TokenType
                    is not (JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null)
                )
                {
                    return Wrong(name, "true or false");
                }

                Stream = reader.TokenType == JsonTokenType.True;
                return null;
            case "max_tokens" or "max_completion_tokens" or "max_output_tokens":
                return ReadMaxTokens(dialect, name, ref reader);
            case "n"
                when dialect == WireFormat.OpenAiChat && reader.TokenType != JsonTokenType.Null:
                if (
                    reader.TokenType != JsonTokenType.Number
                    || !reader.TryGetInt32(out var n)
                    || n is < 1 or > 128
                )
                {
                    return Wrong(name, "a whole number from 1 to 128");
                }

                Choices = n;
                return null;
            case "stream_options":
                return ReadStreamOptions(ref reader);
            case "service_tier" when reader.TokenType == JsonTokenType.String:
                ServiceTier = reader.GetString();
                return null;
            case "prompt_cache_key" when reader.TokenType == JsonTokenType.String:
                PromptCacheKey = reader.GetString();
                return null;
            case "routing":
                return ReadRouting(ref reader);
            default:
                ReadContent(name, ref reader);
                return null;
        }
    }

    private Denial.InvalidRequest? ReadMaxTokens(
        WireFormat dialect,
        string name,
        ref Utf8JsonReader reader
    )
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (
            reader.TokenType != JsonTokenType.Number
            || !reader.TryGetInt64(out var tokens)
            || tokens < 1
        )
        {
            return Wrong(name, "a whole number of at least 1");
        }

        var applies = dialect switch
        {
            WireFormat.OpenAiResponses => name == "max_output_tokens",
            WireFormat.AnthropicMessages => name == "max_tokens",
            _ => name != "max_output_tokens",
        };
        // Chat: max_completion_tokens wins over max_tokens when both are said; null says nothing.
        if (applies && (name != "max_tokens" || !_completionIsLimited))
        {
            MaxOutputTokens = tokens;
        }

        _completionIsLimited |= name == "max_completion_tokens";

        return null;
    }

    private Denial.InvalidRequest? ReadStreamOptions(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return Wrong("stream_options", "an object");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var asksForUsage = reader.ValueTextEquals("include_usage"u8);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            IncludeUsage |= asksForUsage && reader.TokenType == JsonTokenType.True;
            reader.Skip();
            if (asksForUsage)
            {
                IncludeUsageAt = start..(int)reader.BytesConsumed;
            }
        }

        return null;
    }

    private Denial.InvalidRequest? ReadRouting(ref Utf8JsonReader reader)
    {
        var outcome = RoutingWish.Read(ref reader);
        if (outcome.Denied(out var denial, out var wish))
        {
            return (Denial.InvalidRequest)denial;
        }

        Routing = wish;
        return null;
    }

    private bool _completionIsLimited;
    private long _inlineBytes;

    private void ReadContent(string name, ref Utf8JsonReader reader)
    {
        var found = RequestContent.Read(name, ref reader);
        Features |= found.Features;
        Images += found.Images;
        Documents += found.Documents;
        DocumentBytes += found.DocumentBytes;
        UnseenDocuments += found.UnseenDocuments;
        AudioBytes += found.AudioBytes;
        _inlineBytes += found.InlineBytes;
    }

    private static Denial.InvalidRequest NotUtf8() =>
        new("The request body holds text that is not valid UTF-8: send it as UTF-8 JSON.");

    private static long CountNonAscii(ReadOnlySpan<byte> body)
    {
        if (Ascii.IsValid(body))
        {
            return 0;
        }

        var count = 0L;
        foreach (var b in body)
        {
            count += b >> 7;
        }

        return count;
    }

    private static Denial.InvalidRequest Wrong(string name, string expected) =>
        new($"'{name}' must be {expected}.", name);
}

/// <summary>What a model must be able to do to answer.</summary>
[Flags]
public enum RequestFeatures
{
    None = 0,
    Tools = 1,
    Vision = 2,
    Pdf = 4,
    AudioInput = 8,
    StructuredOutput = 16,
    JsonMode = 32,
    Reasoning = 64,
    ServerTools = 128,
}
