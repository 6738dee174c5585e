using System.Text;
using System.Text.Json;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire.Embeddings;

/// <summary>One thing to embed.</summary>
public abstract record EmbeddingInput
{
    private EmbeddingInput() { }

    public sealed record Text(string Value) : EmbeddingInput;

    /// <summary>Numbers of the model's own vocabulary: they mean nothing to another model.</summary>
    public sealed record Tokens(IReadOnlyList<int> Values) : EmbeddingInput;
}

/// <summary>What a client asks of <c>/v1/embeddings</c>.</summary>
public sealed record EmbeddingRequest
{
    /// <summary>OpenAI's own limit of one request.</summary>
    public const int InputsMax = 2_048;

    private const int DimensionsMax = 65_536;

    // What a tokenizer may add around one text (beginning, end, a leading blank).
    private const int TokensAroundText = 4;

    private static readonly HashSet<string> s_known =
    [
        "model",
        "input",
        "dimensions",
        "encoding_format",
        "user",
        "routing",
    ];

    public required string Model { get; init; }

    public required IReadOnlyList<EmbeddingInput> Inputs { get; init; }

    public int? Dimensions { get; init; }

    /// <summary>The official clients ask for this by themselves: base64 of little-endian float32.</summary>
    public bool AsBase64 { get; init; }

    /// <summary>Members that only OpenAI's own hosts may know.</summary>
    public IReadOnlyList<string> Untranslatable { get; init; } = [];

    /// <summary>
    /// The most tokens that this can be billed for: no tokenizer makes more tokens of a text than
    /// it has bytes, and tokens are counted.
    /// </summary>
    public long PromptTokensMax =>
        Inputs.Sum(input =>
            input switch
            {
                EmbeddingInput.Text text => Encoding.UTF8.GetByteCount(text.Value)
                    + TokensAroundText,
                EmbeddingInput.Tokens tokens => (long)tokens.Values.Count,
                _ => throw new InvariantBrokenException("an input is text or tokens"),
            }
        );

    public static Outcome<EmbeddingRequest> Read(ReadOnlyMemory<byte> body)
    {
        var problems = new RequestProblems();
        if (problems.Parse(body.Span) is not { } request)
        {
            return problems.First!;
        }

        var inputs = InputsOf(request);
        var unknown = request.Unknown(s_known);
        var read = new EmbeddingRequest
        {
            Model = request.RequiredText("model"),
            Inputs = inputs,
            Dimensions = (int?)request.Whole("dimensions", 1, DimensionsMax),
            AsBase64 = IsBase64(request),
            Untranslatable = request.Has("user") ? [.. unknown, "user"] : unknown,
        };
        return problems.First is { } wrong ? wrong : read;
    }

    private static bool IsBase64(RequestInput request)
    {
        var format = request.Text("encoding_format");
        if (format is not (null or "float" or "base64"))
        {
            request.Reject("encoding_format", "\"float\" or \"base64\"");
        }

        return format == "base64";
    }

    private static IReadOnlyList<EmbeddingInput> InputsOf(RequestInput request)
    {
        if (request.Raw("input") is not { } input)
        {
            request.Problems.Invalid("input", "'input' is required: it holds the texts.");
            return [];
        }

        if (input.ValueKind != JsonValueKind.Array)
        {
            return [OneOf(request, input, "input")];
        }

        var count = input.GetArrayLength();
        if (count == 0)
        {
            request.Reject("input", "a text or a list of at least one");
            return [];
        }

        // A list of numbers is one input; a list of anything else is as many as it holds.
        if (input[0].ValueKind == JsonValueKind.Number)
        {
            return [OneOf(request, input, "input")];
        }

        if (count > InputsMax)
        {
            request.Reject("input", $"a list of at most {InputsMax}; send the rest apart");
            return [];
        }

        var inputs = new List<EmbeddingInput>(count);
        foreach (var item in input.EnumerateArray())
        {
            inputs.Add(OneOf(request, item, $"input[{inputs.Count}]"));
        }

        return inputs;
    }

    private static EmbeddingInput OneOf(RequestInput request, JsonElement item, string path)
    {
        switch (item.ValueKind)
        {
            case JsonValueKind.String when TextOf(item) is { Length: > 0 } text:
                return new EmbeddingInput.Text(text);
            case JsonValueKind.Array when TokensOf(item) is { Count: > 0 } tokens:
                return new EmbeddingInput.Tokens(tokens);
            default:
                request.Problems.Invalid(
                    path,
                    $"'{path}' must be a text that is not empty, or a list of token numbers."
                );
                return new EmbeddingInput.Text("");
        }
    }

    private static string? TextOf(JsonElement item)
    {
        try
        {
            return item.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair: no model has a token for it.
            return null;
        }
    }

    private static List<int>? TokensOf(JsonElement item)
    {
        var tokens = new List<int>(item.GetArrayLength());
        foreach (var token in item.EnumerateArray())
        {
            if (
                token.ValueKind != JsonValueKind.Number
                || !token.TryGetInt32(out var number)
                || number < 0
            )
            {
                return null;
            }

            tokens.Add(number);
        }

        return tokens;
    }
}
