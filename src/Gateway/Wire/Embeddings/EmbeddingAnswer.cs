using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire.Embeddings;

/// <summary>One vector for each input, in their order.</summary>
public sealed record EmbeddingAnswer
{
    public required IReadOnlyList<float[]> Vectors { get; init; }

    /// <summary>Null where the provider says nothing; then the request is counted.</summary>
    public TokenUsage? Usage { get; init; }
}

/// <summary>What a scan of a finished answer tells.</summary>
/// <param name="Answer">Usage and where it and the model's name stand.</param>
/// <param name="IsBase64">How its vectors are written; null where there is none.</param>
public readonly record struct EmbeddingReading(AnswerReading Answer, bool? IsBase64);
