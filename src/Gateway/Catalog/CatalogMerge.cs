using System.Text.Json;

namespace Arda.Gateway.Catalog;

/// <summary>
/// Lays the operator's catalog over ours, before either is read, so that one reader judges both and
/// every mistake keeps its own file and line.
///
/// Rules: providers and models match by <c>id</c>, offers by <c>provider</c> (and by
/// <c>upstream_id</c> where one provider sells a model twice). A field that is given replaces ours
/// whole, a <c>price</c> with all its tiers included; a field left out stays. What matches nothing
/// is added. <c>"remove": true</c> takes a provider, model or offer away.
/// </summary>
internal static class CatalogMerge
{
    public static SourceValue Over(
        SourceValue ours,
        SourceValue theirs,
        List<CatalogProblem> problems
    )
    {
        var merged = ours;
        foreach (var (name, value) in theirs.Members)
        {
            merged = (name, value.Kind) switch
            {
                ("providers", JsonValueKind.Array) => With(
                    merged,
                    name,
                    List(ours.Member(name), value, SameId, Entry, problems)
                ),
                ("models", JsonValueKind.Array) => With(
                    merged,
                    name,
                    List(
                        ours.Member(name),
                        value,
                        SameId,
                        (a, b) => ModelOver(a, b, problems),
                        problems
                    )
                ),
                _ => With(merged, name, value),
            };
        }
        return merged;
    }

    private static SourceValue ModelOver(
        SourceValue ours,
        SourceValue theirs,
        List<CatalogProblem> problems
    )
    {
        var merged = Entry(ours, theirs);
        return theirs.Member("offers") is { Kind: JsonValueKind.Array } offers
            ? With(
                merged,
                "offers",
                List(
                    ours.Member("offers"),
                    offers,
                    (a, b) => SameOffer(a, b, ours.Member("offers"), offers),
                    Entry,
                    problems
                )
            )
            : merged;
    }

    private static SourceValue List(
        SourceValue? ours,
        SourceValue theirs,
        Func<SourceValue, SourceValue, bool> same,
        Func<SourceValue, SourceValue, SourceValue> over,
        List<CatalogProblem> problems
    )
    {
        var items = ours?.Items.ToList() ?? [];
        foreach (var item in theirs.Items)
        {
            var at = items.FindIndex(i => same(i, item));
            var remove = item.Member("remove");
            if (remove is { Kind: not (JsonValueKind.True or JsonValueKind.False) })
            {
                problems.Add(
                    CatalogProblem.At(remove, $"{remove.Described} is not true", "write true")
                );
            }
            if (remove is { Kind: JsonValueKind.True })
            {
                if (at < 0)
                {
                    problems.Add(
                        CatalogProblem.At(
                            item,
                            "there is nothing of that name to remove",
                            "delete the entry"
                        )
                    );
                }
                else
                {
                    items.RemoveAt(at);
                }
            }
            else if (at < 0)
            {
                items.Add(item);
            }
            else
            {
                items[at] = over(items[at], item);
            }
        }
        return (ours ?? theirs) with { Items = items };
    }

    /// <summary>Their fields over ours; the entry then stands where the operator wrote it.</summary>
    private static SourceValue Entry(SourceValue ours, SourceValue theirs)
    {
        var merged = ours with { File = theirs.File, Line = theirs.Line, Path = theirs.Path };
        foreach (var (name, value) in theirs.Members)
        {
            merged = With(merged, name, value);
        }
        return merged;
    }

    private static SourceValue With(SourceValue of, string name, SourceValue value)
    {
        var members = of.Members.ToList();
        var at = members.FindIndex(m => m.Key == name);
        if (at < 0)
        {
            members.Add(new(name, value));
        }
        else
        {
            members[at] = new(name, value);
        }
        return of with { Members = members };
    }

    private static bool SameId(SourceValue a, SourceValue b) => Same(a, b, "id");

    private static bool SameOffer(
        SourceValue a,
        SourceValue b,
        SourceValue? ours,
        SourceValue theirs
    )
    {
        if (!Same(a, b, "provider"))
        {
            return false;
        }
        var single =
            ours?.Items.Count(o => Same(o, b, "provider")) == 1
            && theirs.Items.Count(o => Same(o, b, "provider")) == 1;
        return single || Same(a, b, "upstream_id");
    }

    private static bool Same(SourceValue a, SourceValue b, string field) =>
        a.Member(field) is { Kind: JsonValueKind.String } x
        && b.Member(field) is { Kind: JsonValueKind.String } y
        && x.Text == y.Text;
}
