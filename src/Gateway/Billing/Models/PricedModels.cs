using Arda.Gateway.Catalog;
using Arda.Gateway.Developers;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.Planning;
using Arda.Gateway.Providers;
using Arda.Gateway.Routing;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Billing.Models;

/// <summary>What a catalog is asked for.</summary>
/// <param name="Types">Of models; empty means all.</param>
/// <param name="InputTokens">For the estimate beside each price.</param>
/// <param name="OutputTokens">Null with the other: no estimate.</param>
internal sealed record CatalogQuestion(
    IReadOnlyList<string> Types,
    long? InputTokens,
    long? OutputTokens
);

/// <summary>A model with what it costs one caller.</summary>
internal sealed record PricedModel
{
    public required ListedModel Listed { get; init; }

    /// <summary>One plain sentence.</summary>
    public required string Disclosure { get; init; }

    /// <summary>Of the usage that was asked about.</summary>
    public ChargeParts? Estimate { get; init; }

    public bool IsAuto => Listed.Model is null;
}

/// <summary>All that can be called now, at one caller's prices.</summary>
internal sealed record PricedCatalog
{
    public required DateOnly AsOf { get; init; }

    public required Markups Markups { get; init; }

    public required CatalogQuestion Question { get; init; }

    /// <summary>Without arda/auto.</summary>
    public required IReadOnlyList<PricedModel> Models { get; init; }

    /// <summary>Null where no model can be chosen, or none was asked for.</summary>
    public PricedModel? Auto { get; init; }

    /// <summary>What arda/auto would begin with; the first model where it knows none.</summary>
    public PricedModel? Default { get; init; }
}

/// <summary>Prices the catalog for a caller, markups included.</summary>
internal sealed class PricedModels(
    ModelCatalog catalog,
    Upstreams upstreams,
    Apps apps,
    PlanningOptions planning,
    TimeProvider time
)
{
    public static readonly IReadOnlyList<string> Types =
    [
        .. Enum.GetNames<ModelType>().Select(n => n.ToLowerInvariant()),
    ];

    /// <summary>Null when only types that exist are asked for.</summary>
    public static Denial? Refuse(CatalogQuestion question, string param) =>
        question.Types.FirstOrDefault(type => !Types.Contains(type, StringComparer.Ordinal))
            is { } unknown
            ? new Denial.InvalidRequest(
                $"'{param}' are of {string.Join(", ", Types)}; '{unknown}' is none of them.",
                param
            )
            : null;

    public async Task<PricedCatalog> ReadAsync(
        Caller caller,
        CatalogQuestion question,
        CancellationToken ct
    )
    {
        var app = caller.App is { } id ? await apps.FindAsync(id, ct) : null;
        var markups = new Markups(planning.GatewayMarkupBps, caller.ResellerMarkupBps, app?.Name);
        var now = time.GetUtcNow();
        var listing = new ModelListing
        {
            Access = static _ => default,
            IsAvailable = upstreams.IsConfigured,
            GatewayMarkupBps = planning.GatewayMarkupBps,
        };
        var all = new ListedModels(catalog, listing, time)
            .All()
            .Where(model => IsAsked(question, model.Type))
            .ToList();
        var models = all.Where(model => model.Model is not null)
            .Select(model => Priced(model, markups, question, now))
            .ToList();
        return new PricedCatalog
        {
            AsOf = catalog.AsOf,
            Markups = markups,
            Question = question,
            Models = models,
            Auto = all.Find(model => model.Model is null) is { } auto
                ? new PricedModel
                {
                    Listed = auto,
                    Disclosure = Disclosures.OfAuto(auto.Name, Choosable(models), markups),
                }
                : null,
            Default = DefaultOf(models, now),
        };
    }

    private static bool IsAsked(CatalogQuestion question, ModelType type) =>
        question.Types.Count == 0
        || question.Types.Contains(type.ToString().ToLowerInvariant(), StringComparer.Ordinal);

    private static IEnumerable<ListedModel> Choosable(IEnumerable<PricedModel> models) =>
        models
            .Select(model => model.Listed)
            .Where(model => model is { Type: ModelType.Language, Model.AutoRoute: true });

    private static PricedModel Priced(
        ListedModel model,
        Markups markups,
        CatalogQuestion question,
        DateTimeOffset now
    ) =>
        new()
        {
            Listed = model,
            Disclosure = Disclosures.Of(model, markups, now),
            Estimate = question is { InputTokens: { } input, OutputTokens: { } output }
                ? markups.On(
                    model
                        .Offers[0]
                        .Price.Pin(now)
                        .Base(
                            new TokenUsage
                            {
                                Input = input,
                                Output = model.Type == ModelType.Embedding ? 0 : output,
                            }
                        )
                )
                : null,
        };

    private PricedModel? DefaultOf(List<PricedModel> models, DateTimeOffset now)
    {
        var language = models.Where(model => model.Listed.Type == ModelType.Language).ToList();
        var question = new RouteQuestion
        {
            Features = RequestFeatures.None,
            PromptTokensMax = 0,
            At = now,
            IsConfigured = upstreams.IsConfigured,
            IsReady = upstreams.IsReady,
            CostMax = static (_, _) => NanoUsd.Zero,
        };
        IReadOnlyList<Model> known = [.. language.Select(model => model.Listed.Model!)];
        return AutoRoute.Choose(known, question).Denied(out _, out var choice)
            ? language.FirstOrDefault()
            : language.Find(model => model.Listed.Model == choice.Models[0].Model);
    }
}
