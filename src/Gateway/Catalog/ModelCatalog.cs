using System.Collections.Frozen;
using System.Text.Json;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Catalog;

/// <summary>
/// All models and their prices, read once at start and never changed while running. Ours come with
/// the program; an operator adds or overrides under <c>"catalog"</c> in <c>arda.json</c>.
/// </summary>
public sealed class ModelCatalog
{
    private const string OwnFile = "models.json";

    private readonly FrozenDictionary<string, Model> _byName;

    private ModelCatalog(
        DateOnly asOf,
        IReadOnlyList<Provider> providers,
        IReadOnlyList<Model> models
    )
    {
        AsOf = asOf;
        Providers = providers;
        Models = models;
        _byName = models
            .SelectMany(m => m.Aliases.Prepend(m.Id).Select(name => KeyValuePair.Create(name, m)))
            .ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The day of our own data.</summary>
    public DateOnly AsOf { get; }

    public IReadOnlyList<Provider> Providers { get; }

    /// <summary>In the catalog's order, retired ones included.</summary>
    public IReadOnlyList<Model> Models { get; }

    public Model? Find(string idOrAlias) => _byName.GetValueOrDefault(idOrAlias);

    public Provider? FindProvider(string id) => Providers.FirstOrDefault(p => p.Id == id);

    public PinnedPrice Pin(Offer offer, DateTimeOffset at) => offer.Price.Pin(at);

    /// <summary>
    /// The model of that name if it is still sold; otherwise ModelNotFound with what to use instead.
    /// </summary>
    public Outcome<Model> Resolve(string idOrAlias, DateTimeOffset at)
    {
        if (Find(idOrAlias) is not { } model)
        {
            var sold = Models.Where(m => m.StatusAt(at) != ModelStatus.Retired);
            var near = Suggestions.Nearest(
                idOrAlias,
                sold.SelectMany(m => m.Aliases.Prepend(m.Id))
            );
            return new Denial.ModelNotFound(
                idOrAlias,
                near is null ? "GET /v1/models lists what there is." : $"Did you mean '{near}'?"
            );
        }
        if (model.StatusAt(at) != ModelStatus.Retired)
        {
            return model;
        }
        var instead = AlternativeTo(model, at);
        var gone = model.Lifecycle.RetiresAt is { } day
            ? $"It was retired on {day:yyyy-MM-dd}."
            : "It is retired.";
        return new Denial.ModelNotFound(
            idOrAlias,
            instead is null ? gone : $"{gone} Use '{instead.Id}' instead."
        );
    }

    /// <summary>
    /// The named successor, else the newest model still sold of the same family, else of the vendor.
    /// </summary>
    public Model? AlternativeTo(Model model, DateTimeOffset at)
    {
        var sold = Models
            .Where(m => m.Type == model.Type && m.Vendor == model.Vendor && m.Id != model.Id)
            .Where(m => m.StatusAt(at) is ModelStatus.Active or ModelStatus.Preview)
            .ToList();
        return (model.Lifecycle.Successor is { } named ? Find(named) : null)
            ?? sold.Where(m => m.Family == model.Family).MaxBy(m => m.ReleaseDate)
            ?? sold.MaxBy(m => m.ReleaseDate);
    }

    /// <summary>Reads our models and lays the operator's file over them.</summary>
    /// <param name="operatorJsonPath">An <c>arda.json</c>, or null for none.</param>
    /// <exception cref="CatalogException">Anything in either is wrong; it names all mistakes.</exception>
    public static ModelCatalog Load(string? operatorJsonPath) =>
        operatorJsonPath is null
            ? Load([], "")
            : Load(File.ReadAllBytes(operatorJsonPath), Path.GetFileName(operatorJsonPath));

    /// <param name="operatorJson">The bytes of an <c>arda.json</c>; empty for none.</param>
    /// <param name="fileName">How mistakes name the file.</param>
    public static ModelCatalog Load(ReadOnlySpan<byte> operatorJson, string fileName)
    {
        var problems = new List<CatalogProblem>();
        var source = SourceJson.Parse(OwnModels(), OwnFile);
        if (!operatorJson.IsEmpty)
        {
            var settings = SourceJson.Parse(operatorJson, fileName);
            if (settings.Member("catalog") is { } theirs)
            {
                if (theirs.Kind != JsonValueKind.Object)
                {
                    var wrong = $"{theirs.Described} is not a catalog";
                    const string write = "write \"catalog\": { \"models\": [ … ] }";
                    throw new CatalogException([CatalogProblem.At(theirs, wrong, write)]);
                }
                source = CatalogMerge.Over(source, theirs, problems);
            }
        }
        var (asOf, providers, models) = new CatalogReader(problems).Read(source);
        CheckSuccessors(source, models, problems);
        return problems.Count == 0
            ? new ModelCatalog(asOf, providers, models)
            : throw new CatalogException(problems);
    }

    private static void CheckSuccessors(
        SourceValue source,
        IReadOnlyList<Model> models,
        List<CatalogProblem> problems
    )
    {
        var ids = models.Select(m => m.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var item in source.Member("models")?.Items ?? [])
        {
            if (
                item.Member("successor") is { Kind: JsonValueKind.String } named
                && !ids.Contains(named.Text)
            )
            {
                var near = Suggestions.Nearest(named.Text, ids);
                var write = near is null
                    ? "name a model of the catalog"
                    : $"did you mean \"{near}\"?";
                problems.Add(
                    CatalogProblem.At(named, $"there is no model \"{named.Text}\"", write)
                );
            }
        }
    }

    private static byte[] OwnModels()
    {
        using var stream = typeof(ModelCatalog).Assembly.GetManifestResourceStream(
            "Catalog/models.json"
        );
        Invariant.Holds(stream is not null, "models.json is embedded in the assembly");
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
