using System.Globalization;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Catalog;

/// <summary>A model that can be called now, as the list shows it.</summary>
internal sealed record ListedModel
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string OwnedBy { get; init; }

    public required ModelType Type { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required long ContextWindow { get; init; }

    public required long MaxOutput { get; init; }

    public required IReadOnlyList<string> InputModalities { get; init; }

    public required IReadOnlyList<string> Capabilities { get; init; }

    /// <summary>Null for arda/auto, which is many models.</summary>
    public Model? Model { get; init; }

    /// <summary>Who can answer, in the catalog's order; prices are the first one's.</summary>
    public IReadOnlyList<Offer> Offers { get; init; } = [];

    public Rates? Rates { get; init; }

    public IReadOnlyList<PriceTier> Tiers { get; init; } = [];
}

/// <summary>What can be called now: <c>arda/auto</c>, then the newest first.</summary>
internal sealed class ListedModels(ModelCatalog catalog, ModelListing listing, TimeProvider time)
{
    private const string Auto = "arda/auto";

    public decimal PriceFactor { get; } = 1 + (listing.GatewayMarkupBps / 10_000m);

    public IReadOnlyList<ListedModel> All()
    {
        var now = time.GetUtcNow();
        var single = catalog
            .Models.Select(model => Listed(model, now))
            .OfType<ListedModel>()
            .OrderByDescending(model => model.CreatedAt)
            .ToList();
        return AutoOver(single) is { } auto ? [auto, .. single] : single;
    }

    /// <summary>By id or alias; otherwise a denial that says what was probably meant.</summary>
    public Outcome<ListedModel> Find(string id)
    {
        var all = All();
        if (catalog.Find(id)?.Id is { } known)
        {
            var isListed = all.FirstOrDefault(model => model.Id == known);
            return isListed is not null ? isListed
                : catalog.Resolve(id, time.GetUtcNow()).Denied(out var retired, out _) ? retired
                : new Denial.ModelNotFound(id, "None of its providers is set up here.");
        }

        if (all.FirstOrDefault(model => model.Id == id) is { } auto)
        {
            return auto;
        }

        var names = all.SelectMany(m => (m.Model?.Aliases ?? []).Prepend(m.Id));
        var near = Suggestions.Nearest(id, names);
        return new Denial.ModelNotFound(id, near is null ? null : $"Did you mean '{near}'?");
    }

    private ListedModel? Listed(Model model, DateTimeOffset now)
    {
        if (model.StatusAt(now) == ModelStatus.Retired)
        {
            return null;
        }

        var offers = model.Offers.Where(o => o.IsSoldAt(now) && listing.IsAvailable(o)).ToList();
        return offers.Count == 0
            ? null
            : new ListedModel
            {
                Id = model.Id,
                Name = model.Name,
                OwnedBy = model.Vendor,
                Type = model.Type,
                CreatedAt = At(model.ReleaseDate ?? catalog.AsOf),
                ContextWindow = model.ContextWindow,
                MaxOutput = model.MaxOutput,
                InputModalities = model.InputModalities,
                Capabilities = [.. NamesOf(model.Capabilities)],
                Model = model,
                Offers = offers,
                Rates = offers[0].Price.RatesAt(now),
                Tiers = offers[0].Price.TiersAt(now),
            };
    }

    // It can do whatever some model can do that it may choose.
    private ListedModel? AutoOver(IReadOnlyList<ListedModel> models)
    {
        var choices = models
            .Where(m => m is { Type: ModelType.Language, Model.AutoRoute: true })
            .ToList();
        return choices.Count == 0
            ? null
            : new ListedModel
            {
                Id = Auto,
                Name = "Arda Auto",
                OwnedBy = "arda",
                Type = ModelType.Language,
                CreatedAt = At(catalog.AsOf),
                ContextWindow = choices.Max(m => m.ContextWindow),
                MaxOutput = choices.Max(m => m.MaxOutput),
                InputModalities = [.. choices.SelectMany(m => m.InputModalities).Distinct()],
                Capabilities = [.. choices.SelectMany(m => m.Capabilities).Distinct()],
            };
    }

    private static IEnumerable<string> NamesOf(Capabilities can)
    {
        (string Name, bool Has)[] all =
        [
            ("tools", can.Tools),
            ("structured_output", can.StructuredOutput),
            ("json_mode", can.JsonMode),
            ("vision", can.Vision),
            ("pdf", can.Pdf),
            ("audio_input", can.AudioInput),
            ("reasoning", can.Reasoning),
            ("web_search", can.WebSearch),
            ("prompt_caching", can.PromptCaching),
        ];
        return all.Where(one => one.Has).Select(one => one.Name);
    }

    private static DateTimeOffset At(DateOnly day) =>
        new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
}

/// <summary>One page of Anthropic's list.</summary>
internal sealed record ModelPage(IReadOnlyList<ListedModel> Models, bool HasMore)
{
    private const int LimitDefault = 20;
    private const int LimitMax = 1_000;

    public static Outcome<ModelPage> Read(IQueryCollection query, IReadOnlyList<ListedModel> all)
    {
        var limit = LimitDefault;
        if (
            query.TryGetValue("limit", out var text)
            && !(
                int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit)
                && limit is >= 1 and <= LimitMax
            )
        )
        {
            return new Denial.InvalidRequest(
                $"'limit' must be a whole number from 1 to {LimitMax}.",
                "limit"
            );
        }

        var (after, before) = (query["after_id"].ToString(), query["before_id"].ToString());
        if (after.Length > 0 && before.Length > 0)
        {
            return new Denial.InvalidRequest(
                "Send 'after_id' or 'before_id', not both.",
                "after_id"
            );
        }

        if (after.Length > 0)
        {
            return IndexOf(all, after) is { } from
                ? Page(all, from + 1, limit)
                : NoSuch("after_id", after);
        }

        if (before.Length > 0)
        {
            return IndexOf(all, before) is { } to
                ? new ModelPage([.. all.Take(to).TakeLast(limit)], to > limit)
                : NoSuch("before_id", before);
        }

        return Page(all, 0, limit);
    }

    private static ModelPage Page(IReadOnlyList<ListedModel> all, int from, int limit) =>
        new([.. all.Skip(from).Take(limit)], all.Count - from > limit);

    private static int? IndexOf(IReadOnlyList<ListedModel> all, string id)
    {
        for (var i = 0; i < all.Count; i++)
        {
            if (all[i].Id == id)
            {
                return i;
            }
        }

        return null;
    }

    private static Denial.InvalidRequest NoSuch(string param, string id) =>
        new($"'{param}' must be the id of a listed model; '{id}' is none.", param);
}
