using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire.OpenAi;

/// <summary>
/// What of a request the target cannot be told: left out and reported by documented rule, or
/// refused. The first refusal is kept; writing goes on, so that writers need no exit after each
/// member.
/// </summary>
internal sealed class RequestGaps(Conversation conversation, UpstreamTarget target)
{
    private readonly List<string> _dropped = [.. conversation.UnknownFields];

    public Denial? Refusal { get; private set; }

    public void Drop(string param)
    {
        if (
            _dropped.Count < DroppedParameters.NamesMax
            && !_dropped.Contains(param, StringComparer.Ordinal)
        )
        {
            _dropped.Add(param);
        }
    }

    public void DropIf(bool isThere, string param)
    {
        if (isThere)
        {
            Drop(param);
        }
    }

    public void Refuse(string param, string message) =>
        Refusal ??= new Denial.UnsupportedParameter(param, message);

    /// <summary>A named model refuses; the router's choice does without and says so.</summary>
    public void RefuseUnlessLenient(string param, string message)
    {
        if (target.Lenient)
        {
            Drop(param);
        }
        else
        {
            Refuse(param, message);
        }
    }

    /// <summary>
    /// The effort to ask for, in a word that the model knows: a budget or a switch of another format
    /// is put into the nearest one. Null: say nothing.
    /// </summary>
    public string? Effort()
    {
        if (conversation.Reasoning is not { } wish)
        {
            return null;
        }
        if (!target.SupportsReasoning)
        {
            DropIf(!wish.Disabled, "reasoning_effort");
            return null;
        }
        if (wish.Disabled)
        {
            return Weakest();
        }
        var effort = wish.Effort ?? OfBudget(wish.BudgetTokens);
        if (effort is null || Knows(effort))
        {
            return effort;
        }
        // A budget is ours to translate; a word is the client's own.
        if (wish.Effort is null || target.Lenient)
        {
            DropIf(wish.Effort is not null, "reasoning_effort");
            return null;
        }
        Refuse(
            "reasoning_effort",
            $"This model knows the efforts {string.Join(", ", target.ReasoningEfforts)}, "
                + $"not '{effort}'."
        );
        return null;
    }

    /// <summary>Whether temperature and top_p may be written; says so where they may not.</summary>
    public bool AcceptsSampling()
    {
        if (target.AcceptsSampling)
        {
            return true;
        }
        RefuseSampling("temperature", conversation.Temperature);
        RefuseSampling("top_p", conversation.TopP);
        return false;
    }

    private void RefuseSampling(string name, double? value)
    {
        if (value is not null)
        {
            RefuseUnlessLenient(name, $"This model does not accept '{name}': leave it out.");
        }
    }

    /// <summary>The app's id of its user; an address of a person is not passed to a provider.</summary>
    public string? EndUser()
    {
        if (conversation.EndUser is { } user && user.Contains('@'))
        {
            Drop("user");
            return null;
        }
        return conversation.EndUser;
    }

    public Outcome<TranslatedRequest> Result(ReadOnlyMemory<byte> body) =>
        Refusal is { } refusal ? refusal : new TranslatedRequest(body, _dropped);

    private bool Knows(string effort) =>
        target.ReasoningEfforts.Count == 0
        || target.ReasoningEfforts.Contains(effort, StringComparer.Ordinal);

    private string? Weakest()
    {
        foreach (var word in (ReadOnlySpan<string>)["none", "minimal"])
        {
            if (Knows(word) && target.ReasoningEfforts.Count > 0)
            {
                return word;
            }
        }
        if (conversation.Reasoning?.Effort is { } asked && Knows(asked))
        {
            return asked;
        }
        Drop("reasoning_effort");
        return null;
    }

    // Where Anthropic's own guides put the budgets of these words.
    private static string? OfBudget(long? tokens) =>
        tokens switch
        {
            null => null,
            <= 4_096 => "low",
            <= 16_384 => "medium",
            _ => "high",
        };
}
