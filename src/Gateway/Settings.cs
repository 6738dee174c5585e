using System.Text.Json;
using Arda.Gateway.Catalog;
using Arda.Gateway.Http;

namespace Arda.Gateway;

/// <summary>What the command line and <c>arda.json</c> say about this process as a whole; each room
/// reads its own section.</summary>
internal sealed record Settings
{
    public required string DataDirectory { get; init; }

    public string? PostgresConnectionString { get; init; }

    /// <summary>Names this process among the nodes of one store.</summary>
    public required string Node { get; init; }

    /// <summary>Make a user, a project with credit and a key at the first start.</summary>
    public bool Demo { get; init; }

    /// <summary>The operator's file, where there is one.</summary>
    public string? ConfigPath { get; init; }

    public bool IsEmbedded => PostgresConnectionString is null;

    /// <summary>Flags that stand alone; the standard command line configuration wants values.</summary>
    public static string[] WithValues(string[] args) =>
        [.. args.Select(arg => arg == "--demo" ? "--demo=true" : arg)];

    public static Settings Read(ConfigurationManager configuration)
    {
        var data = Path.GetFullPath(configuration["data"] ?? ".data");
        var file =
            configuration["config"] ?? FirstThere("arda.json", Path.Combine(data, "arda.json"));
        if (file is not null)
        {
            AddFile(configuration, file);
        }

        SetPublicUrl(configuration);
        var isDemo = configuration.GetValue("demo", false);
        if (isDemo)
        {
            SetDemoDefaults(configuration);
        }

        var postgres = configuration["storage:postgres"];
        return new Settings
        {
            DataDirectory = data,
            PostgresConnectionString = string.IsNullOrWhiteSpace(postgres) ? null : postgres,
            Node =
                configuration["node"] ?? (postgres is null ? "embedded" : Environment.MachineName),
            Demo = isDemo,
            ConfigPath = file,
        };
    }

    // Below flags and environment, which win.
    private static void AddFile(ConfigurationManager configuration, string file)
    {
        if (!File.Exists(file))
        {
            throw new ConfigurationException("config", file, "the path of a file that is there");
        }

        var name = Path.GetFileName(file);
        var source = SourceJson.Parse(File.ReadAllBytes(file), name);
        if (source.Kind != JsonValueKind.Object)
        {
            var wrong = $"{source.Described} is not a configuration";
            throw new CatalogException([CatalogProblem.At(source, wrong, "write { … }")]);
        }

        try
        {
            configuration.Sources.Insert(
                0,
                new Microsoft.Extensions.Configuration.Json.JsonConfigurationSource
                {
                    Path = name,
                    FileProvider = new Microsoft.Extensions.FileProviders.PhysicalFileProvider(
                        Path.GetDirectoryName(Path.GetFullPath(file))!
                    ),
                }
            );
        }
        catch (InvalidDataException odd) when (odd.InnerException is FormatException twice)
        {
            // To the host "Http" and "http" are one setting.
            const string write = "write each setting once, in one spelling";
            throw new CatalogException([CatalogProblem.At(source, twice.Message, write)]);
        }
    }

    // Below everything that is said anywhere: a demo works without a provider's key, and its money
    // has the test currency of ISO 4217, so that it never meets real money.
    private static void SetDemoDefaults(ConfigurationManager configuration)
    {
        var defaults = new Dictionary<string, string?>
        {
            ["Providers:SimulateMissing"] = "true",
            ["ledger:currency"] = "XTS",
        };
        configuration.Sources.Insert(
            0,
            new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource
            {
                InitialData = defaults,
            }
        );
    }

    // --urls http://localhost:9000 alone moves the public address along; a real name has to be said.
    private static void SetPublicUrl(ConfigurationManager configuration)
    {
        var first = configuration["urls"]?.Split(';')[0];
        if (
            configuration["PublicUrl"] is null
            && Uri.TryCreate(first, UriKind.Absolute, out var url)
            && url is { IsLoopback: true, Scheme: "http", Port: > 0 }
        )
        {
            configuration["PublicUrl"] = $"http://localhost:{url.Port}";
        }
    }

    private static string? FirstThere(params string[] paths) => paths.FirstOrDefault(File.Exists);
}
