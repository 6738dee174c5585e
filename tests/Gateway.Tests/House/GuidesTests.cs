using System.Text.RegularExpressions;
using Arda.Gateway.Http;
using Arda.Gateway.Tests.Http;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.House;

/// <summary>What is written for people must be true of the code.</summary>
public sealed partial class GuidesTests
{
    private const int FirstScreenLines = 40;

    private static string Guide(string name) =>
        File.ReadAllText(Path.Combine(Checkout.Root, "docs", "guides", name));

    [Fact]
    public void Every_link_between_the_pages_leads_somewhere()
    {
        var broken = Checkout
            .Files(Checkout.Root, "*.md")
            .SelectMany(file =>
                RelativeLink().Matches(File.ReadAllText(file)).Select(m => (file, m))
            )
            .Where(link =>
                !Path.Exists(
                    Path.Combine(Path.GetDirectoryName(link.file)!, link.m.Groups[1].Value)
                )
            )
            .Select(link => $"{Path.GetFileName(link.file)}: {link.m.Groups[1].Value}");
        Assert.Empty(broken);
    }

    [Fact]
    public void The_first_screen_of_the_readme_starts_asks_recovers_and_leads_on()
    {
        var screen = string.Join(
            '\n',
            File.ReadLines(Path.Combine(Checkout.Root, "README.md")).Take(FirstScreenLines)
        );
        foreach (
            var part in (string[])
                [
                    "./build run",
                    "curl -i http://localhost:8787/v1/chat/completions",
                    "createPortalSessionForRecovery",
                    "(docs/guides/clients.md)",
                    "(docs/guides/operations.md)",
                    "(ARCHITECTURE.md)",
                    "(CONTRIBUTING.md)",
                ]
        )
        {
            Assert.Contains(part, screen, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_guide_to_errors_names_every_code_with_its_status_and_action()
    {
        var table = new DenialTable("https://gateway.example", [500]);
        var told = DenialSamples
            .All.Select(denial => table.Refuse(denial, WireFormat.OpenAiChat, true, null))
            .Select(refusal =>
                refusal.Facts.Gateway is { } member
                    ? $"| `{refusal.Page}` | {refusal.Facts.Status} | `{member.Action}` |"
                    : $"| `{refusal.Page}` | {refusal.Facts.Status} | none |"
            )
            .Order(StringComparer.Ordinal);
        var written = Guide("errors.md")
            .Split('\n')
            .Where(line => CodeRow().IsMatch(line))
            .Order(StringComparer.Ordinal);
        Assert.Equal(told, written);
    }

    [Fact]
    public void Every_setting_of_the_guide_is_read_by_some_room()
    {
        var code = string.Concat(
            Checkout.Files(Checkout.Server, "*.cs").Select(file => File.ReadAllText(file))
        );
        var unknown = SettingRow()
            .Matches(Guide("configuration.md"))
            .Select(m => m.Groups[1].Value.Split(':'))
            // A room that is not built yet reads nothing; .NET itself reads the log levels.
            .Where(key => key.Length is 1 || RoomIsThere(key[0]))
            .Where(key => key is not ["Logging", "LogLevel", ..] and not ["urls"])
            .Where(key => !code.Contains(key[^1], StringComparison.OrdinalIgnoreCase))
            .Select(key => string.Join(':', key));
        Assert.Empty(unknown);
    }

    [Fact]
    public void Every_metric_of_the_guide_is_made()
    {
        var code = string.Concat(
            Checkout.Files(Checkout.Server, "*.cs").Select(file => File.ReadAllText(file))
        );
        var named = code.Replace('.', '_');
        var unknown = MetricName()
            .Matches(Guide("operations.md"))
            .Select(m => m.Groups[1].Value)
            .Where(name => !named.Contains($"\"{name}\"", StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal);
        Assert.Empty(unknown);
    }

    private static bool RoomIsThere(string section) =>
        section is "Http" or "Telemetry" or "Logging" or "Payments" or "Storage"
        || Directory.Exists(Path.Combine(Checkout.Server, section));

    [GeneratedRegex(@"\]\((?!https?:|#|/)([^)#\s]+)", RegexOptions.None, 5000)]
    private static partial Regex RelativeLink();

    [GeneratedRegex(@"^\| `[a-z_]+` \| \d{3} \|", RegexOptions.None, 5000)]
    private static partial Regex CodeRow();

    [GeneratedRegex(@"^\| `([A-Za-z:{}]+)` \|", RegexOptions.Multiline, 5000)]
    private static partial Regex SettingRow();

    // Without the suffixes that the exporter adds for unit and kind.
    [GeneratedRegex(
        @"\b((?:arda|gen_ai)_[a-z_]+?)(?:_seconds)?(?:_total)?`",
        RegexOptions.None,
        5000
    )]
    private static partial Regex MetricName();
}
