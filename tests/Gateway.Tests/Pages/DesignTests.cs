using System.Globalization;
using System.Text.RegularExpressions;
using Arda.Gateway.Pages.Styles;
using Arda.Gateway.Tests.House;

namespace Arda.Gateway.Tests.Pages;

/// <summary>What the design promises, computed from its tokens.</summary>
public sealed partial class DesignTests
{
    private static readonly string s_tokens = File.ReadAllText(
        Path.Combine(Checkout.Server, "Pages", "Styles", "tokens.css")
    );

    [Theory]
    [InlineData("ink", "paper", 4.5)]
    [InlineData("ink", "surface", 4.5)]
    [InlineData("ink", "raised", 4.5)]
    [InlineData("quiet", "paper", 4.5)]
    [InlineData("quiet", "surface", 4.5)]
    [InlineData("quiet", "raised", 4.5)]
    [InlineData("accent", "paper", 4.5)]
    [InlineData("accent", "surface", 4.5)]
    [InlineData("accent", "raised", 4.5)]
    [InlineData("accent-strong", "paper", 4.5)]
    [InlineData("on-accent", "accent", 4.5)]
    [InlineData("on-accent", "accent-strong", 4.5)]
    [InlineData("on-bold", "bold-fill", 4.5)]
    [InlineData("on-bold", "quiet", 4.5)]
    [InlineData("stop", "surface", 4.5)]
    [InlineData("stop", "stop-soft", 4.5)]
    [InlineData("wait", "wait-soft", 4.5)]
    [InlineData("good", "good-soft", 4.5)]
    [InlineData("ink", "stop-soft", 4.5)]
    [InlineData("ink", "wait-soft", 4.5)]
    [InlineData("ink", "good-soft", 4.5)]
    [InlineData("ink", "accent-soft", 4.5)]
    [InlineData("accent", "accent-soft", 4.5)]
    [InlineData("edge", "surface", 3)]
    [InlineData("edge", "paper", 3)]
    public void Every_pair_of_colours_can_be_told_apart(string text, string ground, double least)
    {
        Assert.True(Contrast(Light(text), Light(ground)) >= least, "light");
        Assert.True(Contrast(Dark(text), Dark(ground)) >= least, "dark");
    }

    [Fact]
    public void No_page_loads_anything_from_elsewhere()
    {
        Assert.DoesNotContain("url(", Stylesheet.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", Stylesheet.Text, StringComparison.Ordinal);
        var strangers = Checkout
            .Files(Path.Combine(Checkout.Server, "Pages"), "*.razor")
            .Where(file => ForeignSource().IsMatch(File.ReadAllText(file)));
        Assert.Empty(strangers);
    }

    [Fact]
    public void Every_css_file_is_in_the_one_stylesheet()
    {
        foreach (var file in Checkout.Files(Path.Combine(Checkout.Server, "Pages"), "*.css"))
        {
            var first = File.ReadLines(file).First(line => line.EndsWith('{'));
            Assert.Contains(first[..^1].Trim(), Stylesheet.Text, StringComparison.Ordinal);
        }
    }

    private static string Light(string name) => Values(name)[0];

    private static string Dark(string name) => Values(name)[^1];

    private static List<string> Values(string name) =>
        [
            .. Token()
                .Matches(s_tokens)
                .Where(match => match.Groups[1].Value == name)
                .Select(match => match.Groups[2].Value),
        ];

    // WCAG 2.2: relative luminance and contrast ratio.
    private static double Contrast(string one, string other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    private static double Luminance(string colour)
    {
        double Channel(int at)
        {
            var value =
                int.Parse(
                    colour.AsSpan(at, 2),
                    NumberStyles.HexNumber,
                    CultureInfo.InvariantCulture
                ) / 255.0;
            return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
        }

        return (0.2126 * Channel(0)) + (0.7152 * Channel(2)) + (0.0722 * Channel(4));
    }

    [GeneratedRegex("--([a-z-]+): #([0-9a-f]{6});", RegexOptions.None, 5000)]
    private static partial Regex Token();

    [GeneratedRegex("(src|href)=\"(https?:)?//", RegexOptions.None, 5000)]
    private static partial Regex ForeignSource();
}
