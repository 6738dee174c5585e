using System.CommandLine;
using System.Text.Json;

namespace Arda.Gateway.Cli;

internal static class LoginCommand
{
    private static readonly Option<string> s_clientId = new("--client-id")
    {
        Description = "The app to connect as [ARDA_CLIENT_ID, demo.json]",
        HelpName = "ID",
    };

    private static readonly Option<string[]> s_scope = new("--scope")
    {
        Description = "What to ask for; repeat it for more. Without it, what the app registered",
        HelpName = "SCOPE",
    };

    private static readonly Option<bool> s_noQr = new("--no-qr")
    {
        Description = "Show no QR code",
    };

    public static Command Make()
    {
        var command = new Command(
            "login",
            "Connect your account: approve a code in any browser; the key is kept for later"
        )
        {
            s_clientId,
            s_scope,
            s_noQr,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        var connection = GlobalFlags.Connection(parsed);
        var clientId =
            Given(parsed.GetValue(s_clientId))
            ?? Given(Environment.GetEnvironmentVariable("ARDA_CLIENT_ID"))
            ?? connection.ClientId
            ?? throw new CliFailure(
                ExitCode.Usage,
                "This needs the id of an app that may use device codes.",
                "pass --client-id or set ARDA_CLIENT_ID; beside a local demo, point --data at its "
                    + "directory"
            );
        using var gateway = new GatewayHttp(connection, bearer: null);
        var login = new DeviceLogin(gateway, clientId, TimeProvider.System);
        var device = await login.StartAsync(parsed.GetValue(s_scope) ?? [], ct);
        Show(device, withQr: !parsed.GetValue(s_noQr) && !GlobalFlags.WantsJson(parsed));
        var credential = await login.WaitAsync(device, connection.BaseUrl, ct);

        var file = CredentialFile.OfUser();
        var former = file.For(connection.BaseUrl);
        file.Keep(credential);
        if (former is not null)
        {
            await EndAsync(connection, former, ct);
        }

        Report(parsed, connection, credential, file);
        return ExitCode.Done;
    }

    private static void Show(DeviceRequest device, bool withQr)
    {
        var to = Console.Error;
        if (withQr && device.VerificationUriComplete is { } link)
        {
            to.WriteLine();
            to.Write(QrText.Of(link));
            to.WriteLine();
        }

        to.WriteLine($"Open   {device.VerificationUri}");
        to.WriteLine($"Enter  {device.UserCode}");
        to.WriteLine();
        to.WriteLine("Approve it only if the page shows this code. Waiting… (Ctrl-C to give up)");
    }

    // A key that nobody holds any more should not live on; that it does is no reason to fail.
    private static async Task EndAsync(
        Connection connection,
        Credential former,
        CancellationToken ct
    )
    {
        try
        {
            using var gateway = new GatewayHttp(connection, former.ApiKey);
            await gateway.PostForNothingAsync("v1/keys/self/revoke", ct);
        }
        catch (CliFailure failure) when (failure.Status is not 401)
        {
            await Console.Error.WriteLineAsync(
                $"warning: the former key {former.KeyId} was not ended: {failure.Message}"
            );
        }
        catch (CliFailure)
        {
            // It had ended already.
        }
    }

    private static void Report(
        ParseResult parsed,
        Connection connection,
        Credential credential,
        CredentialFile file
    )
    {
        if (!GlobalFlags.WantsJson(parsed))
        {
            var project = credential.Project is { } slug ? $" The project {slug} pays." : "";
            Console.Out.WriteLine($"Connected to {connection.BaseUrl}.{project}");
            Console.Error.WriteLine($"The key is kept in {file.Path}; arda logout ends it.");
            return;
        }

        // Never the key: what is printed ends up in logs.
        Console.Out.WriteLine(
            JsonSerializer.Serialize(
                new Dictionary<string, string?>(StringComparer.Ordinal)
                {
                    ["base_url"] = credential.BaseUrl,
                    ["key_id"] = credential.KeyId,
                    ["project"] = credential.Project,
                    ["credentials"] = file.Path,
                }
            )
        );
    }

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
