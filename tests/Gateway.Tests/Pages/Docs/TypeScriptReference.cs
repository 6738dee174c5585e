using System.Text;
using System.Text.RegularExpressions;
using Arda.Gateway.Tests.House;

namespace Arda.Gateway.Tests.Pages.Docs;

/// <summary>The page of every name of the TypeScript package: the surface from api.txt, which a test
/// of the package holds to what it exports, and the words from the comments in its source.</summary>
internal static partial class TypeScriptReference
{
    private static readonly string s_folder = Path.Combine(Checkout.Root, "sdk", "typescript");

    public static string Write()
    {
        var words = ReadWords();
        var declarations = File.ReadAllText(Path.Combine(s_folder, "api.txt"))
            .ReplaceLineEndings("\n")
            .Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(text => (Name: Declared().Match(text).Groups[2].Value, Text: text.Trim()))
            .Where(one => one.Name.Length > 0)
            .ToList();
        var page = new StringBuilder(
            """
            # TypeScript: every name

            What `@arda/gateway-sdk` exports. This page is written from the package; a test fails when they
            differ. How it is used: [TypeScript SDK](../../sdk/typescript/README.md).


            """
        );
        foreach (var group in declarations.GroupBy(one => KindOf(one.Text)).OrderBy(g => g.Key))
        {
            page.Append("## ").Append(group.Key[2..]).Append("\n\n");
            foreach (var (name, text) in group)
            {
                page.Append("### `").Append(name).Append("`\n\n");
                Append(page, words, name, text);
            }
        }

        return page.ToString().TrimEnd() + "\n";
    }

    private static void Append(
        StringBuilder page,
        Dictionary<string, string> words,
        string name,
        string text
    )
    {
        if (words.TryGetValue(name, out var told))
        {
            page.Append(told).Append("\n\n");
        }

        page.Append("```ts reference\n").Append(Shown(text)).Append("\n```\n\n");
        var members = words
            .Where(one => one.Key.StartsWith(name + ".", StringComparison.Ordinal))
            .Where(one => text.Contains(one.Key[(name.Length + 1)..], StringComparison.Ordinal))
            .ToList();
        foreach (var (member, about) in members)
        {
            page.Append("- `").Append(member[(name.Length + 1)..]).Append("`: ");
            page.Append(about.Replace("\n\n", " ", StringComparison.Ordinal)).Append('\n');
        }

        page.Append(members.Count > 0 ? "\n" : "");
    }

    private static string Shown(string text) =>
        text.Replace("export declare ", "", StringComparison.Ordinal)
            .Replace("export ", "", StringComparison.Ordinal)
            .Replace("    #private;\n", "", StringComparison.Ordinal)
            .Replace("    ", "  ", StringComparison.Ordinal);

    private static string KindOf(string text) =>
        text.Contains("declare function", StringComparison.Ordinal) ? "1 Functions"
        : text.Contains("class ArdaGateway ", StringComparison.Ordinal) ? "2 The client"
        : text.Contains("declare class", StringComparison.Ordinal) ? "3 Errors"
        : "4 Types";

    private static Dictionary<string, string> ReadWords()
    {
        var words = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Checkout.Files(Path.Combine(s_folder, "src"), "*.ts").Order())
        {
            var text = File.ReadAllText(file).ReplaceLineEndings("\n");
            foreach (Match match in Exported().Matches(text))
            {
                var name = match.Groups["name"].Value;
                if (match.Groups["doc"].Success)
                {
                    words[name] = Words(match.Groups["doc"].Value);
                }

                var end = text.IndexOf("\n}", match.Index, StringComparison.Ordinal);
                var body = text[match.Index..(end < 0 ? text.Length : end)];
                var start = match.Groups["doc"].Success ? match.Length : 0;
                foreach (Match member in Member().Matches(body, start))
                {
                    words[$"{name}.{member.Groups["name"].Value}"] = Words(
                        member.Groups["doc"].Value
                    );
                }
            }
        }

        return words;
    }

    private static string Words(string comment)
    {
        var lines = comment.Split('\n').Select(line => Star().Replace(line, "").TrimEnd());
        var text = string.Join('\n', lines).Trim();
        text = Link().Replace(text, "`$1`");
        text = Parameter().Replace(text, "\n- `$1`: ");
        text = text.Replace("\n@throws ", "\n- Throws ", StringComparison.Ordinal);
        return Single().Replace(text, " ").Trim();
    }

    [GeneratedRegex(
        @"export (?:declare )?(?:abstract )?(class|interface|type|function|const) (\w+)",
        RegexOptions.None,
        1000
    )]
    private static partial Regex Declared();

    [GeneratedRegex(
        """
            (?:/\*\*(?<doc>(?:(?!\*/).)*)\*/\s*)?^export\ (?:async\ )?
            (?:class|interface|type|function|const)\ (?<name>\w+)
            """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.Singleline | RegexOptions.Multiline,
        5000
    )]
    private static partial Regex Exported();

    [GeneratedRegex(
        """
            ^\ \ /\*\*(?<doc>(?:(?!\*/).)*)\*/\s*^\ \ (?:readonly\ |async\ |static\ |override\ )*
            (?<name>[A-Za-z]\w*)\??\s*[(:<]
            """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.Singleline | RegexOptions.Multiline,
        5000
    )]
    private static partial Regex Member();

    [GeneratedRegex(@"^\s*\* ?", RegexOptions.None, 1000)]
    private static partial Regex Star();

    [GeneratedRegex(@"\{@link (\w+)(?:[^}]*)\}", RegexOptions.None, 1000)]
    private static partial Regex Link();

    [GeneratedRegex(@"\n@param (\w+) (?:- )?", RegexOptions.None, 1000)]
    private static partial Regex Parameter();

    // A line that goes on, as Markdown would join it.
    [GeneratedRegex(@"(?<!\n)\n(?!\n|- )[ ]*", RegexOptions.None, 1000)]
    private static partial Regex Single();
}
