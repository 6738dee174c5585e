namespace Arda.Gateway.Catalog;

/// <summary>Turns a merged catalog into models; what is wrong goes into the list of problems.</summary>
internal sealed class CatalogReader(List<CatalogProblem> problems)
{
    /// <summary>Names the gateway keeps for itself.</summary>
    private const string AutoModel = "arda/auto";

    private readonly Dictionary<string, Provider> _providers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SourceValue> _names = new(StringComparer.OrdinalIgnoreCase);

    public (DateOnly AsOf, IReadOnlyList<Provider> Providers, IReadOnlyList<Model> Models) Read(
        SourceValue root
    )
    {
        var models = new List<Model>();
        var catalog = new FieldReader(root, problems);
        var asOf = catalog.Date("as_of") ?? DateOnly.MinValue;
        foreach (var item in catalog.ItemsOf(catalog.Need("providers", "[]")))
        {
            if (catalog.ObjectOf(item) is { } provider)
            {
                ReadProvider(provider);
            }
        }
        foreach (var item in catalog.ItemsOf(catalog.Need("models", "[]")))
        {
            if (catalog.ObjectOf(item) is { } model)
            {
                models.Add(ReadModel(model));
            }
        }
        catalog.Done();
        return (asOf, [.. _providers.Values], models);
    }

    private void ReadProvider(FieldReader from)
    {
        var provider = ProviderReader.Read(from);
        if (!_providers.TryAdd(provider.Id, provider))
        {
            from.Problem(
                from.At,
                $"the provider \"{provider.Id}\" stands here twice",
                "keep one entry"
            );
        }
    }

    private Model ReadModel(FieldReader from)
    {
        var before = problems.Count;
        var model = new ModelReader(_providers.Keys).Read(from);
        Name(from.At, model.Id);
        foreach (var alias in model.Aliases)
        {
            Name(from.At.Member("aliases")!, alias);
        }
        if (problems.Count > before && from.At.Members.Count <= 3 && from.At.Member("name") is null)
        {
            from.Problem(
                from.At,
                $"the model \"{model.Id}\" is new, because ours has no model of that name",
                "to change one of ours, write its id as in GET /v1/models; to add one, add the fields above"
            );
        }
        return model;
    }

    /// <summary>Every id and alias names one model only, whatever its case.</summary>
    private void Name(SourceValue at, string name)
    {
        if (string.Equals(name, AutoModel, StringComparison.OrdinalIgnoreCase))
        {
            problems.Add(
                CatalogProblem.At(at, $"\"{AutoModel}\" is the gateway's own", "choose another id")
            );
        }
        else if (!_names.TryAdd(name, at))
        {
            var first = _names[name];
            problems.Add(
                CatalogProblem.At(
                    at,
                    $"\"{name}\" already names the model at {first.File}:{first.Line}",
                    "give each model ids and aliases of its own"
                )
            );
        }
    }
}
