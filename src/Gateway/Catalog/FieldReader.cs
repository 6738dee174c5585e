using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Arda.Gateway.Catalog;

/// <summary>
/// Reads one object's fields and collects what is wrong with them instead of stopping at the first.
/// A field that was never asked for is a mistake too, found by <see cref="Done"/>.
/// </summary>
internal sealed partial class FieldReader(SourceValue at, List<CatalogProblem> problems)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public SourceValue At => at;

    public SourceValue? Find(string name)
    {
        _known.Add(name);
        return at.Member(name);
    }

    public SourceValue? Need(string name, string example)
    {
        var found = Find(name);
        if (found is null)
        {
            Problem(at, $"\"{name}\" is missing", $"add \"{name}\": {example}");
        }
        return found;
    }

    public string Text(string name, string example) =>
        TextOf(Need(name, example), $"write a text such as {example}") ?? "";

    public string? OptionalText(string name) => TextOf(Find(name), "write a text in quotes");

    /// <summary>Lower-case letters, digits and . _ - / as in model and provider names.</summary>
    public string Slug(string name, string example)
    {
        var text = Text(name, example);
        if (text.Length > 0 && !SlugPattern().IsMatch(text))
        {
            Problem(
                at.Member(name)!,
                $"\"{text}\" is not a valid name",
                "use lower-case letters, digits and . _ - / only, beginning with a letter or digit"
            );
        }
        return text;
    }

    public bool? Flag(string name)
    {
        var found = Find(name);
        switch (found?.Kind)
        {
            case null:
                return null;
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            default:
                Problem(
                    found,
                    $"{found.Described} is neither true nor false",
                    "write true or false"
                );
                return null;
        }
    }

    /// <summary>A count of 1 and more.</summary>
    public long? Count(string name, long max = 1_000_000_000)
    {
        if (Find(name) is not { } found)
        {
            return null;
        }
        if (
            found.Kind == JsonValueKind.Number
            && long.TryParse(
                found.Text,
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var count
            )
            && count >= 1
            && count <= max
        )
        {
            return count;
        }
        Problem(
            found,
            $"{found.Described} is not a whole number from 1 to {max}",
            "write digits only, without quotes, such as 128000"
        );
        return null;
    }

    public DateOnly? Date(string name) => Find(name) is { } found ? DateOf(found) : null;

    public DateOnly? DateOf(SourceValue found)
    {
        if (
            found.Kind == JsonValueKind.String
            && DateOnly.TryParseExact(
                found.Text,
                "yyyy-MM-dd",
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out var date
            )
        )
        {
            return date;
        }
        Problem(found, $"{found.Described} is not a day", "write it as \"2026-09-23\"");
        return null;
    }

    public IReadOnlyList<string> Texts(string name)
    {
        if (Find(name) is not { } found)
        {
            return [];
        }
        return
        [
            .. ItemsOf(found).Select(i => TextOf(i, "write a text in quotes")).OfType<string>(),
        ];
    }

    /// <summary>One of a few words.</summary>
    public T? Word<T>(SourceValue? found, IReadOnlyDictionary<string, T> words)
        where T : struct
    {
        if (found is null)
        {
            return null;
        }
        if (found.Kind == JsonValueKind.String && words.TryGetValue(found.Text, out var value))
        {
            return value;
        }
        var near =
            found.Kind == JsonValueKind.String ? Suggestions.Nearest(found.Text, words.Keys) : null;
        Problem(
            found,
            $"{found.Described} is not known here",
            near is null ? $"write one of {Quoted(words.Keys)}" : $"write \"{near}\""
        );
        return null;
    }

    public IReadOnlyList<SourceValue> ItemsOf(SourceValue? found)
    {
        if (found is null || found.Kind == JsonValueKind.Array)
        {
            return found?.Items ?? [];
        }
        Problem(found, $"{found.Described} is not a list", "put it in [ and ]");
        return [];
    }

    public FieldReader? ObjectOf(SourceValue? found)
    {
        if (found is null || found.Kind == JsonValueKind.Object)
        {
            return found is null ? null : new FieldReader(found, problems);
        }
        Problem(found, $"{found.Described} is not an object", "put its fields in { and }");
        return null;
    }

    public void Problem(SourceValue where, string wrong, string write) =>
        problems.Add(CatalogProblem.At(where, wrong, write));

    /// <summary>Reports the fields that nobody asked for.</summary>
    public void Done()
    {
        foreach (var (name, value) in at.Members)
        {
            if (!_known.Contains(name))
            {
                var near = Suggestions.Nearest(name, _known);
                Problem(
                    value,
                    $"\"{name}\" is not a field here",
                    near is null
                        ? $"remove it; known are {Quoted(_known)}"
                        : $"did you mean \"{near}\"?"
                );
            }
        }
    }

    public string? TextOf(SourceValue? found, string write)
    {
        if (found is null || (found.Kind == JsonValueKind.String && found.Text.Length > 0))
        {
            return found?.Text;
        }
        Problem(
            found,
            found.Kind == JsonValueKind.String
                ? "the text is empty"
                : $"{found.Described} is not a text",
            write
        );
        return null;
    }

    private static string Quoted(IEnumerable<string> words) =>
        string.Join(", ", words.Select(w => $"\"{w}\""));

    [GeneratedRegex("^[a-z0-9][a-z0-9._/-]*$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex SlugPattern();
}
