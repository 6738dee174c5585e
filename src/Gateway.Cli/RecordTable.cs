using System.Text.Json;

namespace Arda.Gateway.Cli;

/// <summary>A list of JSON objects as a table.</summary>
internal static class RecordTable
{
    private static readonly string[] s_listNames = ["data", "providers", "items"];

    /// <param name="to">Where it is printed.</param>
    /// <param name="answer">The list, or an object around it.</param>
    /// <param name="columns">Which members, in this order, as far as any record has them; null
    /// means every plain member.</param>
    public static void Write(TextWriter to, JsonElement answer, string[]? columns = null)
    {
        var records = ListIn(answer);
        var shown = (columns ?? MembersOf(records))
            .Where(name => records.Any(record => record.Member(name) is not null))
            .ToList();
        if (shown.Count is 0)
        {
            to.WriteLine("(none)");
            return;
        }

        TextTable.Write(
            to,
            [.. shown.Select(name => name.ToUpperInvariant())],
            [
                .. records.Select(record =>
                    (IReadOnlyList<string>)
                        [.. shown.Select(name => record.Member(name)?.Cell() ?? "")]
                ),
            ]
        );
    }

    private static List<JsonElement> ListIn(JsonElement answer)
    {
        if (answer.ValueKind is JsonValueKind.Array)
        {
            return [.. answer.EnumerateArray()];
        }

        foreach (var name in s_listNames)
        {
            if (answer.Member(name) is { ValueKind: JsonValueKind.Array } list)
            {
                return [.. list.EnumerateArray()];
            }
        }

        return [];
    }

    private static IEnumerable<string> MembersOf(List<JsonElement> records) =>
        records
            .Where(record => record.ValueKind is JsonValueKind.Object)
            .SelectMany(record => record.EnumerateObject())
            .Where(member =>
                member.Value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)
            )
            .Select(member => member.Name)
            .Distinct(StringComparer.Ordinal);
}
