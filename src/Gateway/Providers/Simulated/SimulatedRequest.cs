using Arda.Gateway.Wire;

namespace Arda.Gateway.Providers.Simulated;

/// <summary>One request as the simulated model sees it.</summary>
internal sealed record SimulatedRequest
{
    public required Conversation Conversation { get; init; }

    public required WireFormat Format { get; init; }

    /// <summary>The model's name at the provider that is played.</summary>
    public required string Model { get; init; }

    /// <summary>The last user message without its directives; empty while a tool loop
    /// runs.</summary>
    public required string Prompt { get; init; }

    public required Directives Directives { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>Makes the ids of two equal requests differ, as they do at a real
    /// provider.</summary>
    public required string RequestId { get; init; }

    /// <summary>The model thinks before it answers.</summary>
    public required bool Thinks { get; init; }

    /// <summary>… and says what it thought.</summary>
    public required bool ShowsThoughts { get; init; }

    public bool AfterToolResults =>
        Conversation.Turns is [.., { Role: Role.User } last]
        && last.Blocks.Any(b => b is Block.ToolResult);
}

/// <summary>What the simulated model says, whole.</summary>
internal sealed record SimulatedAnswer
{
    public required IReadOnlyList<Block> Blocks { get; init; }

    public required StopReason Stop { get; init; }

    public string? StopSequence { get; init; }

    public required long OutputTokens { get; init; }

    public required long ReasoningTokens { get; init; }
}
