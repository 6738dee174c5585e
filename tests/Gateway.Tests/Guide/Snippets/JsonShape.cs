using System.Text.Json.Nodes;

namespace Arda.Gateway.Tests.Guide.Snippets;

/// <summary>
/// Compares what a page shows with what came: the same members with values of the same kind. A member
/// named "…" leaves the rest of its object open, a text "…" stands for anything, and what is null on
/// one side may have a value on the other.
/// </summary>
internal static class JsonShape
{
    private const string Rest = "…";

    public static IReadOnlyList<string> Differences(JsonNode? shown, JsonNode? real)
    {
        List<string> found = [];
        Compare(shown, real, "$", found);
        return found;
    }

    private static void Compare(JsonNode? shown, JsonNode? real, string at, List<string> found)
    {
        if (shown is null || real is null || (shown is JsonValue v && $"{v}" == Rest))
        {
            return;
        }

        switch (shown, real)
        {
            case (JsonObject one, JsonObject other):
                CompareMembers(one, other, at, found);
                break;
            case (JsonArray some, JsonArray others):
                foreach (var (index, item) in some.Index())
                {
                    // Lists are as long as they happen to be; what is in them is of one kind.
                    Compare(item, others.Count > 0 ? others[0] : null, $"{at}[{index}]", found);
                }

                break;
            default:
                if (KindOf(shown) != KindOf(real))
                {
                    found.Add($"{at} is shown as {KindOf(shown)} and is {KindOf(real)}");
                }

                break;
        }
    }

    private static void CompareMembers(
        JsonObject shown,
        JsonObject real,
        string at,
        List<string> found
    )
    {
        foreach (var (name, value) in shown.Where(member => member.Key != Rest))
        {
            if (real.TryGetPropertyValue(name, out var came))
            {
                Compare(value, came, $"{at}.{name}", found);
            }
            else
            {
                found.Add($"{at}.{name} is shown and does not come");
            }
        }

        if (!shown.ContainsKey(Rest))
        {
            found.AddRange(
                real.Where(member => !shown.ContainsKey(member.Key))
                    .Select(member => $"{at}.{member.Key} comes and is not shown")
            );
        }
    }

    private static string KindOf(JsonNode node) =>
        node switch
        {
            JsonObject => "object",
            JsonArray => "array",
            _ => node.GetValueKind()
                .ToString()
                .Replace("True", "Boolean")
                .Replace("False", "Boolean"),
        };
}
