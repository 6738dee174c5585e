using System.Reflection;
using System.Runtime.Loader;
using Arda.Gateway.Tests.House;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Arda.Gateway.Tests.Simulation;

/// <summary>
/// Compiles the ledger's core and SQL together with the simulation, from their sources, in memory.
/// The other rooms are the built ones; where both have a type, the source's counts.
/// </summary>
internal sealed class MutantCompiler
{
    // The rooms below open their internals to it.
    private const string AssemblyName = "Gateway.Tests";

    private const string GlobalUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly string[] s_doors =
    [
        "ChargeFacts.cs",
        "ChargeParts.cs",
        "LedgerSchema.cs",
        "LedgerVerification.cs",
        "Payer.cs",
        "ResellerBooks.cs",
        "WalletReading.cs",
    ];

    private static readonly string[] s_outside = ["Mutant", "Tests", "JournalText"];

    private static readonly string[] s_references =
    [
        "System",
        "netstandard",
        "Arda.Gateway",
        "Microsoft.Data.Sqlite",
        "Npgsql",
        "SQLitePCLRaw",
        "Microsoft.Extensions.Logging.Abstractions",
    ];

    private readonly MetadataReference[] _references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(path =>
                s_references.Any(name =>
                    Path.GetFileName(path).StartsWith(name, StringComparison.Ordinal)
                )
            )
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    public IReadOnlyList<SyntaxTree> Trees { get; } =
    [Parse("GlobalUsings.cs", GlobalUsings), .. LedgerSources().Concat(SimulationSources())];

    public static SyntaxTree Parse(string file, string text) =>
        CSharpSyntaxTree.ParseText(
            text,
            new CSharpParseOptions(LanguageVersion.CSharp14),
            path: file
        );

    /// <summary>The first seed that this assembly fails, and why.</summary>
    public string? FirstFailure(Mutant mutant, int seeds, int steps)
    {
        var context = new AssemblyLoadContext(mutant.Name, isCollectible: true);
        try
        {
            using var image = Compile(mutant);
            var run = context
                .LoadFromStream(image)
                .GetType(typeof(SimulationRun).FullName!, throwOnError: true)!
                .GetMethod(nameof(SimulationRun.FirstFailure))!;
            return (string?)
                run.Invoke(
                    null,
                    BindingFlags.DoNotWrapExceptions,
                    binder: null,
                    [seeds, steps],
                    culture: null
                );
        }
        finally
        {
            context.Unload();
        }
    }

    private MemoryStream Compile(Mutant mutant)
    {
        var compilation = CSharpCompilation.Create(
            AssemblyName,
            mutant.Apply(this),
            _references,
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                optimizationLevel: OptimizationLevel.Release,
                nullableContextOptions: NullableContextOptions.Enable,
                generalDiagnosticOption: ReportDiagnostic.Suppress
            )
        );
        var image = new MemoryStream();
        var result = compilation.Emit(image);
        var errors = result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error);
        Assert.True(result.Success, string.Join('\n', errors.Take(5)));
        image.Position = 0;
        return image;
    }

    private static IEnumerable<SyntaxTree> LedgerSources()
    {
        var ledger = Path.Combine(Checkout.Server, "Ledger");
        return Directory
            .EnumerateFiles(Path.Combine(ledger, "Core"), "*.cs")
            .Concat(Directory.EnumerateFiles(Path.Combine(ledger, "Store"), "*.cs"))
            .Concat(s_doors.Select(door => Path.Combine(ledger, door)))
            .Order(StringComparer.Ordinal)
            .Select(path => Read(ledger, path));
    }

    private static IEnumerable<SyntaxTree> SimulationSources()
    {
        var folder = Path.Combine(Checkout.Root, "tests", "Gateway.Tests", "Simulation");
        return Directory
            .EnumerateFiles(folder, "*.cs")
            .Where(path =>
                !s_outside.Any(part =>
                    Path.GetFileName(path).Contains(part, StringComparison.Ordinal)
                )
            )
            .Order(StringComparer.Ordinal)
            .Select(path => Read(folder, path));
    }

    private static SyntaxTree Read(string folder, string path) =>
        Parse(Path.GetRelativePath(folder, path).Replace('\\', '/'), File.ReadAllText(path));
}
