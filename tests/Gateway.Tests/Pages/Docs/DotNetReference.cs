using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Arda.Gateway.Tests.House;

namespace Arda.Gateway.Tests.Pages.Docs;

/// <summary>The page of every name of the .NET package: the surface from PublicApi.txt, which a test
/// of the package holds to its assembly, and the words that the compiler took from the source.
/// </summary>
internal static partial class DotNetReference
{
    private const string Namespace = "Arda.Gateway.Sdk.";

    private static readonly (string Clr, string Word)[] s_words =
    [
        ("String", "string"),
        ("Boolean", "bool"),
        ("Int32", "int"),
        ("Int64", "long"),
        ("Double", "double"),
        ("Decimal", "decimal"),
    ];

    public static string Write()
    {
        var words = ReadWords();
        var types = File.ReadAllText(Path.Combine(Checkout.Root, "sdk", "dotnet", "PublicApi.txt"))
            .ReplaceLineEndings("\n")
            .Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(text => text.Trim('\n').Split('\n'))
            .ToList();
        var page = new StringBuilder(
            """
            # .NET: every name

            What `Arda.Gateway.Sdk` offers. This page is written from the package; a test fails when they
            differ. How it is used: [.NET SDK](../../sdk/dotnet/README.md).


            """
        );
        foreach (var group in types.GroupBy(type => KindOf(type[0])).OrderBy(g => g.Key))
        {
            page.Append("## ").Append(group.Key[2..]).Append("\n\n");
            foreach (var type in group)
            {
                Append(page, words, type);
            }
        }

        return page.ToString().TrimEnd() + "\n";
    }

    private static void Append(StringBuilder page, Dictionary<string, string> words, string[] type)
    {
        var name = NameOf(type[0]);
        page.Append("### `").Append(name.Replace('+', '.')).Append("`\n\n");
        if (words.TryGetValue(name, out var told))
        {
            page.Append(told).Append("\n\n");
        }

        page.Append("```csharp reference\n");
        page.Append(Head(type[0])).Append('\n');
        var members = type[1..].Where(line => line.Trim() != "new()").ToList();
        members.ForEach(line => page.Append("  ").Append(Readable(line.Trim())).Append('\n'));
        page.Append("```\n\n");
        var written = members
            .Select(line => MemberName().Match(line).Groups[1].Value)
            .Where(member => member.Length > 0)
            .Distinct(StringComparer.Ordinal)
            .Where(member => words.ContainsKey($"{name}.{member}"))
            .ToList();
        foreach (var member in written)
        {
            page.Append("- `").Append(member).Append("`: ");
            page.Append(words[$"{name}.{member}"]).Append('\n');
        }

        page.Append(written.Count > 0 ? "\n" : "");
    }

    private static string NameOf(string head) =>
        TypeName().Match(head).Groups[1].Value[Namespace.Length..];

    private static string Head(string head)
    {
        var bases = head.Split(" : ");
        var kept =
            bases.Length > 1
                ? Base()
                    .Matches(bases[1])
                    .Select(match => match.Value)
                    .Where(one =>
                        !one.StartsWith("IEquatable", StringComparison.Ordinal)
                        && one != "ISerializable"
                    )
                    .ToList()
                : [];
        var text = bases[0].Replace(Namespace, "", StringComparison.Ordinal).Replace('+', '.');
        return Readable(kept.Count > 0 ? $"{text} : {string.Join(", ", kept)}" : text);
    }

    private static string Readable(string line) =>
        s_words.Aggregate(
            line,
            (text, pair) =>
                Regex.Replace(
                    text,
                    $@"\b{pair.Clr}\b(?=[?\[\]>,) ])",
                    pair.Word,
                    RegexOptions.None,
                    TimeSpan.FromSeconds(1)
                )
        );

    private static string KindOf(string head)
    {
        var name = NameOf(head);
        return name.EndsWith("Client", StringComparison.Ordinal) ? "1 Clients"
            : head.StartsWith("static class", StringComparison.Ordinal) ? "2 Functions and names"
            : name.EndsWith("Exception", StringComparison.Ordinal) ? "3 Exceptions"
            : "4 Types";
    }

    private static Dictionary<string, string> ReadWords()
    {
        var file = Path.Combine(AppContext.BaseDirectory, "Arda.Gateway.Sdk.xml");
        var words = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in XDocument.Load(file).Descendants("member"))
        {
            var id = (string)member.Attribute("name")!;
            if (
                member.Element("summary") is { } summary
                && id[2..].StartsWith(Namespace, StringComparison.Ordinal)
            )
            {
                var name = id.Split('(')[0][(2 + Namespace.Length)..];
                // Of several forms of a method the first one speaks.
                words.TryAdd(Generic().Replace(name, ""), Words(summary));
            }
        }

        // A type inside another is named with a plus by the surface and with a dot here.
        foreach (var nested in words.Keys.Where(name => name.Contains('.')).ToList())
        {
            words.TryAdd(
                nested[..nested.LastIndexOf('.')] + "+" + nested[(nested.LastIndexOf('.') + 1)..],
                words[nested]
            );
        }

        return words;
    }

    private static string Words(XElement summary)
    {
        var text = new StringBuilder();
        foreach (var node in summary.Nodes())
        {
            text.Append(
                node switch
                {
                    XText plain => plain.Value,
                    XElement { Name.LocalName: "see" or "paramref" } see => "`"
                        + LastOf(
                            (string?)see.Attribute("cref")
                                ?? (string?)see.Attribute("langword")
                                ?? (string?)see.Attribute("name")
                                ?? ""
                        )
                        + "`",
                    XElement { Name.LocalName: "c" } code => "`" + code.Value + "`",
                    XElement { Name.LocalName: "code" } block => "`"
                        + Space().Replace(block.Value.Trim(), " ")
                        + "`",
                    XElement other => other.Value,
                    _ => "",
                }
            );
        }

        return Space().Replace(text.ToString(), " ").Trim();
    }

    private static string LastOf(string cref) =>
        cref.Split('(')[0].Split('.', ':')[^1].Split('`')[0];

    [GeneratedRegex(@"(?:class|struct|enum|interface) (\S+)", RegexOptions.None, 1000)]
    private static partial Regex TypeName();

    [GeneratedRegex(@"(\w+)(?:<[^>]*>)?(?:\(| \{| =|$)", RegexOptions.None, 1000)]
    private static partial Regex MemberName();

    [GeneratedRegex(@"\w+(?:<[^>]*>)?", RegexOptions.None, 1000)]
    private static partial Regex Base();

    [GeneratedRegex("``?[0-9]+", RegexOptions.None, 1000)]
    private static partial Regex Generic();

    [GeneratedRegex(@"\s+", RegexOptions.None, 1000)]
    private static partial Regex Space();
}
