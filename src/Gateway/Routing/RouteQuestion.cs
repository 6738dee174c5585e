using Arda.Gateway.Catalog;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Routing;

/// <summary>What a choice of model may look at: facts of one request and of this moment, and
/// nothing else, so that the same question always gets the same answer.</summary>
public sealed record RouteQuestion
{
    public required RequestFeatures Features { get; init; }

    /// <summary>The most that the prompt can be.</summary>
    public required long PromptTokensMax { get; init; }

    /// <summary>The client's own limit; null where it named none.</summary>
    public long? MaxOutputTokens { get; init; }

    public string? ServiceTier { get; init; }

    /// <summary>How many answers to the one request (Chat's <c>n</c>).</summary>
    public int Choices { get; init; } = 1;

    public RoutingWish? Wish { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>Whether an offer can be called at all: credentials are there.</summary>
    public required Func<Offer, bool> IsConfigured { get; init; }

    /// <summary>Whether its circuit is closed.</summary>
    public required Func<Offer, bool> IsReady { get; init; }

    /// <summary>What the whole request may cost the user at that offer, markups included.</summary>
    public required Func<Model, Offer, NanoUsd> CostMax { get; init; }

    /// <summary>What the user could pay at most now; null where that is not known yet.</summary>
    public NanoUsd? Affordable { get; init; }
}

/// <summary>arda/auto's answer: models in the order in which they are tried.</summary>
/// <param name="Models">The chosen model first, then who takes over if none of its offers
/// answers.</param>
/// <param name="Class">The task class of <c>X-Arda-Routing-Class</c>.</param>
/// <param name="Reason">One sentence for the receipt and for the curious.</param>
public sealed record RouteChoice(IReadOnlyList<RoutedModel> Models, string Class, string Reason);

/// <summary>A model and those of its offers that passed every gate.</summary>
public sealed record RoutedModel(Model Model, IReadOnlyList<Offer> Offers);
