using Arda.Gateway.Tests.Clients;
using Arda.Gateway.Tests.House;

namespace Arda.Gateway.Tests.Guide.Snippets;

/// <summary>What every run of a block has: its reader, and a world that is reached under the
/// gateway's public name.</summary>
internal static class SnippetRun
{
    private const long Cents = 2_500;

    public static async Task<GuideReader> ReaderAsync(GuideWorld world, IReadOnlyList<Snippet> run)
    {
        await world.ReadyAsync();
        var isConfidential = run.Any(one => one.Text.Contains("gw_cs_", StringComparison.Ordinal));
        var isPoor = run[0].Mark("person") == "poor";
        return await world.ReaderAsync(isPoor ? 0 : Cents, isConfidential);
    }

    /// <summary>Ids, keys and addresses are filled in; nothing else is changed.</summary>
    public static string Filled(IReadOnlyList<Snippet> run, GuideReader reader) =>
        string.Join('\n', run.Select(one => one.Text))
            .Replace("gw_app_...", reader.ClientId, StringComparison.Ordinal)
            .Replace("gw_app_…", reader.ClientId, StringComparison.Ordinal)
            .Replace("gw_sk_...", reader.Key, StringComparison.Ordinal)
            .Replace("gw_sk_…", reader.Key, StringComparison.Ordinal)
            .Replace("gw_cs_...", reader.Secret ?? "", StringComparison.Ordinal)
            .Replace(
                "http://localhost:8787",
                "https://gateway.ardabot.ai",
                StringComparison.Ordinal
            )
            .Replace(
                "https://gateway.example.com",
                "https://gateway.ardabot.ai",
                StringComparison.Ordinal
            );

    public static Dictionary<string, string?> Environment(
        GuideWorld world,
        GuideReader reader,
        IReadOnlyList<Snippet> run
    ) =>
        new(StringComparer.Ordinal)
        {
            ["GUIDE_PEOPLE"] = world.People,
            ["GUIDE_PERSON"] = reader.Id,
            ["GUIDE_KEY"] = reader.Key,
            ["GUIDE_PAYS"] = run[0].Mark("person") == "poor" ? "1" : "",
            ["GUIDE_GIVEN"] = run[0].Has("given") ? "1" : "",
            // The name is resolved by the proxy; the code knows nothing of either.
            ["NODE_USE_ENV_PROXY"] = "1",
            ["HTTPS_PROXY"] = world.Tunnel.Address,
            ["NODE_EXTRA_CA_CERTS"] = world.Root,
            ["SSL_CERT_FILE"] = world.Root,
        };

    public static void NeedNode()
    {
        Assert.SkipWhen(
            NodeRun.Binary is null,
            "The JavaScript clients are not installed: npm ci --prefix tests/clients"
        );
        Assert.SkipUnless(
            File.Exists(
                Path.Combine(Checkout.Root, "sdk", "typescript", "dist", "esm", "index.js")
            ),
            "The TypeScript SDK is not built: npm ci and npm test in sdk/typescript"
        );
    }
}
