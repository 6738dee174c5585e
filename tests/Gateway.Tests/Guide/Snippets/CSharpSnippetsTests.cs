using Arda.Gateway.Kernel;

namespace Arda.Gateway.Tests.Guide.Snippets;

/// <summary>Every C# block of the pages, compiled without a warning and run.</summary>
public sealed class CSharpSnippetsTests(GuideWorld world) : IDisposable
{
    private readonly string _folder = CSharpProgram.NewFolder();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Blocks => Snippet.Names("csharp");

    [Theory]
    [MemberData(nameof(Blocks))]
    public async Task A_block_compiles_and_runs_to_its_end(string block)
    {
        var run = Snippet.Run(block);
        var reader = await SnippetRun.ReaderAsync(world, run);
        var name = Ids.Make("s");
        var program = Path.Combine(_folder, name + ".dll");

        Assert.Equal("", CSharpProgram.Compile(SnippetRun.Filled(run, reader), program));

        await File.WriteAllTextAsync(
            Path.Combine(_folder, name + ".runtimeconfig.json"),
            CSharpProgram.RuntimeConfig,
            Ct
        );
        var ran = await GuideRun.RunAsync(
            "dotnet",
            [program],
            _folder,
            SnippetRun.Environment(world, reader, run)
        );
        Assert.True(ran.ExitCode == 0, ran.Output + ran.Error);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
