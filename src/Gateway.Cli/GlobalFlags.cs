using System.CommandLine;

namespace Arda.Gateway.Cli;

/// <summary>The flags that every verb takes.</summary>
internal static class GlobalFlags
{
    private static readonly Option<string> s_baseUrl = new("--base-url")
    {
        Description =
            "Where the gateway is [ARDA_BASE_URL, demo.json, the last login, http://localhost:8787]",
        HelpName = "URL",
        Recursive = true,
    };

    private static readonly Option<string> s_apiKey = new("--api-key")
    {
        Description = "The gw_sk_… key that pays [ARDA_API_KEY, arda login, demo.json]",
        HelpName = "KEY",
        Recursive = true,
    };

    private static readonly Option<string> s_adminToken = new("--admin-token")
    {
        Description = "The operator's token [ARDA_ADMIN_TOKEN, demo.json]",
        HelpName = "TOKEN",
        Recursive = true,
    };

    private static readonly Option<string> s_data = new("--data")
    {
        Description = "The gateway's data directory, where a local demo.json lies",
        HelpName = "DIR",
        DefaultValueFactory = _ => ".data",
        Recursive = true,
    };

    private static readonly Option<bool> s_json = new("--json")
    {
        Description = "Print JSON for scripts",
        Recursive = true,
    };

    public static void AddTo(RootCommand root)
    {
        root.Add(s_baseUrl);
        root.Add(s_apiKey);
        root.Add(s_adminToken);
        root.Add(s_data);
        root.Add(s_json);
    }

    public static bool WantsJson(ParseResult parsed) => parsed.GetValue(s_json);

    public static Connection Connection(ParseResult parsed)
    {
        var credentials = CredentialFile.OfUser();
        if (credentials.IsOpenToOthers())
        {
            Console.Error.WriteLine(
                $"warning: others can read {credentials.Path}; chmod 600 it, or log in again"
            );
        }

        return Cli.Connection.Resolve(
            parsed.GetValue(s_baseUrl),
            parsed.GetValue(s_apiKey),
            parsed.GetValue(s_adminToken),
            Path.Combine(parsed.GetValue(s_data)!, "demo.json"),
            credentials,
            Environment.GetEnvironmentVariable
        );
    }
}
