using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Arda.Gateway.Tests.Guide.Snippets;

/// <summary>A block of C# as a program of its own, compiled against the SDK and the official clients
/// as they lie beside the tests.</summary>
internal static class CSharpProgram
{
    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        global using Microsoft.AspNetCore.Builder;
        global using Microsoft.AspNetCore.Http;
        global using Microsoft.Extensions.DependencyInjection;
        global using static Reader;
        """;

    /// <summary>People who act on what is shown to them, and the names that a block leaves to its
    /// reader.</summary>
    private const string Reader = """
        using System.Runtime.CompilerServices;
        using System.Text;
        using System.Text.RegularExpressions;

        internal static class Reader
        {
            private static readonly HttpClient s_people = new();

            public static CancellationToken ct => CancellationToken.None;

            /// <summary>A browser that comes back from where it was sent.</summary>
            public static Task<Uri> SendUserAsync(Uri url) => DoAsync("consent", "url", url.AbsoluteUri)
                .ContinueWith(back => new Uri(back.Result), TaskScheduler.Default);

            public static Task ShowAsync(Uri portal, CancellationToken ct = default)
            {
                Console.WriteLine(portal);
                return Task.CompletedTask;
            }

            public static void ConnectWith(IReadOnlyList<string> scopes) =>
                Console.WriteLine(string.Join(' ', scopes));

            [ModuleInitializer]
            internal static void Watch() => Console.SetOut(new Watched(Console.Out));

            private static async Task<string> DoAsync(string what, string name, string value)
            {
                var people = Environment.GetEnvironmentVariable("GUIDE_PEOPLE");
                var person = Environment.GetEnvironmentVariable("GUIDE_PERSON");
                var query = $"person={person}&{name}={Uri.EscapeDataString(value)}";
                return await s_people.GetStringAsync($"{people}/{what}?{query}");
            }

            private sealed class Watched(TextWriter console) : TextWriter
            {
                public override Encoding Encoding => console.Encoding;

                public override void Write(char value) => console.Write(value);

                public override void WriteLine(object? value) => WriteLine(value?.ToString());

                public override void WriteLine(string? value)
                {
                    console.WriteLine(value);
                    var text = value ?? "";
                    if (Regex.Match(text, "enter ([A-Z]{4}-[A-Z]{4})") is { Success: true } code)
                    {
                        DoAsync("device", "code", code.Groups[1].Value).Wait();
                    }

                    if (
                        Environment.GetEnvironmentVariable("GUIDE_PAYS") == "1"
                        && Regex.Match(text, @"https://\S+/billing/open/\S+") is { Success: true } link
                    )
                    {
                        DoAsync("pay", "url", link.Value).Wait();
                    }
                }
            }
        }
        """;

    private static readonly IReadOnlyList<MetadataReference> s_references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            // The server's own names are nobody's who uses the packages.
            .Where(path =>
                Path.GetFileName(path) is not ("Arda.Gateway.dll" or "Gateway.Tests.dll")
            )
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    /// <summary>What the compiler says against it; empty when the program was written.</summary>
    public static string Compile(string text, string file)
    {
        var options = new CSharpParseOptions(LanguageVersion.Latest);
        var compilation = CSharpCompilation.Create(
            Path.GetFileNameWithoutExtension(file),
            new[] { text, Usings, Reader }.Select(source =>
                CSharpSyntaxTree.ParseText(source, options)
            ),
            s_references,
            new CSharpCompilationOptions(
                OutputKind.ConsoleApplication,
                nullableContextOptions: NullableContextOptions.Enable
            )
        );
        var result = compilation.Emit(file);
        return string.Join(
            '\n',
            result
                .Diagnostics.Where(one => one.Severity >= DiagnosticSeverity.Warning)
                .Where(one => one.Id is not "CS1701" and not "CS1702" and not "CS8981")
                .Select(one => one.ToString())
        );
    }

    /// <summary>A folder from which programs start with everything that the tests have.</summary>
    public static string NewFolder()
    {
        var folder = Directory.CreateTempSubdirectory("arda-snippets-").FullName;
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "*.dll"))
        {
            File.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(file)), file);
        }

        return folder;
    }

    public static string RuntimeConfig =>
        File.ReadAllText(
            Path.Combine(AppContext.BaseDirectory, "Gateway.Tests.runtimeconfig.json")
        );
}
