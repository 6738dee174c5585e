using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Arda.Gateway.Tests.House;

namespace Arda.Gateway.Tests.Hosting;

/// <summary>The answer that the first screen shows is the one that a reader gets.</summary>
public sealed partial class ReadmeTests
{
    [Fact]
    public async Task The_printed_answer_is_the_real_one()
    {
        var ct = TestContext.Current.CancellationToken;
        var readme = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "README.md"), ct);
        await using var host = await GatewayHost.StartAsync();

        using var answer = await host.PostAsync(
            "/v1/chat/completions",
            RequestBody().Match(readme).Groups[1].Value
        );

        var body = await answer.Content.ReadAsStringAsync(ct);
        foreach (Match header in ShownHeader().Matches(readme))
        {
            Assert.Equal(
                header.Groups[2].Value,
                answer.Headers.GetValues(header.Groups[1].Value).Single()
            );
        }

        Assert.Equal(2, ShownHeader().Count(readme));
        var usage = JsonNode.Parse(body)!["usage"]!;
        var shown = ShownUsage().Match(readme).Groups;
        Assert.Equal(shown[1].Value, usage["prompt_tokens"]!.ToJsonString());
        Assert.Equal(shown[2].Value, usage["completion_tokens"]!.ToJsonString());
        Assert.Equal(shown[3].Value, usage["cost"]!.ToJsonString());
        Assert.NotNull(usage["cost_details"]);
    }

    [GeneratedRegex("-d '(.+)'", RegexOptions.None, 1_000)]
    private static partial Regex RequestBody();

    [GeneratedRegex(@"^(X-[\w-]+): (.+?)\r?$", RegexOptions.Multiline, 1_000)]
    private static partial Regex ShownHeader();

    [GeneratedRegex(
        """
            "prompt_tokens":(\d+),"completion_tokens":(\d+),…,"cost":([\d.]+),"cost_details"
            """,
        RegexOptions.None,
        1_000
    )]
    private static partial Regex ShownUsage();
}
