using System.Text.RegularExpressions;

namespace Arda.Gateway.Tests.House;

/// <summary>The house rules that a formatter cannot see.</summary>
public sealed class StyleTests
{
    private const int FileLinesMax = 500;
    private const int FunctionLinesMax = 70;

    private static readonly string[] VagueNames =
    [
        "Utils",
        "Helpers",
        "Helper",
        "Manager",
        "Common",
    ];

    [Fact]
    public void No_file_is_longer_than_500_lines()
    {
        var tooLong = Sources()
            .Select(file => (file, Lines: File.ReadLines(file).Count()))
            .Where(f => f.Lines > FileLinesMax)
            .Select(f => $"{Name(f.file)}: {f.Lines}");
        Assert.Empty(tooLong);
    }

    [Fact]
    public void No_function_is_longer_than_70_lines()
    {
        var tooLong = Sources()
            .SelectMany(file =>
                FunctionLengths(File.ReadAllLines(file)).Select(f => (file, f.At, f.Lines))
            )
            .Where(f => f.Lines > FunctionLinesMax)
            .Select(f => $"{Name(f.file)}:{f.At}: {f.Lines}");
        Assert.Empty(tooLong);
    }

    [Fact]
    public void A_long_function_is_seen()
    {
        string[] code =
        [
            "class X",
            "{",
            "    void Long()",
            "    {",
            .. Enumerable.Repeat("        x();", 71),
            "    }",
            "}",
        ];
        Assert.Contains(FunctionLengths(code), f => f.Lines > FunctionLinesMax);
    }

    [Fact]
    public void No_file_has_a_name_that_could_mean_anything()
    {
        var vague = Sources()
            .Select(Path.GetFileNameWithoutExtension)
            .Where(name => VagueNames.Any(v => name!.EndsWith(v, StringComparison.Ordinal)));
        Assert.Empty(vague);
    }

    [Fact]
    public void Nothing_is_left_for_later_in_the_code()
    {
        // Written in pieces, so that this line does not find itself.
        var mark = new Regex(
            @"\b(TO" + "DO|FIX" + "ME|HA" + "CK)\\b|NotImplemented" + "Exception",
            RegexOptions.None,
            TimeSpan.FromSeconds(5)
        );
        var left = Sources()
            .SelectMany(file => File.ReadLines(file).Select((line, i) => (file, line, i)))
            .Where(l => mark.IsMatch(l.line))
            .Select(l => $"{Name(l.file)}:{l.i + 1}");
        Assert.Empty(left);
    }

    private static IEnumerable<string> Sources() =>
        new[] { "src", "tests", "bench", "sdk", "examples" }
            .Select(folder => Path.Combine(Checkout.Root, folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Checkout.Files(folder, "*.cs"));

    private static string Name(string file) => string.Join('/', Checkout.Segments(file));

    // The formatter puts a member's braces alone on lines of the member's own indentation.
    private static IEnumerable<(int At, int Lines)> FunctionLengths(string[] lines)
    {
        for (var i = 1; i < lines.Length; i++)
        {
            var indent = lines[i].Length - lines[i].TrimStart().Length;
            var head = lines[i - 1].TrimEnd();
            if (lines[i].Trim() != "{" || !(head.EndsWith(')') && indent >= 4))
            {
                continue;
            }

            var close = Array.FindIndex(
                lines,
                i,
                l => l.TrimEnd() == new string(' ', indent) + "}"
            );
            if (close > i)
            {
                yield return (i, close - i - 1);
            }
        }
    }
}
