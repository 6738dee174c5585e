using Arda.Gateway.Catalog;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Providers.Simulated;

/// <summary>Reads a call as the simulated model sees it, or refuses it in the vendor's
/// words.</summary>
internal static class SimulatedRequests
{
    /// <param name="call">As it arrived.</param>
    /// <param name="format">Its format.</param>
    /// <param name="model">What the catalog knows of the model, if anything.</param>
    /// <param name="refusal">Set when there is no request to answer.</param>
    public static (SimulatedRequest Request, PromptReading Prompt)? Read(
        UpstreamCall call,
        WireFormat format,
        Model? model,
        out HttpResponseMessage? refusal
    )
    {
        refusal = null;
        var outcome = SimulatedDialects.ReadRequest(format, call);
        if (outcome.Denied(out var denial, out var conversation))
        {
            refusal = SimulatedFaults.Refused(denial, format, call);
            return null;
        }

        using var prompt = PromptReading.Of(conversation, call.UpstreamModel);
        var directives = new Directives();
        var wrong = directives.Take(prompt.LastUserText, out var rest);
        wrong ??= directives.AddFrom(call.Headers);
        var thinks = Thinks(conversation, call, model, format);
        wrong ??=
            conversation.Choices > 1
                ? "The simulated models give one answer; 'n' must be 1."
                : null;
        wrong ??= ToolLoopRules.Broken(conversation, format, thinks);
        if (wrong is not null)
        {
            refusal = SimulatedFaults.Error(format, call, 400, wrong);
            return null;
        }

        var window = model?.ContextWindow ?? long.MaxValue;
        if (prompt.Tokens > window)
        {
            refusal = SimulatedFaults.TooLong(format, call, prompt.Tokens, window);
            return null;
        }

        var request = new SimulatedRequest
        {
            Conversation = conversation,
            Format = format,
            Model = call.UpstreamModel,
            Prompt = rest,
            Directives = directives,
            Seed = prompt.Seed,
            RequestId = call.RequestId,
            Thinks = thinks,
            ShowsThoughts = format switch
            {
                WireFormat.AnthropicMessages or WireFormat.OpenAiResponses => true,
                WireFormat.OpenAiChat => call.ProviderId == ProviderConnections.SimulatedId,
                _ => conversation.Reasoning?.Summary is not null,
            },
        };
        return (request, prompt);
    }

    private static bool Thinks(
        Conversation conversation,
        UpstreamCall call,
        Model? model,
        WireFormat format
    )
    {
        var able = model?.Capabilities.Reasoning ?? call.UpstreamModel == "reasoner";
        return conversation.Reasoning is { } wish
            ? able && !wish.Disabled && wish.Effort != "none"
            // Anthropic's models think when they are told to, the others always do.
            : able && format != WireFormat.AnthropicMessages;
    }
}
