using Arda.Gateway.Kernel;
using Arda.Gateway.Tests.Clients;
using Arda.Gateway.Tests.House;

namespace Arda.Gateway.Tests.Guide.Snippets;

/// <summary>Every TypeScript block of the pages, run through the SDK as it was built.</summary>
public sealed class TypeScriptSnippetsTests(GuideWorld world)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Blocks => Snippet.Names("ts");

    [Theory]
    [MemberData(nameof(Blocks))]
    public async Task A_block_runs_to_its_end(string block)
    {
        SnippetRun.NeedNode();
        var run = Snippet.Run(block);
        var reader = await SnippetRun.ReaderAsync(world, run);
        var file = Path.Combine(world.Folder, $"{Ids.Make("m")}.ts");
        await File.WriteAllTextAsync(file, SnippetRun.Filled(run, reader) + "\nexport {};\n", Ct);
        var page = new Uri(Path.Combine(Scenes.Folder, "docs-page.mjs")).AbsoluteUri;

        var ran = await GuideRun.RunAsync(
            NodeRun.Binary!,
            ["--no-warnings", "--import", page, file],
            world.Folder,
            SnippetRun.Environment(world, reader, run)
        );

        Assert.True(ran.ExitCode == 0, ran.Output + ran.Error);
        Assert.True(ran.Report is not null, ran.Output);
        if (run[0].Mark("person") == "poor")
        {
            Assert.NotEmpty(ran.Report.Value.GetProperty("opened").EnumerateArray());
        }
    }

    [Fact]
    public async Task Every_block_compiles_under_strict()
    {
        SnippetRun.NeedNode();
        await world.ReadyAsync();
        var tsc = Path.Combine(Checkout.Root, "node_modules", "typescript", "bin", "tsc");
        Assert.SkipUnless(File.Exists(tsc), "TypeScript is not installed: npm ci");
        var folder = Directory.CreateDirectory(Path.Combine(world.Folder, "snippets")).FullName;
        foreach (var (at, run) in Snippet.Runs("ts").Index())
        {
            var given = run[0].Has("given") ? Given : "";
            var text = string.Join('\n', run.Select(one => one.Text));
            var head = $"// {run[0].Name}\n{given}";
            await File.WriteAllTextAsync(
                Path.Combine(folder, $"{at}.ts"),
                head + text + "\nexport {};\n",
                Ct
            );
        }

        await File.WriteAllTextAsync(
            Path.Combine(folder, "reader.d.ts"),
            "declare const code: string;\n"
                + "declare function appendToTranscript(text: string): void;\n",
            Ct
        );
        await File.WriteAllTextAsync(
            Path.Combine(folder, "tsconfig.json"),
            """
            {
              "compilerOptions": {
                "strict": true, "noEmit": true, "target": "ES2022", "module": "nodenext",
                "lib": ["ES2023", "DOM", "DOM.Iterable"], "types": [], "skipLibCheck": true
              }
            }
            """,
            Ct
        );

        var ran = await GuideRun.RunAsync(
            NodeRun.Binary!,
            [tsc, "-p", folder],
            folder,
            new Dictionary<string, string?>(StringComparer.Ordinal)
        );

        Assert.True(ran.ExitCode == 0, ran.Output);
    }

    // What the first screen of the README leaves to its reader.
    private const string Given = """
        import { ArdaGateway, evaluateGatewayInferenceRecovery } from '@arda/gateway-sdk';
        import type { GatewayChatCompletionResult, GatewayChatMessage } from '@arda/gateway-sdk';
        declare const gateway: ArdaGateway;
        declare const messages: GatewayChatMessage[];
        declare const topupAmountsCents: number[];
        declare const returnUrl: string;
        declare function show(result: GatewayChatCompletionResult): void;

        """;
}
