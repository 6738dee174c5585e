using Arda.Gateway.Catalog;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Providers;
using Arda.Gateway.Routing;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Planning;

/// <summary>Finds the offers that may answer a request and the order in which they are tried.</summary>
internal sealed class RequestRoutes(
    ModelCatalog catalog,
    Upstreams upstreams,
    SpendLedger ledger,
    PlanningOptions options
)
{
    // Simulated answers are for trying things out: beside a real provider nobody is routed to them.
    private readonly bool _hasRealProvider = catalog
        .Models.SelectMany(model => model.Offers)
        .Any(offer => upstreams.IsConfigured(offer) && !upstreams.IsSimulated(offer));

    public Outcome<RequestRoute> Plan(
        RequestScan scan,
        WireFormat dialect,
        Payer payer,
        DateTimeOffset at
    ) =>
        !scan.IsEmbeddings
        && string.Equals(scan.Model, RoutingModes.Auto, StringComparison.OrdinalIgnoreCase)
            ? PlanAuto(scan, dialect, payer, at)
            : PlanNamed(scan, dialect, at);

    private Outcome<RequestRoute> PlanNamed(RequestScan scan, WireFormat dialect, DateTimeOffset at)
    {
        if (catalog.Resolve(scan.Model, at).Denied(out var unknown, out var model))
        {
            return unknown;
        }

        if (WrongType(scan, model) is { } wrong)
        {
            return wrong;
        }

        var sold = Sold(model, at);
        if (sold.Count == 0)
        {
            return new Denial.ModelNotFound(
                scan.Model,
                "No provider of it is set up on this gateway; GET /v1/models lists what is."
            );
        }

        var priced = sold.FindAll(o => o.KnowsServiceTier(scan.ServiceTier));
        if (priced.Count == 0)
        {
            return new Denial.UnsupportedParameter(
                "service_tier",
                $"'{scan.ServiceTier}' is no service tier of '{model.Id}' whose price is known; leave it out."
            );
        }

        // Several answers exist in Chat alone, and asking as many times would multiply the cost.
        var able = priced.FindAll(o => scan.IsEmbeddings || o.GivesChoices(scan.Choices));
        if (able.Count == 0)
        {
            return new Denial.UnsupportedParameter(
                "n",
                $"'{model.Id}' gives one answer to a request: leave 'n' out, or ask once for each answer."
            );
        }

        return new RequestRoute
        {
            Candidates = InOrder(model, able, scan, dialect, at),
            IsAuto = false,
        };
    }

    private List<Offer> Sold(Model model, DateTimeOffset at)
    {
        List<Offer> sold = new(model.Offers.Count);
        for (var i = 0; i < model.Offers.Count; i++)
        {
            if (model.Offers[i].IsSoldAt(at) && upstreams.IsConfigured(model.Offers[i]))
            {
                sold.Add(model.Offers[i]);
            }
        }

        return sold;
    }

    private static Denial? WrongType(RequestScan scan, Model model) =>
        (scan.IsEmbeddings, model.Type) switch
        {
            (false, ModelType.Language) or (true, ModelType.Embedding) => null,
            (true, _) => Wrong(model, "makes no embeddings; GET /v1/models lists models that do."),
            (false, ModelType.Embedding) => Wrong(model, "does not converse; use /v1/embeddings."),
            _ => Wrong(model, "makes images, which are not served here."),
        };

    private static Denial.UnsupportedParameter Wrong(Model model, string what) =>
        new("model", $"'{model.Id}' {what}");

    private Outcome<RequestRoute> PlanAuto(
        RequestScan scan,
        WireFormat dialect,
        Payer payer,
        DateTimeOffset at
    )
    {
        var question = new RouteQuestion
        {
            Features = scan.Features,
            PromptTokensMax = PromptEstimate.TokensMax(scan),
            MaxOutputTokens = scan.MaxOutputTokens,
            ServiceTier = scan.ServiceTier,
            Choices = scan.Choices,
            Wish = scan.Routing,
            At = at,
            IsConfigured = IsOpenToAuto,
            IsReady = upstreams.IsReady,
            CostMax = (_, offer) => CostMaxOf(scan, offer, payer, at),
            Affordable = AffordableBy(payer),
        };
        if (AutoRoute.Choose(catalog.Models, question).Denied(out var denial, out var choice))
        {
            return denial;
        }

        return new RequestRoute
        {
            Candidates =
            [
                .. choice.Models.SelectMany(one =>
                    InOrder(one.Model, one.Offers, scan, dialect, at)
                ),
            ],
            IsAuto = true,
            Class = choice.Class,
            Reason = choice.Reason,
        };
    }

    private bool IsOpenToAuto(Offer offer) =>
        upstreams.IsConfigured(offer) && !(_hasRealProvider && upstreams.IsSimulated(offer));

    // Zero also stands for "not looked up yet": then only the store can tell.
    private NanoUsd? AffordableBy(Payer payer)
    {
        var inBase = ledger.AffordableBase(payer);
        return inBase > NanoUsd.Zero ? Total(inBase, payer) : null;
    }

    private NanoUsd CostMaxOf(RequestScan scan, Offer offer, Payer payer, DateTimeOffset at)
    {
        var output = scan.MaxOutputTokens ?? options.OutputTokensMin;
        var bound = offer
            .Price.Pin(at)
            .UpperBound(
                PromptEstimate.TokensMax(scan),
                checked(output * scan.Choices),
                HoldSizing.PartsOf(scan),
                scan.ServiceTier,
                HoldSizing.SearchesOf(scan)
            );
        return Total(bound, payer);
    }

    private static NanoUsd Total(NanoUsd basePrice, Payer payer) =>
        ChargeParts.Of(basePrice, payer.GatewayMarkupBps, payer.ResellerMarkupBps).Total;

    // Who is up comes first, then who speaks the client's dialect (nothing is lost in between),
    // then who is cheaper.
    private List<Candidate> InOrder(
        Model model,
        IReadOnlyList<Offer> offers,
        RequestScan scan,
        WireFormat dialect,
        DateTimeOffset at
    ) =>
        offers.Count == 1 && CandidateOf(model, offers[0], scan, dialect, at) is { } only
            ? [only]
            :
            [
                .. offers
                    .Select(offer => CandidateOf(model, offer, scan, dialect, at))
                    .OfType<Candidate>()
                    .OrderByDescending(one => upstreams.IsReady(one.Offer))
                    .ThenByDescending(one => ProtocolFormats.Of(one.Protocol) == dialect)
                    .ThenBy(one => one.Price.UpperBound(PromptEstimate.TokensMax(scan), 1_000)),
            ];

    private static Candidate? CandidateOf(
        Model model,
        Offer offer,
        RequestScan scan,
        WireFormat dialect,
        DateTimeOffset at
    )
    {
        OfferProtocol? spoken = null;
        foreach (var protocol in offer.Protocols)
        {
            if (Serves(protocol, scan))
            {
                // The client's own dialect wins, else the catalog's order.
                var isOwn = ProtocolFormats.Of(protocol) == dialect;
                spoken = isOwn ? protocol : spoken ?? protocol;
                if (isOwn)
                {
                    break;
                }
            }
        }

        return spoken is { } best ? new Candidate(model, offer, best, offer.Price.Pin(at)) : null;
    }

    private static bool Serves(OfferProtocol protocol, RequestScan scan) =>
        scan.IsEmbeddings
            ? protocol is OfferProtocol.OpenAiEmbeddings or OfferProtocol.GeminiEmbed
            : ProtocolFormats.Of(protocol) is not null;
}
