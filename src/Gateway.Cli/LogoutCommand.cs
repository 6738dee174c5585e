using System.CommandLine;

namespace Arda.Gateway.Cli;

internal static class LogoutCommand
{
    private static readonly Option<bool> s_forget = new("--forget")
    {
        Description = "Only remove the key from this machine; it stays good",
    };

    public static Command Make()
    {
        var command = new Command("logout", "End the key of arda login, and remove it")
        {
            s_forget,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        var connection = GlobalFlags.Connection(parsed);
        var file = CredentialFile.OfUser();
        if (file.For(connection.BaseUrl) is not { } credential)
        {
            Console.Out.WriteLine($"Not logged in at {connection.BaseUrl}.");
            return ExitCode.Done;
        }

        if (!parsed.GetValue(s_forget))
        {
            await EndAsync(connection, credential, ct);
        }

        file.Forget(connection.BaseUrl);
        Console.Out.WriteLine($"Logged out of {connection.BaseUrl}.");
        return ExitCode.Done;
    }

    private static async Task EndAsync(
        Connection connection,
        Credential credential,
        CancellationToken ct
    )
    {
        try
        {
            using var gateway = new GatewayHttp(connection, credential.ApiKey);
            await gateway.PostForNothingAsync("v1/keys/self/revoke", ct);
        }
        catch (CliFailure failure) when (failure.Status is 401)
        {
            // It had ended already, which is all that is wanted.
        }
        catch (CliFailure failure) when (failure.ExitCode is ExitCode.TryLater)
        {
            // Removing a key that still spends would take away the means to end it.
            throw new CliFailure(
                failure.ExitCode,
                $"The key could not be ended, so it is kept. {failure.Message}",
                "try again, or remove it here only with arda logout --forget"
            );
        }
    }
}
