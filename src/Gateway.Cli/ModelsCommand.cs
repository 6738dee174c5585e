using System.CommandLine;

namespace Arda.Gateway.Cli;

internal static class ModelsCommand
{
    public static Command Make()
    {
        var command = new Command("models", "List the models that the key can use");
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        var connection = GlobalFlags.Connection(parsed);
        using var gateway = new GatewayHttp(connection, connection.RequireApiKey());
        var answer = await gateway.GetAsync("v1/models", ct);
        if (GlobalFlags.WantsJson(parsed))
        {
            Console.Out.WriteLine(JsonText.Indented(answer));
        }
        else
        {
            RecordTable.Write(
                Console.Out,
                answer,
                ["id", "owned_by", "context_length", "context_window"]
            );
        }

        return ExitCode.Done;
    }
}
