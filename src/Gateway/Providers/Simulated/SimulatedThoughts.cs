using Arda.Gateway.Wire;
using Reasoning = Arda.Gateway.Wire.Block.Reasoning;

namespace Arda.Gateway.Providers.Simulated;

/// <summary>What the reasoner thinks before it answers, and how each format shows it.</summary>
internal static class SimulatedThoughts
{
    public static string? For(SimulatedRequest request, SeededRandom random, Topics topics)
    {
        if (!request.Thinks)
        {
            return null;
        }

        var wish = request.Conversation.Reasoning;
        var tokens =
            request.Directives.ReasoningTokens
            ?? wish?.Effort switch
            {
                "minimal" => 8,
                "low" => 24,
                "high" => 160,
                "xhigh" or "max" => 320,
                _ => 64,
            };
        var budget = (int)Math.Min(wish?.BudgetTokens ?? int.MaxValue, int.MaxValue);
        return new Prose(random, topics).Thoughts(Math.Min(tokens, budget));
    }

    public static Reasoning Block(SimulatedRequest request, string thoughts)
    {
        var seal = ThinkingSeal.Sign(thoughts);
        if (request.Directives.RedactedThinking && request.Format == WireFormat.AnthropicMessages)
        {
            return new Reasoning("") { Redacted = seal, Source = Vendor.Anthropic };
        }

        return request.Format switch
        {
            WireFormat.AnthropicMessages => new Reasoning(thoughts)
            {
                Signature = seal,
                Source = Vendor.Anthropic,
            },
            WireFormat.OpenAiResponses => new Reasoning(
                request.Conversation.Reasoning?.Summary is null ? "" : thoughts
            )
            {
                Redacted = seal,
                ItemId = "rs_" + new SeededRandom(request.Seed).Letters(32),
                Source = Vendor.OpenAi,
            },
            WireFormat.GeminiGenerate => new Reasoning(thoughts) { Source = Vendor.Google },
            _ => new Reasoning(thoughts) { Source = Vendor.Other },
        };
    }
}
