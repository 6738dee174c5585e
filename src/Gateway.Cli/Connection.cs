using System.Text.Json;

namespace Arda.Gateway.Cli;

/// <summary>Where to call and as whom: a flag, else the environment, else <c>arda login</c>, else
/// the local demo.</summary>
internal sealed record Connection(Uri BaseUrl, string? ApiKey, string? AdminToken)
{
    /// <summary>The demo's app, where the gateway is the demo.</summary>
    public string? ClientId { get; init; }

    private const string DefaultUrl = "http://localhost:8787";

    public static Connection Resolve(
        string? baseUrl,
        string? apiKey,
        string? adminToken,
        string demoPath,
        CredentialFile credentials,
        Func<string, string?> environment
    )
    {
        var demo = Demo.Read(demoPath);
        // A demo in the folder where one stands is nearer than a login from some time ago.
        var url = Address(
            Text(baseUrl, environment("ARDA_BASE_URL"))
                ?? demo.BaseUrl
                ?? (credentials.Read() is [var newest, ..] ? newest.BaseUrl : DefaultUrl)
        );
        // The demo's secrets belong to the demo: they are never sent to another address.
        var local = demo.BaseUrl is { } own && Address(own) == url ? demo : Demo.None;
        return new Connection(
            url,
            Text(apiKey, environment("ARDA_API_KEY"))
                ?? credentials.For(url)?.ApiKey
                ?? local.ApiKey,
            Text(adminToken, environment("ARDA_ADMIN_TOKEN")) ?? local.AdminToken
        )
        {
            ClientId = local.ClientId,
        };
    }

    public string RequireApiKey() =>
        ApiKey
        ?? throw new CliFailure(
            ExitCode.Usage,
            "This needs a key.",
            "run arda login, pass --api-key or set ARDA_API_KEY; beside a local demo, point --data "
                + "at its directory"
        );

    public string RequireAdminToken() =>
        AdminToken
        ?? throw new CliFailure(
            ExitCode.Usage,
            "This needs the operator's token.",
            "pass --admin-token or set ARDA_ADMIN_TOKEN; beside a local demo, point --data at its "
                + "directory"
        );

    private static Uri Address(string text) =>
        Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var url)
        && url.Scheme is "http" or "https"
            ? url
            : throw new CliFailure(
                ExitCode.Usage,
                $"'{text}' is no address of a gateway.",
                "write it like https://gateway.example.com, without /v1"
            );

    private static string? Text(string? flag, string? environment) =>
        !string.IsNullOrWhiteSpace(flag) ? flag
        : !string.IsNullOrWhiteSpace(environment) ? environment
        : null;
}

/// <summary>What a local demo leaves beside its data.</summary>
internal sealed record Demo(string? BaseUrl, string? ApiKey, string? AdminToken, string? ClientId)
{
    public static readonly Demo None = new(null, null, null, null);

    public static Demo Read(string path)
    {
        try
        {
            if (!File.Exists(path))
            {
                return None;
            }

            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return new Demo(
                json.RootElement.Text("base_url"),
                json.RootElement.Text("api_key"),
                json.RootElement.Text("admin_token"),
                json.RootElement.Text("demo_client_id")
            );
        }
        catch (Exception broken) when (broken is JsonException or IOException)
        {
            throw new CliFailure(
                ExitCode.Usage,
                $"{path} cannot be read.",
                "start the demo again, or pass --base-url and --api-key"
            );
        }
        catch (UnauthorizedAccessException)
        {
            // Another user's demo is not ours to use.
            return None;
        }
    }
}
